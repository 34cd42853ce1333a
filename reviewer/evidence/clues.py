"""Lets the sandbox look for what a picture, a PDF or a film says of itself, and checks each field of what it tells."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from reviewer.evidence import fields, limits
from reviewer.evidence.values import Clue, Kind
from reviewer.sandbox.bubblewrap import Bounds
from reviewer.sandbox.errors import CutOffError, NotReadError
from reviewer.sandbox.worker import Worker, work

if TYPE_CHECKING:
    from reviewer.sandbox.worker import Frame
    from reviewer.vault.attachments import Readable

_LIBRARIES = ("pillow", "pillow-heif", "pypdfium2")
_WORKER = Worker(
    "clues",
    _LIBRARIES,
    Bounds(memory=limits.MEMORY, wall_seconds=limits.CLUE_SECONDS),
    frames=limits.CLUES + 1,
    parts=("films", "xmp"),
)
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"RIFF", b"%PDF-")
"""How files begin in which clues are looked for."""
_BOXES = b"ftyp"
"""Behind a length: HEIC, MP4 and their kin."""
BEGINNING = 8
"""Bytes of a file by which it is known."""


def may_have_clues(beginning: bytes) -> bool:
    """Say whether a file of this beginning is one in which clues are looked for."""
    return beginning.startswith(_BEGINNINGS) or beginning[4:8] == _BOXES


def tools() -> str:
    """Name what looks, and its version."""
    return ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)


def look_for_clues(source: Readable) -> tuple[Clue, ...] | None:
    """Return what a file says of itself; None where it cannot be read, or is of no kind that is known.

    Raises:
        SandboxError: there is no sandbox; nothing was read.
    """
    try:
        return clues_or_end(source)
    except CutOffError:
        return None


def clues_or_end(source: Readable) -> tuple[Clue, ...] | None:
    """As ``look_for_clues``, but raise CutOffError where a file took too long or gave too much: no honest one does."""
    found: list[Clue] = []
    is_known = False

    def take(frame: Frame) -> None:
        nonlocal is_known
        said = frame.fields
        if set(said) == {"format"}:
            is_known = True
            return
        if set(said) != {"kind", "where", "name", "value"}:
            raise NotReadError("The program that looks for clues gave what nobody asked for.")
        where, name = (fields.text(said[one], limits.NAME_LETTERS) for one in ("where", "name"))
        value = fields.text(said["value"], limits.CLUE_LETTERS)
        found.append(Clue(fields.word(said["kind"], Kind), where, name, value))

    try:
        work(_WORKER, {"most": limits.CLUES, "letters": limits.CLUE_LETTERS}, source, take)
    except NotReadError:
        return None
    return tuple(found) if is_known else None
