"""Two clocks a case: by when its source must have a first letter, and one that a person wrote.

Rules:
1. A letter counts when a bundle of the server says that the server has the bundle that brought it: not when it is
   written, and not when it lies on a stick. The day that counts is the server's, but none that has not come here, and
   none before the letter was made.
2. Every letter acknowledges: receipts write themselves. Only a reply, or that the case went to leads, is feedback.
3. No clock runs where nothing can be written to the source, and none for spam. One runs on after a case was closed.
4. The clocks begin on the day on which the report was read in here: nothing tells an earlier one.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from keys.sealing.letter import EntryKind
from reviewer.profiles import EU, Profile
from reviewer.values import Disposition, MailboxKind
from reviewer.vault.rows import CaseRow, EntryRow, MailboxRow, SettingRow
from reviewer.vault.triage_rows import LetterRoundRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.orm import Session

    from keys.sealing.bundle import Acknowledgement, ChainId
    from reviewer.vault.vault import Change

PROFILE = "legal profile"
"""Setting: the profile as JSON; that of the EU where none was chosen."""

_FEEDBACK = (EntryKind.REPLY, EntryKind.FORWARDED)


@dataclass(frozen=True)
class Clock:
    """One clock: until when, whether a letter for it is ``written``, and since when the server surely has it."""

    until: date | None
    written: bool
    confirmed: date | None


@dataclass(frozen=True)
class Clocks:
    """Both clocks of a case; ``runs`` is false where nothing can be written, or it is spam."""

    profile: Profile
    acknowledge: Clock
    feedback: Clock
    runs: bool


def profile(rows: Session) -> Profile:
    """What binds this desk."""
    setting = rows.get(SettingRow, PROFILE)
    return EU if setting is None else Profile.from_text(setting.value)


def choose_profile(change: Change, chosen: Profile) -> None:
    """Bind the desk by another profile: all clocks are set anew."""
    before = profile(change.rows)
    if before == chosen:
        return
    change.rows.merge(SettingRow(name=PROFILE, value=chosen.to_text()))
    change.record("legal profile", None, profile=(before.to_text(), chosen.to_text()))
    refresh(change.rows)


def note_round(change: Change, chain: ChainId, number: int) -> None:
    """Remember which entries went with a bundle for the server."""
    last = change.rows.scalar(select(func.max(EntryRow.id))) or 0
    change.rows.add(LetterRoundRow(chain=str(chain), number=number, day=change.day, last_entry=last))


def confirm_letters(change: Change, said: Acknowledgement | None, written: date) -> None:
    """Take in which bundle of letters the server has; ``written`` is the day of the bundle that says so.

    The clocks know it once they are set anew (``refresh``).
    """
    if said is None:
        return
    here = select(LetterRoundRow).where(LetterRoundRow.chain == str(said.chain), LetterRoundRow.number == said.number)
    came = change.rows.scalar(here.where(LetterRoundRow.confirmed.is_(None)))
    if came is not None:
        came.confirmed = max(came.day, min(written, change.day))


def is_carried(rows: Session, entry_id: int) -> bool:
    """Whether an entry of a letter went into a bundle for the server already."""
    return entry_id <= (rows.scalar(select(func.max(LetterRoundRow.last_entry))) or 0)


def can_write(rows: Session, case: CaseRow) -> bool:
    """Whether a letter to the source of a case can be written."""
    box = None if case.mailbox is None else rows.get(MailboxRow, case.mailbox)
    return box is not None and box.kind == MailboxKind.REAL and not box.disputed


def start(rows: Session, case: CaseRow) -> None:
    """Let the first clock of a new case run."""
    bound = profile(rows)
    if case.mailbox is not None:
        case.due = bound.acknowledge_by(case.first_day) or bound.feedback_by(case.first_day, None)


def clocks_of(rows: Session, case: CaseRow) -> Clocks:
    """Look at both clocks of a case."""
    bound, letters = profile(rows), select(func.count()).where(EntryRow.mailbox == case.mailbox)
    told = bool(case.mailbox and rows.scalar(letters.where(EntryRow.kind.in_(_FEEDBACK))))
    return Clocks(
        bound,
        Clock(bound.acknowledge_by(case.first_day), bool(case.mailbox and rows.scalar(letters)), case.acknowledged),
        Clock(bound.feedback_by(case.first_day, case.acknowledged), told, case.answered),
        runs=case.disposition != Disposition.SPAM and can_write(rows, case),
    )


def refresh(rows: Session, case_id: int | None = None) -> None:
    """Set the clocks of one case, or of all, by what the server has."""
    rows.flush()
    bound, when = profile(rows), _when_confirmed(rows)
    firsts = select(EntryRow.mailbox, func.min(EntryRow.id), func.min(EntryRow.id).filter(EntryRow.kind.in_(_FEEDBACK)))
    cases = select(CaseRow, MailboxRow.kind).outerjoin(MailboxRow, MailboxRow.address == CaseRow.mailbox)
    cases = cases.where(CaseRow.destroyed.is_(False))
    if case_id is not None:
        cases = cases.where(CaseRow.id == case_id)
        firsts = firsts.where(
            EntryRow.mailbox == select(CaseRow.mailbox).where(CaseRow.id == case_id).scalar_subquery()
        )
    first = {mailbox: ids for mailbox, *ids in rows.execute(firsts.group_by(EntryRow.mailbox))}
    for case, kind in rows.execute(cases):
        entry, feedback = first.get(case.mailbox or b"", (None, None))
        case.acknowledged, case.answered = when(entry), when(feedback)
        case.due = _due(case, bound) if kind == MailboxKind.REAL else None


def _due(case: CaseRow, bound: Profile) -> date | None:
    if case.disposition == Disposition.SPAM or case.answered is not None:
        return None
    unacknowledged = None if case.acknowledged else bound.acknowledge_by(case.first_day)
    return unacknowledged or bound.feedback_by(case.first_day, case.acknowledged)


def _when_confirmed(rows: Session) -> Callable[[int | None], date | None]:
    """Give what says of an entry since when the server has it: the earliest of all rounds that brought it."""
    query = select(LetterRoundRow.last_entry, LetterRoundRow.confirmed).order_by(LetterRoundRow.last_entry)
    rounds = [(last, day) for last, day in rows.execute(query) if day is not None]
    lasts = [last for last, _day in rounds]
    days = [*accumulate((day for _last, day in reversed(rounds)), min)][::-1]

    def when(entry: int | None) -> date | None:
        place = len(lasts) if entry is None else bisect_left(lasts, entry)
        return days[place] if place < len(days) else None

    return when
