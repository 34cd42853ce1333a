"""What the desk owes people in danger: a list of what must be thought of, ticked by name and day.

Rules:
1. The list stands in a case where its source said that somebody is in danger or a child is involved, whatever a
   reviewer made of its severity since; and in one that a reviewer calls one of danger, or labels so.
2. Nothing is refused for an item that is open: `forward` and closing remind of it. What is right depends on the case.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.answers import CHILD, DANGER, says_yes
from reviewer.errors import ReviewerError
from reviewer.values import CHILD_LABEL, Severity
from reviewer.vault.rows import ArrivalRow, LabelRow
from reviewer.vault.triage_rows import CareRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from reviewer.vault.rows import CaseRow

FOR_DANGER = ("safe-now", "who-could-guess", "safe-way", "help-at-once", "second-look", "no-more-harm", "look-again")
"""Items of every such case; their words stand in ``triage_words``."""

FOR_CHILD = ("child-trained", "child-interest")
"""Items of a case in which a child is involved."""

ITEMS = (*FOR_DANGER, *FOR_CHILD)


@dataclass(frozen=True)
class Care:
    """The list of a case: what is owed, and what of it was done by whom."""

    items: tuple[str, ...] = ()
    done: tuple[CareRow, ...] = ()

    @property
    def open(self) -> tuple[str, ...]:
        """What nobody has ticked."""
        ticked = {row.item for row in self.done}
        return tuple(item for item in self.items if item not in ticked)


def care_of(rows: Session, case: CaseRow) -> Care:
    """Gather the list of a case; it is empty where nobody is in danger."""
    answers = [
        json.loads(said or "{}") for said in rows.scalars(select(ArrivalRow.answers).where(_answers_of(case.id)))
    ]
    labelled = rows.get(LabelRow, (CHILD_LABEL, case.id)) is not None
    with_child = labelled or any(says_yes(said, CHILD) for said in answers)
    danger = case.severity == Severity.DANGER or any(says_yes(said, DANGER) for said in answers)
    if not (danger or with_child):
        return Care()
    done = rows.scalars(select(CareRow).where(CareRow.case_id == case.id).order_by(CareRow.day, CareRow.item))
    return Care((*FOR_DANGER, *(FOR_CHILD if with_child else ())), tuple(done))


def _answers_of(case_id: int) -> ColumnElement[bool]:
    return (ArrivalRow.case_id == case_id) & ArrivalRow.answers.is_not(None)


def check_item(rows: Session, case: CaseRow, item: str) -> str:
    """Return an item of the list of a case; raises ReviewerError where it has none such."""
    items = care_of(rows, case).items
    if item in items:
        return item
    if not items:
        raise ReviewerError(f"Nobody is in danger in case {case.id}: it has no such list.", "Add --severity danger.")
    raise ReviewerError(f"{item!r} is not on the list of case {case.id}.", f"On it: {', '.join(items)}.")
