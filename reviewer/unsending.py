"""Taking back what was written to a source, as long as it has not left.

Rules:
1. Only what a person wrote goes back: replies and questions. Receipts, and what the source has to be told, stay.
2. What a bundle took along is not taken back, whether the bundle has reached the server or not.
3. The newest goes first. The history keeps what it said, and that it was taken back.
4. A case that was closed keeps its letters: it could not have been closed without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.letter import EntryKind
from reviewer import clocks
from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.values import Disposition, Status
from reviewer.vault.rows import EntryRow, HistoryRow, HistoryValueRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change

_WRITTEN_BY_PEOPLE = (EntryKind.REPLY, EntryKind.QUESTION)


def unsend(change: Change, case_id: int) -> None:
    """Take the last entry back that no outbox has carried; raises ReviewerError if there is none."""
    case = get_case(change.rows, case_id)
    written = select(EntryRow).where(EntryRow.mailbox == case.mailbox, EntryRow.kind.in_(_WRITTEN_BY_PEOPLE))
    entry = None if case.mailbox is None else change.rows.scalar(written.order_by(EntryRow.id.desc()).limit(1))
    if entry is None:
        raise ReviewerError(f"Nobody has written to the source of case {case_id}.", "There is nothing to take back.")
    if case.disposition == Disposition.CLOSED:
        raise ReviewerError(
            f"Case {case_id} is closed, and its source has to be told.",
            f"Open it first: khomo-reviewer triage {case_id} --disposition open",
        )
    if clocks.is_carried(change.rows, entry.id):
        raise ReviewerError(
            f"What was last written to the source of case {case_id} is in an outbox already.",
            f"Write what is right: khomo-reviewer reply {case_id} -",
        )
    values: dict[str, tuple[str | None, str | None]] = {"text": (entry.text, None)}
    if entry.kind == EntryKind.QUESTION and (before := _status_before(change.rows, case)) is not None:
        values["status"] = (case.status, before)
        case.status = before
    change.rows.delete(entry)
    change.record("unsend", case_id, **values)
    clocks.refresh(change.rows, case_id)


def _status_before(rows: Session, case: CaseRow) -> str | None:
    """The status that the last question changed, if nobody has changed it since."""
    acts = select(HistoryRow.id).where(HistoryRow.case_id == case.id, HistoryRow.act == EntryKind.QUESTION)
    last = rows.scalar(acts.order_by(HistoryRow.id.desc()).limit(1))
    changed = None if last is None else rows.get(HistoryValueRow, (last, "status"))
    if last is None or changed is None or (case.status, changed.before) != (Status.ASSESSING, Status.NEW):
        return None
    later = select(HistoryValueRow.history_id).join(HistoryRow, HistoryRow.id == HistoryValueRow.history_id)
    later = later.where(HistoryRow.case_id == case.id, HistoryRow.id > last, HistoryValueRow.field == "status")
    return None if rows.scalar(later.limit(1)) is not None else changed.before
