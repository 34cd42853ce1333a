"""What the desk says to a source: entries that wait for the next outbox, and the letter that is made of them.

Rules:
1. A question is open until its source answered it by its name, or the desk wrote a reply after it.
2. A receipt carries the desk's signed proof of filing, made anew with each letter.
3. A mailbox that its source wrote off, and one that nobody has, get letters that nobody can open.
4. A text that may endanger somebody (``cautions``) goes in only where a person names the danger, for the history too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.age import AgeError, HybridRecipient
from keys.sealing.filing_proof import DIGESTS, FilingProof, make_filing_proof
from keys.sealing.letter import (
    Allowed,
    CaseState,
    Entry,
    EntryKind,
    Letter,
    Outcome,
    blank_letter,
    check_fits,
    write_letter,
)
from keys.sealing.letter_entry import new_question_name
from keys.sealing.limits import LETTER_TEXT_BYTES
from keys.sealing.submission import Audience
from keys.sealing.values import MailboxAddress
from reviewer import caution_words
from reviewer.cases import get_case
from reviewer.cautions import cautions
from reviewer.consent import consent_from_text
from reviewer.errors import RefusedError, ReviewerError
from reviewer.mailboxes import add_entry
from reviewer.values import Disposition, MailboxKind, Status
from reviewer.vault.lost_words_rows import case_of, moved_from
from reviewer.vault.rows import CaseRow, EntryRow, MailboxRow, PartRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from keys.sealing.notes import SigningKey
    from keys.sealing.values import Sealed
    from reviewer.cautions import Danger
    from reviewer.vault.vault import Change

_STATES = {
    Disposition.FORWARDED: CaseState.FORWARDED,
    Disposition.CLOSED: CaseState.CLOSED,
    Disposition.SPAM: CaseState.CLOSED,
}


@dataclass(frozen=True)
class Round:
    """What all letters of one outbox share: their number, who signs them, and for whom."""

    number: int
    key: SigningKey
    organisation: str


def week_of(day: date) -> str:
    """A day as its ISO week, 2026-W47: letters tell no finer time."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


class CautionedError(RefusedError):
    """The text holds what may endanger somebody, and nobody has said that it goes all the same."""

    def __init__(self, dangers: Collection[Danger]) -> None:
        super().__init__(*caution_words.stopped(dangers))


def write_to_source(change: Change, case_id: int, kind: EntryKind, text: str, despite: Collection[Danger] = ()) -> None:
    """Add an entry to the letter of a case; it leaves with the next outbox. Raises KhomoError.

    Args:
        change: the transaction.
        case_id: the case.
        kind: a reply or a question.
        text: as a person wrote it.
        despite: dangers that this person has seen in it, and goes on; any other that is found raises CautionedError.
    """
    case = get_case(change.rows, case_id)
    box = writable(change.rows, case)
    clean = text.replace("\r\n", "\n").strip()
    if not clean or len(clean.encode()) > LETTER_TEXT_BYTES:
        raise ReviewerError(f"A letter holds 1 to {LETTER_TEXT_BYTES} bytes of text.", "Write less, or write twice.")
    question = new_question_name() if kind is EntryKind.QUESTION else ""
    check_fits(Entry(kind, week_of(change.day), clean, question=question))
    found = {one.danger for one in cautions(change.rows, case, clean)}
    if not found <= set(despite):
        raise CautionedError(found - set(despite))
    add_entry(change, box.address, kind, clean, **({"question": question} if question else {}))
    values: dict[str, tuple[str | None, str | None]] = {"text": (None, clean)}
    if found:
        values["despite"] = (None, ", ".join(sorted(found)))
    if kind is EntryKind.QUESTION and case.status == Status.NEW:
        values["status"] = (case.status, Status.ASSESSING.value)
        case.status = Status.ASSESSING
    change.record(kind.value, case.id, **values)


def writable(rows: Session, case: CaseRow) -> MailboxRow:
    """Return the mailbox in which the source of a case reads; raises ReviewerError where there is none, or a doubt."""
    box = None if case.mailbox is None else rows.get(MailboxRow, case.mailbox)
    if box is None or box.recipient is None:
        raise ReviewerError(f"The source of case {case.id} left no mailbox that can be written to.")
    if (move := moved_from(rows, box.address)) is not None:
        raise RefusedError(
            f"Case {case.id} came from the mailbox of case {move.old_case}, whose words were lost, as case "
            f"{move.new_case} says: letters into it open for nobody.",
            f"If case {move.new_case} was posing: khomo-reviewer lost-words {move.new_case} --undo --posing",
        )
    if box.kind == MailboxKind.WRITTEN_OFF:
        raise ReviewerError(f"The source of case {case.id} has given the box up: nobody can read it any more.")
    if box.disputed:
        raise RefusedError(
            "Two reports named different keys for this mailbox: somebody may be posing as the source.",
            f"If you know by other means that case {case.id} is the source's: khomo-reviewer settle {case.id}",
        )
    return box


def seal_letter(rows: Session, box: MailboxRow, to_all: Round) -> Sealed:
    """Make the letter of a mailbox as it is now; nobody can tell a fictitious one from a real one."""
    if box.kind != MailboxKind.REAL or box.recipient is None:
        return blank_letter()
    letter = letter_of(rows, box, to_all)
    try:
        return write_letter(letter, to_all.key, HybridRecipient.parse(box.recipient))
    except AgeError:  # a hostile report named a key that nothing can be sealed to: it must not stop everybody's letters
        return blank_letter()


def letter_of(rows: Session, box: MailboxRow, to_all: Round) -> Letter:
    """Return the letter of a mailbox as it is now, with all entries, whether they fit or not."""
    said = rows.scalars(select(EntryRow).where(EntryRow.mailbox == box.address).order_by(EntryRow.id)).all()
    case = rows.scalar(case_of(box.address))
    entries = tuple(_entries(said, _answered(rows, box, said), to_all))
    state = _state(case, entries)
    return Letter(
        address=MailboxAddress(box.address),
        number=to_all.number,
        state=state,
        entries=entries,
        outcome=Outcome((case and case.outcome) or Outcome.CANNOT_TELL) if state is CaseState.CLOSED else None,
        allowed=None if case is None else _allowed(case),
    )


def _state(case: CaseRow | None, entries: Sequence[Entry]) -> CaseState:
    """How far the desk is, as the source may know it."""
    if case is None:
        return CaseState.RECEIVED
    disposed = _STATES.get(Disposition(case.disposition))
    if disposed is not None:
        return disposed
    if any(entry.kind is EntryKind.QUESTION and not entry.answered for entry in entries):
        return CaseState.QUESTION
    return CaseState.RECEIVED if case.unread else CaseState.READING


def _allowed(case: CaseRow) -> Allowed:
    consent = consent_from_text(case.consent)
    return Allowed(consent.may_see, consent.originals)


def _answered(rows: Session, box: MailboxRow, said: Sequence[EntryRow]) -> set[str | None]:
    """Names of the questions that the source of a mailbox answered."""
    if not any(entry.kind == EntryKind.QUESTION for entry in said):
        return set()
    query = select(PartRow.question).join(CaseRow, CaseRow.id == PartRow.case_id).where(CaseRow.mailbox == box.address)
    return set(rows.scalars(query))


def _entries(said: Sequence[EntryRow], answered: set[str | None], to_all: Round) -> list[Entry]:
    replied = max((row.id for row in said if row.kind == EntryKind.REPLY), default=0)
    return [_entry(row, answered=row.id < replied, names=answered, to_all=to_all) for row in said]


def _entry(row: EntryRow, *, answered: bool, names: set[str | None], to_all: Round) -> Entry:
    kind, week, details = EntryKind(row.kind), week_of(row.day), json.loads(row.details)
    if kind is EntryKind.RECEIPT:
        digests = tuple(details["digests"])
        return Entry(kind, week, row.text, digests, _proof(digests, week, to_all))
    if kind is EntryKind.QUESTION:
        name = details["question"]
        return Entry(kind, week, row.text, question=name, answered=answered or name in names)
    seen_by = frozenset(map(Audience, details.get("audiences", ())))
    return Entry(kind, week, row.text, audiences=seen_by, originals=details.get("originals", False))


def _proof(digests: Sequence[str], week: str, to_all: Round) -> str:
    filed = tuple(sorted(set(digests)))
    if len(filed) not in DIGESTS:  # nothing arrived that could be shown again
        return ""
    return make_filing_proof(FilingProof(to_all.organisation, week, filed), to_all.key)
