"""Keeps a signature of each text in the vault, from the moment it comes in until its case is destroyed.

The same text has one signature, whoever sent it and however often; it goes with the last message that has it. SQLite
overwrites what is deleted, and not what it left behind when it moved entries of an index to another page: so whatever
was deleted, indexes of signatures and digests are written anew.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, text

from reviewer.likeness import minhash, shingles
from reviewer.vault.likeness_rows import BandRow, MergedRow, MessageSketchRow, MutedRow, PictureHashRow, SketchRow
from reviewer.vault.rows import SettingRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewer.vault.rows import MessageRow

_DRAWN = "likeness secret"
"""Setting: what signatures of this vault are made with, in hex; drawn with the first text."""


_WRITTEN_ANEW = (
    "CREATE TEMP TABLE kept_band AS SELECT value, sketch_id FROM band",
    "DELETE FROM band",
    "INSERT INTO band SELECT value, sketch_id FROM temp.kept_band ORDER BY value, sketch_id",
    "DROP TABLE temp.kept_band",
    "REINDEX sketch",
    "REINDEX ix_attachment_sha256_case_id",
)
"""Temporary tables lie in memory. With 100,000 texts this takes some seconds; a case is seldom destroyed."""


def sign(rows: Session, message: MessageRow) -> None:
    """Keep the signature of a message that has its number; a text that is too short has none."""
    found = shingles.read(message.text)
    if not found.runs:
        return
    key = _secret(rows)
    digest = minhash.digest(found.words, key)
    known = rows.scalar(select(SketchRow.id).where(SketchRow.digest == digest))
    number = _keep(rows, digest, minhash.bands(found.runs, key)) if known is None else known
    rows.add(MessageSketchRow(message_id=message.id, case_id=message.case_id, sketch_id=number))


def _secret(rows: Session) -> bytes:
    kept = rows.get(SettingRow, _DRAWN)
    if kept is None:
        kept = SettingRow(name=_DRAWN, value=secrets.token_hex(minhash.KEY_BYTES))
        rows.add(kept)
    return bytes.fromhex(kept.value)


def _keep(rows: Session, digest: bytes, bands: tuple[int, ...]) -> int:
    sketch = SketchRow(digest=digest, bands=minhash.pack(bands))
    rows.add(sketch)
    rows.flush()
    rows.execute(insert(BandRow), [{"value": value, "sketch_id": sketch.id} for value in bands])
    return sketch.id


def forget_likeness(rows: Session, case_id: int) -> None:
    """Take away all that was made of a case's texts and pictures, and what was merged into it stands alone again."""
    own = select(MessageSketchRow.sketch_id).where(MessageSketchRow.case_id == case_id).distinct()
    numbers = rows.scalars(own).all()
    for table in (MessageSketchRow, PictureHashRow, MergedRow, MutedRow):
        rows.execute(delete(table).where(table.case_id == case_id))
    rows.execute(delete(MergedRow).where(MergedRow.into_id == case_id))
    for number in numbers:
        others = select(MessageSketchRow.message_id).where(MessageSketchRow.sketch_id == number).limit(1)
        if rows.scalar(others) is None:
            _drop(rows, rows.get_one(SketchRow, number))


def _drop(rows: Session, sketch: SketchRow) -> None:
    for value in minhash.unpack(sketch.bands):
        rows.execute(delete(BandRow).where(BandRow.value == value, BandRow.sketch_id == sketch.id))
    rows.execute(delete(SketchRow).where(SketchRow.id == sketch.id))


def leave_nothing(rows: Session) -> None:
    """Let nothing stay of signatures and digests that were deleted in this transaction, or moved before."""
    rows.flush()
    for statement in _WRITTEN_ANEW:
        rows.execute(text(statement))
