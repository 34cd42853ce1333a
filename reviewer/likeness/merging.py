"""Merging: a reviewer counts cases to another one; nothing of either is deleted, copied or moved.

Rules:
1. A person merges, and a person takes it back; both stand in the history of both cases.
2. A merged case keeps its texts, files, mailbox and letters: what its source sends goes into it as before.
3. One step only: what has cases merged into it is not merged itself, and what is merged takes none. So there is no
   chain and no loop.
4. A list folds a merged case away only while nothing in it is unread, nobody in it is in danger, and no letter to its
   source is late: what a source writes is seen, wherever somebody put the case.
5. What becomes of a case becomes of those merged into it that stood as it did, or were open; where that is refused (a
   source has no letter yet), they stay as they were, and that is said. A case is forwarded alone: nothing of the
   others has left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.likeness import limits
from reviewer.triage import Decision, decide
from reviewer.values import ENDED, Disposition
from reviewer.vault.likeness_rows import MergedRow, folded_away
from reviewer.vault.rows import CaseRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from reviewer.vault.vault import Change

MERGE, UNMERGE = "merge", "unmerge"
"""Acts of the history."""


@dataclass(frozen=True)
class Merged:
    """Where a case stands: the one that it is merged into, if it is, and those that are merged into it."""

    into: int | None
    others: tuple[CaseRow, ...] = ()


@dataclass(frozen=True)
class Together:
    """What a decision changed of a case; of those merged into it, which followed and which could not, and why."""

    changed: tuple[str, ...]
    followed: tuple[int, ...] = ()
    stayed: tuple[tuple[int, str], ...] = ()


def merge(change: Change, cases: Iterable[int], into: int, label: str | None = None) -> tuple[int, ...]:
    """Count cases to another one, and give all of them a label; all or none. Returns their numbers.

    Raises ReviewerError.
    """
    rows, numbers = change.rows, tuple(dict.fromkeys(cases))
    if len(numbers) > limits.MERGED_AT_ONCE:
        raise ReviewerError(f"At most {limits.MERGED_AT_ONCE} cases are merged at once.", "Name some of them first.")
    get_case(rows, into)
    _check_takes(rows, into)
    for number in numbers:
        get_case(rows, number)
        _check_goes(rows, number, into)
    for number in numbers:
        rows.add(MergedRow(case_id=number, into_id=into, day=change.day, who=change.who))
        change.record(MERGE, number, into=(None, str(into)))
        change.record(MERGE, into, case=(None, str(number)))
    if label is not None:
        for number in (into, *numbers):
            decide(change, number, Decision(add_labels=(label,)))
    return numbers


def _check_takes(rows: Session, into: int) -> None:
    if (above := rows.get(MergedRow, into)) is not None:
        raise ReviewerError(
            f"Case {into} is merged into case {above.into_id} itself; nothing is merged into it.",
            f"Merge into case {above.into_id}, or take it out first: khomo-reviewer unmerge {into}",
        )


def _check_goes(rows: Session, number: int, into: int) -> None:
    if number == into:
        raise ReviewerError(f"Case {number} is not merged into itself.", "Name another case after --into.")
    if (above := rows.get(MergedRow, number)) is not None:
        raise ReviewerError(
            f"Case {number} is merged into case {above.into_id} already.",
            f"Take it out first: khomo-reviewer unmerge {number}",
        )
    below = rows.scalar(select(func.count()).select_from(MergedRow).where(MergedRow.into_id == number)) or 0
    if below:
        raise ReviewerError(
            f"Case {number} has {below} merged into it, and is not merged itself.",
            f"Take them out first (khomo-reviewer unmerge), or merge case {into} into case {number}.",
        )


def unmerge(change: Change, cases: Iterable[int]) -> tuple[int, ...]:
    """Let merged cases stand alone again; all or none. Returns their numbers. Raises ReviewerError."""
    numbers = tuple(dict.fromkeys(cases))
    for number in numbers:
        get_case(change.rows, number)
        row = change.rows.get(MergedRow, number)
        if row is None:
            raise ReviewerError(f"Case {number} is not merged into another one.", f"See: khomo-reviewer show {number}")
        change.record(UNMERGE, number, into=(str(row.into_id), None))
        change.record(UNMERGE, row.into_id, case=(str(number), None))
        change.rows.delete(row)
    return numbers


def merged(rows: Session, case_id: int) -> Merged:
    """Look where a case stands among merged ones."""
    above = rows.get(MergedRow, case_id)
    below = select(CaseRow).join(MergedRow, MergedRow.case_id == CaseRow.id).where(MergedRow.into_id == case_id)
    return Merged(None if above is None else above.into_id, tuple(rows.scalars(below.order_by(CaseRow.id))))


def folded(rows: Session, cases: Sequence[int], today: date) -> dict[int, int]:
    """How many cases a list folds away under each of these."""
    count = select(MergedRow.into_id, func.count().label("number")).join(CaseRow, CaseRow.id == MergedRow.case_id)
    count = count.where(MergedRow.into_id.in_(cases), folded_away(today))
    return {row.into_id: row.number for row in rows.execute(count.group_by(MergedRow.into_id))}


def decide_together(change: Change, case_id: int, decision: Decision) -> Together:
    """Decide about a case, and let those that are merged into it follow. Raises ReviewerError."""
    before = get_case(change.rows, case_id).disposition
    changed = tuple(decide(change, case_id, decision))
    case = get_case(change.rows, case_id)
    now = Disposition(case.disposition)
    if now == before or now not in {*ENDED, Disposition.OPEN}:
        return Together(changed)
    same = Decision(disposition=now, reason=decision.reason, outcome=decision.outcome)
    followed: list[int] = []
    stayed: list[tuple[int, str]] = []
    for other in merged(change.rows, case_id).others:
        if other.disposition not in {before, Disposition.OPEN} or other.disposition == now:
            continue
        number = other.id
        try:
            with change.rows.begin_nested():  # what is refused leaves no half
                decide(change, number, same)
        except ReviewerError as error:
            stayed.append((number, str(error)))
        else:
            followed.append(number)
    return Together(changed, tuple(followed), tuple(stayed))
