"""Muting: what a source goes on sending into a case is kept and counted, and calls nobody.

Rules:
1. A row of a muted case is taken in like any other: opened, filed, counted, receipted. The source sees no difference.
2. It makes the case neither unread nor newer, and opens nothing again: it counts as what was decided of the case.
3. Where it says that somebody is in danger, or a child is involved, it calls as if nothing were muted, and the muting
   ends. So does a person, who finds the case unread then if anything came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from keys.sealing.answers import CHILD, DANGER, says_yes
from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.vault.likeness_rows import MutedRow
from reviewer.vault.rows import PartRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from keys.sealing.canonical import JSON
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change

MUTE, UNMUTE = "mute", "unmute"
"""Acts of the history."""


def mute(change: Change, case_id: int) -> None:
    """Let what comes into a case call nobody; raises ReviewerError."""
    case = get_case(change.rows, case_id)
    if change.rows.get(MutedRow, case_id) is not None:
        raise ReviewerError(f"Case {case_id} is muted already.")
    if case.unread:
        raise ReviewerError(
            f"Nobody has read all of case {case_id}.", f"Read it first: khomo-reviewer show {case_id}. Then mute it."
        )
    change.rows.add(MutedRow(case_id=case_id, day=change.day, who=change.who, parts=0))
    change.record(MUTE, case_id)


def unmute(change: Change, case_id: int) -> int:
    """Let what comes into a case call again; returns how many parts came since. Raises ReviewerError."""
    case = get_case(change.rows, case_id)
    row = change.rows.get(MutedRow, case_id)
    if row is None:
        raise ReviewerError(f"Case {case_id} is not muted.")
    return _end(change, case, row)


def _end(change: Change, case: CaseRow, row: MutedRow, why: str | None = None) -> int:
    came = row.parts
    if came:
        newest = change.rows.scalar(select(func.max(PartRow.day)).where(PartRow.case_id == case.id))
        case.unread, case.last_day = True, newest or case.last_day
    change.record(UNMUTE, case.id, parts=(None, str(came)), **({"because of": (None, why)} if why else {}))
    change.rows.delete(row)
    return came


def is_muted(rows: Session, case_id: int) -> bool:
    """Whether what comes into a case calls nobody."""
    return rows.get(MutedRow, case_id) is not None


def keeps_quiet(change: Change, case: CaseRow, answers: Mapping[str, JSON]) -> bool:
    """Whether a new part of a case calls nobody; it is counted then. Danger ends the muting."""
    row = change.rows.get(MutedRow, case.id)
    if row is None:
        return False
    if says_yes(answers, DANGER) or says_yes(answers, CHILD):
        _end(change, case, row, DANGER if says_yes(answers, DANGER) else CHILD)
        return False
    row.parts += 1
    return True
