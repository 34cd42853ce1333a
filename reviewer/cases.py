"""Listing cases and showing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, exists, func, select

from reviewer import limits
from reviewer.consent import consent_from_text
from reviewer.errors import ReviewerError
from reviewer.values import CHILD_LABEL, ENDED, Severity
from reviewer.vault.log_rows import ForwardRow
from reviewer.vault.rows import (
    ArrivalRow,
    AttachmentRow,
    CaseRow,
    EntryRow,
    HistoryRow,
    HistoryValueRow,
    LabelRow,
    MessageRow,
    NoteRow,
    PartRow,
    SourceNameRow,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewer.vault.vault import Change


@dataclass(frozen=True)
class Filter:
    """Which cases a listing shows; None does not ask. ``status`` is what the listing shows: how a case ended, too."""

    status: str | None = None
    severity: Severity | None = None
    label: str | None = None
    assignee: str | None = None
    category: str | None = None
    unread: bool = False
    page: int = 1


@dataclass(frozen=True)
class Listing:
    """One page of cases, how many there are in all, and in which of the page a child is involved."""

    cases: list[CaseRow]
    total: int
    page: int
    with_child: frozenset[int] = frozenset()

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // limits.LIST_PAGE))


@dataclass(frozen=True)
class Details:
    """Everything that the desk knows of one case."""

    case: CaseRow
    labels: list[str]
    messages: list[MessageRow]
    attachments: list[AttachmentRow]
    arrivals: list[ArrivalRow]
    notes: list[NoteRow]
    letters: list[EntryRow]
    forwards: list[ForwardRow]
    acts: list[PartRow]
    names: list[SourceNameRow]


def _narrow(query: Select[Any], wish: Filter) -> Select[Any]:
    ended = CaseRow.disposition.in_(ENDED)
    if wish.status in ENDED:
        query = query.where(CaseRow.disposition == wish.status)
    elif wish.status is not None:
        query = query.where(CaseRow.status == wish.status, ~ended)
    wanted = {
        CaseRow.severity: wish.severity,
        CaseRow.assignee: wish.assignee,
        CaseRow.category: wish.category,
        CaseRow.unread: wish.unread or None,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if wish.label is not None:
        query = query.where(exists().where(LabelRow.label == wish.label, LabelRow.case_id == CaseRow.id))
    return query.where(CaseRow.destroyed.is_(False))


def list_cases(rows: Session, wish: Filter) -> Listing:
    """One page of cases: danger first, then those with a child, then severity, unread, newest; ended ones last."""
    total = rows.scalar(_narrow(select(func.count()).select_from(CaseRow), wish)) or 0
    with_child = exists().where(LabelRow.label == CHILD_LABEL, LabelRow.case_id == CaseRow.id)
    query = _narrow(select(CaseRow), wish).order_by(
        CaseRow.disposition.in_(ENDED),
        (CaseRow.severity == Severity.DANGER).desc(),
        with_child.desc(),
        CaseRow.severity.desc(),
        CaseRow.unread.desc(),
        CaseRow.last_day.desc(),
        CaseRow.id.desc(),
    )
    found = rows.scalars(query.limit(limits.LIST_PAGE).offset((wish.page - 1) * limits.LIST_PAGE)).all()
    labelled = select(LabelRow.case_id).where(
        LabelRow.label == CHILD_LABEL, LabelRow.case_id.in_([case.id for case in found])
    )
    return Listing(list(found), total, wish.page, frozenset(rows.scalars(labelled)))


def get_case(rows: Session, case_id: int) -> CaseRow:
    """A case by its number; raises ReviewerError when there is none, or its words were destroyed."""
    case = rows.get(CaseRow, case_id)
    if case is None:
        raise ReviewerError(f"There is no case {case_id}.", "`khomo-reviewer list` shows the cases.")
    if case.destroyed:
        raise ReviewerError(f"Case {case_id} was destroyed; only its number and its history are left.")
    return case


def mark_read(change: Change, case_id: int) -> None:
    """Note that somebody has read a case."""
    get_case(change.rows, case_id).unread = False
    change.record("read", case_id)


def details(rows: Session, case_id: int) -> Details:
    """Gather a case."""
    case = get_case(rows, case_id)

    def of_case(table: Any, *order: Any) -> list[Any]:
        return list(rows.scalars(select(table).where(table.case_id == case_id).order_by(*order)))

    letters = select(EntryRow).where(EntryRow.mailbox == case.mailbox).order_by(EntryRow.id)
    return Details(
        case=case,
        labels=[one.label for one in of_case(LabelRow, LabelRow.label)],
        messages=of_case(MessageRow, MessageRow.id),
        attachments=of_case(AttachmentRow, AttachmentRow.id),
        arrivals=of_case(ArrivalRow, ArrivalRow.day, ArrivalRow.id),
        notes=of_case(NoteRow, NoteRow.id),
        letters=list(rows.scalars(letters)) if case.mailbox else [],
        forwards=of_case(ForwardRow, ForwardRow.id),
        names=names_of(rows, case_id),
        acts=[part for part in of_case(PartRow, PartRow.day, PartRow.arrival_id) if part.act],
    )


def names_of(rows: Session, case_id: int) -> list[SourceNameRow]:
    """What the source gave of themselves, the newest first; rows carry no time, so of one bundle the last taken in."""
    query = select(SourceNameRow).join(ArrivalRow, ArrivalRow.id == SourceNameRow.arrival_id)
    query = query.where(SourceNameRow.case_id == case_id)
    return list(rows.scalars(query.order_by(ArrivalRow.bundle_id.desc(), SourceNameRow.id.desc())))


def may_see(case: CaseRow) -> frozenset[str]:
    """Audiences that the source allowed for every part of a case."""
    return frozenset(consent_from_text(case.consent).may_see)


def history(rows: Session, case_id: int | None) -> list[tuple[HistoryRow, list[HistoryValueRow]]]:
    """Acts in order, with what they changed; of one case or of the whole desk."""
    acts = select(HistoryRow).order_by(HistoryRow.id)
    values = select(HistoryValueRow).order_by(HistoryValueRow.history_id, HistoryValueRow.field)
    if case_id is not None:
        acts = acts.where(HistoryRow.case_id == case_id)
        values = values.join(HistoryRow, HistoryRow.id == HistoryValueRow.history_id).where(
            HistoryRow.case_id == case_id
        )
    changed: dict[int, list[HistoryValueRow]] = {}
    for value in rows.scalars(values):
        changed.setdefault(value.history_id, []).append(value)
    return [(act, changed.get(act.id, [])) for act in rows.scalars(acts)]
