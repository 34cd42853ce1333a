"""Lets the sandbox draw pictures small, on demand, and keeps what they look like.

Rules:
1. Strangers' pictures are decoded in the sandbox only. Of what it gives, 72 bytes are taken and nothing else.
2. Each picture is opened once: what it looks like is kept, and so is why it could not be read.
3. Each is kept as it is done: who stops has lost nothing. Without a sandbox nothing is opened, and nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from keys.sealing.errors import KhomoError
from reviewer.likeness import limits
from reviewer.likeness.pictures import HEAD_BYTES, HEIGHT, WIDTH, kind_of, looks
from reviewer.sandbox.bubblewrap import Bounds
from reviewer.sandbox.errors import CutOffError, NotReadError, SandboxError
from reviewer.sandbox.worker import Worker, frames
from reviewer.vault.likeness_rows import PictureHashRow
from reviewer.vault.rows import AttachmentRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from keys.sealing.canonical import JSON
    from reviewer.vault.attachments import Readable
    from reviewer.vault.vault import Vault

NO_PICTURE = "It is no picture of a kind that is compared."
TOO_EVEN = "It shows too little to be compared: one colour, or nearly."
_UNSEEN = AttachmentRow.id.not_in(select(PictureHashRow.attachment_id))
_TOO_LARGE = "It is too large for a photo."
_NOT_DRAWN = "The program that looks at pictures gave what nobody can use."


@dataclass(frozen=True)
class Looked:
    """How many pictures can be compared since, and how many sealed files are missing or damaged."""

    pictures: int
    unreadable: int


@cache
def _worker() -> Worker:
    bounds = Bounds(memory=limits.PICTURE_MEMORY, wall_seconds=limits.PICTURE_SECONDS)
    dots = WIDTH * HEIGHT
    return Worker(
        "picture_hash", ("pillow", "pillow-heif"), bounds, frames=1, head_bytes=64, data_bytes=dots, most=4 * dots
    )


def count_unseen(rows: Session) -> int:
    """How many attachments were never looked at."""
    return rows.scalar(select(func.count()).select_from(AttachmentRow).where(_UNSEEN)) or 0


def look_at_pictures(vault: Vault, progress: Callable[[int], object]) -> Looked:
    """Look at every attachment that nobody has looked at; ``progress`` counts them.

    Raises SandboxError where there is no sandbox.
    """
    with vault.look() as rows:
        numbers = rows.scalars(select(AttachmentRow.id).where(_UNSEEN).order_by(AttachmentRow.id)).all()
    found = missing = 0
    for number in numbers:
        with vault.look() as rows:
            attachment = rows.get_one(AttachmentRow, number)
        try:
            found += _keep(vault, _look(vault, attachment))
        except SandboxError:
            raise
        except KhomoError:
            missing += 1  # the sealed file is gone or damaged: a backup may bring it back
        progress(1)
    return Looked(found, missing)


def _keep(vault: Vault, seen: PictureHashRow) -> bool:
    can_be_compared = seen.upright is not None
    with vault.change() as change:
        change.rows.add(seen)
    return can_be_compared


def _look(vault: Vault, attachment: AttachmentRow) -> PictureHashRow:
    row = PictureHashRow(attachment_id=attachment.id, case_id=attachment.case_id)
    with vault.attachments.open(attachment.file, attachment.seed) as file:
        kind = kind_of(file.read(HEAD_BYTES))
    if kind is None or attachment.size > limits.PICTURE_BYTES_MOST:
        row.problem = NO_PICTURE if kind is None else _TOO_LARGE
        return row
    try:
        with vault.attachments.open(attachment.file, attachment.seed) as file:
            seen = looks(draw(kind, file))
    except (NotReadError, CutOffError) as error:
        row.problem = error.message
        return row
    if seen is None:
        row.problem = TOO_EVEN
    else:
        row.upright, row.flipped = seen.upright, seen.flipped
    return row


def draw(kind: str, source: Readable) -> bytes:
    """Let the sandbox draw a picture: 72 grey dots. Raises SandboxError, NotReadError, CutOffError."""
    asked: dict[str, JSON] = {"kind": kind, "pixels": limits.PICTURE_PIXELS, "width": WIDTH, "height": HEIGHT}
    drawn = [frame.data for frame in frames(_worker(), asked, source)]
    if [len(dots) for dots in drawn] != [WIDTH * HEIGHT]:
        raise NotReadError(_NOT_DRAWN)
    return drawn[0]
