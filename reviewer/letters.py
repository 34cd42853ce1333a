"""What the desk says to a source: entries that wait for the next outbox, and the letter that is made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.age import AgeError, HybridRecipient
from keys.sealing.letter import CaseState, Entry, EntryKind, Letter, blank_letter, check_fits, write_letter
from keys.sealing.limits import LETTER_TEXT_BYTES
from keys.sealing.values import MailboxAddress
from reviewer.cases import get_case
from reviewer.errors import RefusedError, ReviewerError
from reviewer.values import Disposition, MailboxKind, Status
from reviewer.vault.rows import CaseRow, EntryRow, MailboxRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from keys.sealing.notes import SigningKey
    from keys.sealing.values import Sealed
    from reviewer.vault.vault import Change

_STATES = {
    Disposition.FORWARDED: CaseState.FORWARDED,
    Disposition.CLOSED: CaseState.CLOSED,
    Disposition.SPAM: CaseState.CLOSED,
}


def week_of(day: date) -> str:
    """A day as its ISO week, 2026-W47: letters tell no finer time."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def write_to_source(change: Change, case_id: int, kind: EntryKind, text: str) -> None:
    """Add an entry to the letter of a case; it leaves with the next outbox. Raises KhomoError."""
    case = get_case(change.rows, case_id)
    box = _writable(change.rows, case)
    clean = text.replace("\r\n", "\n").strip()
    if not clean or len(clean.encode()) > LETTER_TEXT_BYTES:
        raise ReviewerError(f"A letter holds 1 to {LETTER_TEXT_BYTES} bytes of text.", "Write less, or write twice.")
    check_fits(Entry(kind, week_of(change.day), clean))
    change.rows.add(EntryRow(mailbox=box.address, kind=kind, day=change.day, text=clean, digests="[]"))
    values: dict[str, tuple[str | None, str | None]] = {"text": (None, clean)}
    if kind is EntryKind.QUESTION and case.status != Status.WAITING:
        values["status"] = (case.status, Status.WAITING.value)
        case.status = Status.WAITING
    change.record(kind.value, case.id, **values)


def _writable(rows: Session, case: CaseRow) -> MailboxRow:
    box = None if case.mailbox is None else rows.get(MailboxRow, case.mailbox)
    if box is None:
        raise ReviewerError(f"The source of case {case.id} left no mailbox that can be written to.")
    if box.disputed:
        raise RefusedError(
            "Two reports named different keys for this mailbox: somebody may be posing as the source.",
            f"If you know by other means that case {case.id} is the source's: khomo-reviewer settle {case.id}",
        )
    return box


def state_of(case: CaseRow | None, entries: Sequence[EntryRow]) -> CaseState:
    """How far the desk is, as the source may know it."""
    if case is None:
        return CaseState.RECEIVED
    disposed = _STATES.get(Disposition(case.disposition))
    if disposed is not None:
        return disposed
    said = [entry.kind for entry in entries if entry.kind != EntryKind.NOTICE]
    if said and said[-1] == EntryKind.QUESTION:
        return CaseState.QUESTION
    return CaseState.RECEIVED if case.unread else CaseState.READING


def seal_letter(rows: Session, box: MailboxRow, number: int, key: SigningKey) -> Sealed:
    """Make the letter of a mailbox as it is now; nobody can tell a fictitious one from a real one."""
    if box.kind != MailboxKind.REAL or box.recipient is None:
        return blank_letter()
    entries = rows.scalars(select(EntryRow).where(EntryRow.mailbox == box.address).order_by(EntryRow.id)).all()
    newest = select(CaseRow).where(CaseRow.mailbox == box.address).order_by(CaseRow.id.desc()).limit(1)
    letter = Letter(
        address=MailboxAddress(box.address),
        number=number,
        state=state_of(rows.scalar(newest), entries),
        entries=tuple(_entry(entry) for entry in entries),
    )
    try:
        return write_letter(letter, key, HybridRecipient.parse(box.recipient))
    except AgeError:  # a hostile report named a key that nothing can be sealed to: it must not stop everybody's letters
        return blank_letter()


def _entry(row: EntryRow) -> Entry:
    return Entry(EntryKind(row.kind), week_of(row.day), row.text, tuple(json.loads(row.digests)))
