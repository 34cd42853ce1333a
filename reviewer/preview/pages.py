"""What came out of the room, checked field by field: the program in it may have been taken over. Pure.

Rules:
1. A field that is missing, unknown, of another type or out of its bounds ends it; nothing is guessed or corrected.
2. First how it opened, then pages in rising order, each once, only such as were asked for and are there.
3. Pixels are as many as width and height say, within the bounds, before anything is made of them. The rest is text
   in UTF-8, which is shown to people only after ``harmless``.
4. Words for kind, notes and troubles come from lists of ours: no sentence of a stranger's passes for one of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from keys.sealing.display import harmless
from reviewer.preview import limits
from reviewer.sandbox.errors import NotReadError

if TYPE_CHECKING:
    from reviewer.sandbox.worker import Frame

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_COLOURS = 3
_OPENING = {"kind", "pages", "notes", "trouble"}
_PAGE = {"page", "width", "height", "cut", "trouble"}


class Kind(StrEnum):
    """What a file is, by its bytes."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    TIFF = "tiff"
    HEIC = "heic"
    PDF = "pdf"
    TEXT = "text"
    HTML = "html"
    MAIL = "mail"
    ARCHIVE = "archive"
    OLD_OFFICE = "old-office"
    SOUND_OR_FILM = "sound-or-film"
    PROGRAM = "program"
    UNKNOWN = "unknown"


class Note(StrEnum):
    """What is worth a word before somebody looks."""

    SCRIPTS = "scripts"
    ACTIONS = "actions"
    XFA = "xfa"
    FILES_INSIDE = "files-inside"
    ALSO_PDF = "also-pdf"
    ALSO_ARCHIVE = "also-archive"
    BEGINS_OTHERWISE = "begins-otherwise"
    ONLY_BEGINNING = "only-beginning"
    GUESSED_LETTERS = "guessed-letters"


class Trouble(StrEnum):
    """Why a file or a page is not shown."""

    NONE = ""
    NOT_SHOWN = "not-shown"
    DAMAGED = "damaged"
    LOCKED = "locked"
    TOO_LARGE = "too-large"


@dataclass(frozen=True)
class Opening:
    """A file: its kind, how many pages it has, notes, and why it is not shown if it is not."""

    kind: Kind
    pages: int
    notes: tuple[Note, ...] = ()
    trouble: Trouble = Trouble.NONE


@dataclass(frozen=True)
class Page:
    """One page: ``pixels`` are red, green and blue, row by row; ``cut`` where more of it is not seen.

    The text is somebody else's; nothing in it is obeyed by a screen any more.
    """

    number: int
    width: int = 0
    height: int = 0
    pixels: bytes = field(default=b"", repr=False)
    text: str = field(default="", repr=False)
    cut: bool = False
    trouble: Trouble = Trouble.NONE


Seen: TypeAlias = Opening | Page


@dataclass
class Written:
    """What was written: how the file opened, its pages without their content, and why it broke off if it did."""

    opening: Opening
    pages: list[Page] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    broke_off: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all that was asked for is there, and nothing is to be minded."""
        return not (self.broke_off or self.opening.notes or any(page.trouble or page.cut for page in self.pages))


@dataclass(frozen=True)
class Range:
    """Pages that are asked for, from 1; raises ValueError if that cannot be."""

    first: int = 1
    last: int = limits.PAGES_AT_ONCE

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last <= limits.PAGES_MOST or len(self) > limits.PAGES_AT_ONCE:
            raise ValueError(str(self))

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def of(self, pages: int) -> range:
        """Return those of a file with so many."""
        return range(self.first, min(self.last, pages) + 1)


class Reading:
    """Checks frames in the order in which they come."""

    def __init__(self, wanted: Range) -> None:
        self.opening: Opening | None = None
        self._wanted = wanted
        self._next = wanted.first

    def take(self, frame: Frame) -> Seen:
        """Return what a frame says; raises NotReadError."""
        if self.opening is None:
            self.opening = _opening(frame)
            return self.opening
        page = _page(frame)
        if page.number < self._next or page.number not in self._wanted.of(self.opening.pages):
            raise _wrong()
        self._next = page.number + 1
        return page

    def end(self) -> None:
        """Check at the end that nothing is missing."""
        if self.opening is None or self._next <= max(self._wanted.of(self.opening.pages), default=0):
            raise _wrong()


def _opening(frame: Frame) -> Opening:
    _only(frame, _OPENING)
    told = frame.fields["notes"]
    if not isinstance(told, list) or frame.data:
        raise _wrong()
    notes = tuple(_word(Note, one) for one in told)
    trouble = _word(Trouble, frame.fields["trouble"])
    pages = _number(frame, "pages", limits.PAGES_MOST)
    if len(set(notes)) < len(notes) or bool(pages) == bool(trouble):
        raise _wrong()
    return Opening(_word(Kind, frame.fields["kind"]), pages, notes, trouble)


def _page(frame: Frame) -> Page:
    _only(frame, _PAGE)
    width, height = (_number(frame, side, limits.SIDE) for side in ("width", "height"))
    pixels = width * height
    trouble = _word(Trouble, frame.fields["trouble"])
    text = _text(frame.data[_COLOURS * pixels :])
    if pixels > limits.PIXELS or bool(width) != bool(height) or len(frame.data) < _COLOURS * pixels:
        raise _wrong()
    if trouble and frame.data:
        raise _wrong()
    number, cut = _number(frame, "page", limits.PAGES_MOST), _of_type(frame.fields["cut"], bool)
    return Page(number, width, height, frame.data[: _COLOURS * pixels], text, cut, trouble)


def _only(frame: Frame, names: set[str]) -> None:
    if set(frame.fields) != names:
        raise _wrong()


def _of_type(value: object, kind: type[T]) -> T:
    """Return a value of just this type: for Python, True is a number too."""
    if type(value) is not kind:
        raise _wrong()
    return value


def _number(frame: Frame, name: str, most: int) -> int:
    number = _of_type(frame.fields[name], int)
    if not 0 <= number <= most:
        raise _wrong()
    return number


def _word(words: type[E], value: object) -> E:
    try:
        return words(_of_type(value, str))
    except ValueError:
        raise _wrong() from None


def _text(data: bytes) -> str:
    if len(data) > limits.TEXT_BYTES:
        raise _wrong()
    try:
        return harmless(data.decode())
    except UnicodeDecodeError:
        raise _wrong() from None


def _wrong() -> NotReadError:
    return NotReadError("What came out of the sandbox cannot be shown: the file may have been made to do harm.")
