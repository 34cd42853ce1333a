"""What the preview says on a terminal, to be translated. Nothing in it is a stranger's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.preview import limits
from reviewer.preview.pages import Kind, Note, Trouble
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.preview.pages import Opening, Page, Range, Written

LOOKING = _("Looking")
RANGE = _("{typed} names no pages: give one number, or two as 1-5, and at most {most} pages at once.").format(
    typed="{typed}", most=limits.PAGES_AT_ONCE
)
SAVE_IT = _("It stays as it came. `khomo-reviewer save {number} FOLDER` writes it out for a machine that may be lost.")
NOT_IN_VAULT = _("Nothing is saved in the clear inside the vault.")
OTHER_FOLDER = _("Name another folder.")
HAS_PAGES = _("{folder} has pages already: {name}.")
EMPTY_FOLDER = _("Name a new folder, or an empty one. Nothing is replaced.")
NO_ATTACHMENT = _("Case {case} has no attachment {number}.")
SHOW_LISTS = _("`khomo-reviewer show {case}` lists them.")
NO_SUCH_PAGE = _("It has {pages} pages; there is no page {first}.")

KINDS = {
    Kind.JPEG: _("a picture (JPEG)"),
    Kind.PNG: _("a picture (PNG)"),
    Kind.GIF: _("a picture (GIF)"),
    Kind.WEBP: _("a picture (WebP)"),
    Kind.TIFF: _("a picture (TIFF)"),
    Kind.HEIC: _("a picture (HEIC)"),
    Kind.PDF: _("a PDF"),
    Kind.TEXT: _("a text"),
    Kind.HTML: _("a web page"),
    Kind.MAIL: _("a mail"),
    Kind.ARCHIVE: _("an archive (ZIP and the like), which can be an office file too"),
    Kind.OLD_OFFICE: _("an office file of an older kind"),
    Kind.SOUND_OR_FILM: _("sound or film"),
    Kind.PROGRAM: _("a program, which would run"),
    Kind.UNKNOWN: _("of a kind that is not known here"),
}

NOTES = {
    Note.SCRIPTS: _("It has a script in it. Nothing runs here; elsewhere it might."),
    Note.ACTIONS: _("It wants to open another file or to send something. Nothing of that happens here."),
    Note.XFA: _("It has a form of a kind (XFA) that is not drawn here: what you see may not be all."),
    Note.FILES_INSIDE: _("It has other files in it, which are not shown."),
    Note.ALSO_PDF: _("It is a PDF too. Other programs may show something else than you see here."),
    Note.ALSO_ARCHIVE: _("It has an archive in it too, which is not shown."),
    Note.BEGINS_OTHERWISE: _("Something stands before the PDF begins. Other programs may not take it for a PDF."),
    Note.ONLY_BEGINNING: _("It is very long: only its beginning is shown."),
    Note.GUESSED_LETTERS: _("It does not say how its letters are written: some may be wrong."),
}

TROUBLES = {
    Trouble.NOT_SHOWN: _("Such files are not shown here."),
    Trouble.DAMAGED: _("It is damaged, or was made to do harm: it cannot be read."),
    Trouble.LOCKED: _("It is locked with a password."),
    Trouble.TOO_LARGE: _("It is too large to be shown: opened, it would take more memory than it may."),
}


def kind(opening: Opening) -> str:
    """What a file is."""
    return _("The file is {kind}.").format(kind=KINDS[opening.kind])


def not_shown(opening: Opening) -> str:
    """Why nothing of a file is shown."""
    return f"{kind(opening)} {TROUBLES[opening.trouble]}"


def opened(opening: Opening) -> Iterator[str]:
    """What is said of a file before its pages."""
    yield kind(opening)
    for note in opening.notes:
        yield _("ATTENTION: {problem}").format(problem=NOTES[note])


def page(one: Page) -> Iterator[str]:
    """What is said of one page, if anything is to be said."""
    if one.trouble:
        yield _("Page {number} is not shown. {why}").format(number=one.number, why=TROUBLES[one.trouble])
    if one.cut:
        yield _("Page {number}: more of it is there than is shown.").format(number=one.number)


def written(done: Written, wanted: Range) -> Iterator[str]:
    """How far it went, and what comes next."""
    yield _("Pages written: {written}, of {pages}.").format(written=len(done.pages), pages=done.opening.pages)
    if done.opening.pages > wanted.last and not done.broke_off:
        last = min(wanted.last + len(wanted), done.opening.pages)
        yield _("More pages: add --pages {first}-{last}, and name a new folder.").format(
            first=wanted.last + 1, last=last
        )
    if done.broke_off:
        yield _("ATTENTION: {problem}").format(problem=done.broke_off)
    if done.pages and done.broke_off:
        yield _("The pages that were written before are good.")
    if done.pages:
        yield _("They show what a stranger sent: be ready for what you do not want to see.")
