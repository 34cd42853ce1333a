"""Looks at one file of a stranger's: page by page, as they are ready, out of the sandbox."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reviewer.preview import limits
from reviewer.preview.pages import Reading
from reviewer.sandbox.bubblewrap import Bounds
from reviewer.sandbox.errors import TooLargeError
from reviewer.sandbox.worker import Worker, frames

if TYPE_CHECKING:
    from collections.abc import Generator

    from keys.sealing.canonical import JSON
    from reviewer.preview.pages import Range, Seen
    from reviewer.vault.attachments import Readable

_DATA = 3 * limits.PIXELS + limits.TEXT_BYTES
_FRAMES = limits.PAGES_AT_ONCE + 1
_LENGTHS = 8

PREVIEW = Worker(
    "preview",
    libraries=("pillow", "pillow-heif", "pypdfium2"),
    bounds=Bounds(
        limits.MEMORY,
        limits.PROCESSES,
        limits.PROCESSOR_SECONDS,
        limits.WALL_SECONDS,
        limits.HOME_BYTES,
        limits.FILE_BYTES,
    ),
    frames=_FRAMES,
    head_bytes=limits.HEAD_BYTES,
    data_bytes=_DATA,
    most=(_FRAMES + 1) * (_DATA + limits.HEAD_BYTES + _LENGTHS),
    parts=("preview_kinds", "preview_page", "preview_pdf", "preview_pictures", "preview_texts"),
)


def asked(wanted: Range) -> dict[str, JSON]:
    """Return the task for the room."""
    return {
        "first": wanted.first,
        "last": wanted.last,
        "pixels": limits.PIXELS,
        "side": limits.SIDE,
        "decoded": limits.DECODED_PIXELS,
        "letters": limits.PAGE_LETTERS,
        "text": limits.READ_TEXT_BYTES,
        "mail": limits.READ_MAIL_BYTES,
    }


def look(source: Readable, size: int, wanted: Range) -> Generator[Seen, None, None]:
    """Give how a file opened, then the wanted pages one by one; closing the generator ends the program.

    Args:
        source: the file.
        size: its bytes.
        wanted: which pages.

    Raises:
        SandboxError: there is no sandbox; nothing was read.
        CutOffError: it is too long, or took too long; pages that came before are good.
        NotReadError: the program broke down on it; likewise.
    """
    if size > limits.INPUT_BYTES:
        raise TooLargeError("It is too long to be looked at here.")
    reading = Reading(wanted)
    with closing(frames(PREVIEW, asked(wanted), source)) as given:
        for frame in given:
            yield reading.take(frame)
    reading.end()
