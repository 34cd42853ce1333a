"""The full-text index: folded words, by case. Entries carry no text of their own but the folded one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text

from reviewer.vault.folding import fold
from reviewer.vault.rows import WordsRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_INSERT = text("INSERT INTO words(rowid, folded) VALUES (:id, :folded)")
_DELETE = text("DELETE FROM words WHERE rowid = :id")


def add_words(rows: Session, case_id: int, kind: str, source_id: int, words: str) -> None:
    """Make words findable; they belong to row ``source_id`` of the table that ``kind`` names."""
    entry = WordsRow(case_id=case_id, kind=kind, source_id=source_id)
    rows.add(entry)
    rows.flush()
    rows.execute(_INSERT, {"id": entry.id, "folded": fold(words)})


def remove_entry(rows: Session, case_id: int, kind: str, source_id: int) -> None:
    """Remove the words that were made findable from one row; nothing where there are none."""
    entry = select(WordsRow).where(WordsRow.case_id == case_id, WordsRow.kind == kind, WordsRow.source_id == source_id)
    for row in rows.scalars(entry).all():
        rows.execute(_DELETE, {"id": row.id})
        rows.delete(row)
    rows.flush()


def remove_words(rows: Session, case_id: int) -> None:
    """Remove all words of a case; FTS5's ``secure-delete`` takes them out of its segments at once."""
    for number in rows.scalars(select(WordsRow.id).where(WordsRow.case_id == case_id)).all():
        rows.execute(_DELETE, {"id": number})
    rows.execute(delete(WordsRow).where(WordsRow.case_id == case_id))
