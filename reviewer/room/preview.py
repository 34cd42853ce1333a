"""Looks at one file in the room and gives its pages as they are ready: pixels, text, and nothing that can be run.

Rules:
1. The kind is told by the bytes (``preview_kinds``); what is of another kind is told, and not tried.
2. Only the pages that are asked for are made, one after the other, each given before the next is begun.
3. Frames: first ``kind``, ``pages``, ``notes``, ``trouble``; then for each page ``page``, ``width``, ``height``,
   ``cut``, ``trouble``, with the pixels and after them the text in UTF-8. ``trouble`` is a word, or empty.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from reviewer.room.frames import DONE, give, task
from reviewer.room.preview_kinds import kind_of, second_kinds
from reviewer.room.preview_page import Asked, Opened, Page, TroubleError

if TYPE_CHECKING:
    from collections.abc import Callable

    Give = Callable[[dict[str, object], bytes], object]

T = TypeVar("T")

_PICTURES = frozenset({"jpeg", "png", "gif", "webp", "tiff", "heic"})
_TEXTS = frozenset({"text", "html", "mail"})
_PAGES_TOLD = 1_000_000


def look(data: bytes, asked: Asked, say: Give) -> None:
    """Give the frames of one file, but the last."""
    kind = kind_of(data)
    opened, trouble = _tried(partial(_open, kind, data, asked))
    notes = (*second_kinds(data, kind), *(opened.notes if opened else ()))
    pages = min(opened.pages, _PAGES_TOLD) if opened else 0
    say({"kind": kind, "pages": pages, "notes": list(notes), "trouble": trouble}, b"")
    if opened is None:
        return
    for number in range(asked.first, min(asked.last, pages) + 1):
        say(*_framed(number, *_tried(partial(opened.page, number))))


def _open(kind: str, data: bytes, asked: Asked) -> Opened:
    """Load only the reader that is needed: the others' faults are out of reach."""
    if kind in _PICTURES:
        from reviewer.room.preview_pictures import open_picture  # noqa: PLC0415 - see above

        return open_picture(kind, data, asked)
    if kind == "pdf":
        from reviewer.room.preview_pdf import open_pdf  # noqa: PLC0415 - likewise

        return open_pdf(data, asked)
    if kind in _TEXTS:
        from reviewer.room.preview_texts import open_text  # noqa: PLC0415 - likewise

        return open_text(kind, data, asked)
    raise TroubleError("not-shown")


def _tried(make: Callable[[], T]) -> tuple[T | None, str]:
    """Return what was made, or a word for why not: readers of strangers' formats raise what they like."""
    try:
        return make(), ""
    except TroubleError as error:
        return None, str(error.args[0])
    except MemoryError:
        return None, "too-large"
    except Exception:  # noqa: BLE001 - see above
        return None, "damaged"


def _framed(number: int, page: Page | None, trouble: str) -> tuple[dict[str, object], bytes]:
    page = page or Page()
    fields: dict[str, object] = {
        "page": number,
        "width": page.width,
        "height": page.height,
        "cut": page.cut,
        "trouble": trouble,
    }
    return fields, page.pixels + page.text.encode("utf-8", "replace")


def main() -> None:
    """Look at the file on standard input."""
    asked = Asked(**task())  # type: ignore[arg-type]  # by the desk itself
    look(sys.stdin.buffer.read(), asked, give)
    give(DONE)


if __name__ == "__main__":
    main()
