"""Files that a reviewer made for leads: what their bytes show of a source's file. Nothing in them is parsed.

Rules:
1. A file that is, byte for byte, one that came, holds one of its case whole, or is cut out of one, was not made anew.
2. A file that bears EXIF tells camera, place and time: it was saved again, and not made from what is seen.
3. Bytes do not tell that nothing else of the source is left. A person says so, and leads read whose word it is.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import select

from reviewer import limits
from reviewer.errors import RefusedError
from reviewer.vault.attachments import chunks
from reviewer.vault.rows import AttachmentRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reviewer.vault.vault import Vault

_EXIF = (b"Exif\0\0", b"eXIfII*\0", b"eXIfMM\0*", b"Raw profile type exif")
"""How EXIF begins in JPEG, WebP and HEIC, in PNG in either byte order, and in PNG as ImageMagick writes it."""


def check_made(vault: Vault, case_id: int, sha256: str, path: Path) -> None:
    """Refuse what was plainly not made anew; raises RefusedError, which says what shows it."""
    _check_copy(vault, sha256, path)
    with path.open("rb") as made:
        if _has_exif(made):
            raise RefusedError(
                f"{path.name} has EXIF in it, which tells the camera, and often the place and the time.",
                "Make it anew from what is seen on it, as a picture of its pixels only.",
            )
    _check_parts(vault, case_id, path)


def _check_copy(vault: Vault, sha256: str, path: Path) -> None:
    same = select(AttachmentRow).where(AttachmentRow.sha256 == sha256).limit(1)
    with vault.look() as rows:
        found = rows.scalar(same)
    if found is not None:
        raise RefusedError(
            f"{path.name} is attachment {found.id} of case {found.case_id} as it came.",
            f"Make it anew, or use --original {found.id}, which asks source and policy.",
        )


def _check_parts(vault: Vault, case_id: int, path: Path) -> None:
    with vault.look() as rows:
        came = rows.scalars(select(AttachmentRow).where(AttachmentRow.case_id == case_id)).all()
    for attachment in came:
        with path.open("rb") as made, vault.attachments.open(attachment.file, attachment.seed) as original:
            if holds(made, original):
                problem = f"{path.name} holds attachment {attachment.id} whole, as it came."
            elif holds(original, made):
                problem = f"{path.name} is cut out of attachment {attachment.id}, as it came."
            else:
                continue
        raise RefusedError(problem, "Make it anew, so that nothing of the source's file is left in it.")


def holds(outer: BinaryIO, inner: BinaryIO) -> bool:
    """Whether all bytes of a file stand in another, one after the other; files of a few bytes never count."""
    inner.seek(0)
    head = inner.read(limits.PART_BEGINNING)
    if len(head) < limits.PART_LEAST:
        return False
    return any(_goes_on(outer, place, inner) for place in islice(_places(outer, head), limits.PART_PLACES))


def _places(outer: BinaryIO, head: bytes) -> Iterator[int]:
    """Where in a file a beginning stands."""
    start, kept = 0, b""
    while data := _read_at(outer, start + len(kept)):
        window = kept + data
        found = window.find(head)
        while found >= 0:
            yield start + found
            found = window.find(head, found + 1)
        done = max(len(window) - len(head) + 1, 0)
        start, kept = start + done, window[done:]


def _read_at(file: BinaryIO, place: int) -> bytes:
    file.seek(place)  # who takes a place from `_places` reads the file in between
    return file.read(limits.COPY_CHUNK)


def _goes_on(outer: BinaryIO, place: int, inner: BinaryIO) -> bool:
    outer.seek(place)
    inner.seek(0)
    return all(outer.read(len(data)) == data for data in chunks(inner))


def _has_exif(file: BinaryIO) -> bool:
    kept = b""
    for data in chunks(file):
        window = kept + data
        if any(mark in window for mark in _EXIF):
            return True
        kept = window[-max(map(len, _EXIF)) :]
    return False
