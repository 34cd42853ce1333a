"""Writes pages of an attachment into a folder outside of the vault, each as it is ready: ``page-001.png``, ``.txt``.

Rules:
1. A folder with pages in it is refused before anything is read, and no file is ever replaced.
2. Each page is there whole or not at all. What breaks off later leaves the pages before it, and that is said.
3. Names are ours; pictures are written anew from pixels; text has lost what a screen obeys.
4. That somebody looked stands in the history of the case before the first page is written.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from keys.sealing.atomic import atomic_write
from reviewer.errors import ReviewerError
from reviewer.preview import words
from reviewer.preview.looking import look
from reviewer.preview.pages import Opening, Page, Written
from reviewer.preview.png import png
from reviewer.sandbox.errors import CutOffError, NotReadError
from reviewer.vault.rows import AttachmentRow

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from reviewer.preview.pages import Range, Seen
    from reviewer.vault.vault import Vault

_PRIVATE = 0o700
_PAGES = "page-*"


def write_pages(
    vault: Vault, found: AttachmentRow, folder: Path, wanted: Range, tell: Callable[[Seen], object]
) -> Written:
    """Write the wanted pages of an attachment into a folder, which is made if it is not there.

    Args:
        vault: the vault.
        found: the attachment.
        folder: where the pages go.
        wanted: which pages.
        tell: is called when it is known how the file opened, and after each page.

    Raises:
        ReviewerError: nothing of it can be shown, or the folder cannot be used.
        SandboxError: there is no sandbox; nothing was read.
    """
    _check_folder(vault, folder)
    with looking(vault, found, wanted) as seen:
        try:
            opening = next(seen)
        except (CutOffError, NotReadError) as error:
            raise ReviewerError(error.message, words.SAVE_IT.format(number=found.id)) from error
        assert isinstance(opening, Opening)  # noqa: S101 - by Reading
        _check_opening(opening, wanted, found.id)
        folder.mkdir(mode=_PRIVATE, exist_ok=True)
        with vault.change() as change:
            change.record("preview", found.case_id, attachment=(None, str(found.id)), pages=(None, str(wanted)))
        tell(opening)
        done = Written(opening)
        _write_all(done, seen, folder, tell)
    return done


def attachment_of(vault: Vault, case: int, number: int) -> AttachmentRow:
    """Return an attachment of a case; raises ReviewerError."""
    with vault.look() as rows:
        found = rows.get(AttachmentRow, number)
    if found is None or found.case_id != case:
        raise ReviewerError(words.NO_ATTACHMENT.format(case=case, number=number), words.SHOW_LISTS.format(case=case))
    return found


@contextmanager
def looking(vault: Vault, found: AttachmentRow, wanted: Range) -> Iterator[Generator[Seen, None, None]]:
    """Give what is seen of an attachment, as it is ready; at the end of the block the program in the room ends too."""
    with ExitStack() as stack:
        source = stack.enter_context(vault.attachments.open(found.file, found.seed))
        yield stack.enter_context(closing(look(source, found.size, wanted)))


def _check_folder(vault: Vault, folder: Path) -> None:
    if folder.resolve().is_relative_to(vault.folder.resolve()):
        raise ReviewerError(words.NOT_IN_VAULT, words.OTHER_FOLDER)
    taken = sorted(path.name for path in folder.glob(_PAGES)) if folder.is_dir() else []
    if taken:
        raise ReviewerError(words.HAS_PAGES.format(folder=folder, name=taken[0]), words.EMPTY_FOLDER)


def _check_opening(opening: Opening, wanted: Range, number: int) -> None:
    if opening.trouble:
        raise ReviewerError(words.not_shown(opening), words.SAVE_IT.format(number=number))
    if wanted.first > opening.pages:
        raise ReviewerError(words.NO_SUCH_PAGE.format(pages=opening.pages, first=wanted.first))


def _write_all(done: Written, seen: Iterator[Seen], folder: Path, tell: Callable[[Seen], object]) -> None:
    try:
        for page in seen:
            assert isinstance(page, Page)  # noqa: S101 - by Reading
            done.files += _write(page, folder)
            done.pages.append(Page(page.number, page.width, page.height, cut=page.cut, trouble=page.trouble))
            tell(page)
    except (CutOffError, NotReadError) as error:
        done.broke_off = error.message


def _write(page: Page, folder: Path) -> Iterator[str]:
    if page.width:
        name = f"page-{page.number:03}.png"
        atomic_write(folder / name, png(page.width, page.height, page.pixels))
        yield name
    if page.text.strip() or not (page.width or page.trouble):
        name = f"page-{page.number:03}.txt"
        atomic_write(folder / name, page.text.encode())
        yield name
