"""Listing cases and showing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, Select, exists, func, select, union

from reviewer import limits
from reviewer.care import Care, care_of
from reviewer.clocks import Clocks, clocks_of
from reviewer.consent import consent_from_text
from reviewer.errors import ReviewerError
from reviewer.values import CHILD_LABEL, ENDED, Disposition, Severity
from reviewer.vault.folding import fold
from reviewer.vault.likeness_rows import folded_away
from reviewer.vault.log_rows import ForwardRow
from reviewer.vault.lost_words_rows import former_mailboxes
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
from reviewer.vault.triage_rows import LinkRow, PersonRow
from reviewer.vault.vault import current_day

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from reviewer.values import Urgency
    from reviewer.vault.vault import Change


_GONE = (*ENDED, Disposition.FORWARDED)
"""Dispositions that a listing shows in place of a status."""


@dataclass(frozen=True)
class Filter:
    """Which cases a listing shows; None does not ask. ``status`` is what the listing shows: how a case ended, too.

    Attributes:
        when: a year, month or day; what is known more finely fits too.
        place: a part of it; so ``person``.
        due: ``late``, or ``soon``, which is late too.
        merged: also those that are folded away under the case that they are merged into.
    """

    status: str | None = None
    severity: Severity | None = None
    urgency: Urgency | None = None
    reliability: str | None = None
    credibility: str | None = None
    place: str | None = None
    when: str | None = None
    person: str | None = None
    role: str | None = None
    linked: int | None = None
    due: str | None = None
    label: str | None = None
    assignee: str | None = None
    category: str | None = None
    unread: bool = False
    merged: bool = False
    page: int = 1


@dataclass(frozen=True)
class Listing:
    """One page of cases, how many there are in all, and in which of the page a child is involved."""

    cases: list[CaseRow]
    total: int
    page: int
    with_child: frozenset[int] = frozenset()
    today: date | None = None

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
    people: list[PersonRow]
    links: list[int]
    care: Care
    clocks: Clocks
    seen: int
    """Number of the newest act of its history."""


def _narrow(query: Select[Any], wish: Filter, today: date) -> Select[Any]:
    if wish.status in _GONE:
        query = query.where(CaseRow.disposition == wish.status)
    elif wish.status is not None:
        query = query.where(CaseRow.status == wish.status, CaseRow.disposition == Disposition.OPEN)
    if wish.due is not None:
        query = query.where(CaseRow.due < (today if wish.due == "late" else _soon(today)))
    wanted = {
        CaseRow.severity: wish.severity,
        CaseRow.urgency: wish.urgency,
        CaseRow.reliability: wish.reliability,
        CaseRow.credibility: wish.credibility,
        CaseRow.assignee: wish.assignee,
        CaseRow.category: wish.category,
        CaseRow.unread: wish.unread or None,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if wish.label is not None:
        query = query.where(exists().where(LabelRow.label == wish.label, LabelRow.case_id == CaseRow.id))
    if not wish.merged:
        query = query.where(~folded_away(today))
    return _narrow_more(query, wish).where(CaseRow.destroyed.is_(False))


def _narrow_more(query: Select[Any], wish: Filter) -> Select[Any]:
    """Narrow by what stands in other tables, or in a part of a text."""
    if wish.place is not None:
        query = query.where(CaseRow.place.contains(wish.place, autoescape=True))
    if wish.when is not None:
        finer = CaseRow.happened.startswith(f"{wish.when}-", autoescape=True)
        query = query.where((CaseRow.happened == wish.when) | finer)
    if wish.person is not None or wish.role is not None:
        people = exists().where(PersonRow.case_id == CaseRow.id)
        if wish.person is not None:
            people = people.where(PersonRow.folded.contains(fold(wish.person), autoescape=True))
        query = query.where(people if wish.role is None else people.where(PersonRow.role == wish.role))
    if wish.linked is not None:
        query = query.where(CaseRow.id.in_(_linked(wish.linked)))
    return query


def _linked(case_id: int) -> CompoundSelect[tuple[int]]:
    """Numbers of the cases that one is linked to."""
    return union(
        select(LinkRow.higher).where(LinkRow.lower == case_id), select(LinkRow.lower).where(LinkRow.higher == case_id)
    )


def _soon(today: date) -> date:
    """The first day that is not near."""
    return today + timedelta(limits.DUE_SOON_DAYS + 1)


def list_cases(rows: Session, wish: Filter, today: date | None = None) -> Listing:
    """One page of cases, ended ones last: danger, a child, a due day that is past, one that is near, then severity,
    urgency, unread, newest.
    """  # noqa: D205 - one sentence
    today = today or current_day()
    total = rows.scalar(_narrow(select(func.count()).select_from(CaseRow), wish, today)) or 0
    with_child = exists().where(LabelRow.label == CHILD_LABEL, LabelRow.case_id == CaseRow.id)
    query = _narrow(select(CaseRow), wish, today).order_by(
        CaseRow.disposition.in_(ENDED),
        (CaseRow.severity == Severity.DANGER).desc(),
        with_child.desc(),
        func.coalesce(CaseRow.due < today, False).desc(),
        func.coalesce(CaseRow.due < _soon(today), False).desc(),
        CaseRow.severity.desc(),
        CaseRow.urgency.desc(),
        CaseRow.unread.desc(),
        CaseRow.last_day.desc(),
        CaseRow.id.desc(),
    )
    found = rows.scalars(query.limit(limits.LIST_PAGE).offset((wish.page - 1) * limits.LIST_PAGE)).all()
    labelled = select(LabelRow.case_id).where(
        LabelRow.label == CHILD_LABEL, LabelRow.case_id.in_([case.id for case in found])
    )
    return Listing(list(found), total, wish.page, frozenset(rows.scalars(labelled)), today)


def rows_in(rows: Session, states: Collection[str]) -> Sequence[ArrivalRow]:
    """Rows of the door that are in these states, by day."""
    query = select(ArrivalRow).where(ArrivalRow.state.in_(states)).order_by(ArrivalRow.day, ArrivalRow.id)
    return rows.scalars(query).all()


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

    in_its_boxes = (EntryRow.mailbox == case.mailbox) | EntryRow.mailbox.in_(former_mailboxes(case_id))
    letters = select(EntryRow).where(in_its_boxes).order_by(EntryRow.id)
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
        people=of_case(PersonRow, PersonRow.role, PersonRow.name),
        links=sorted(rows.scalars(_linked(case_id))),
        care=care_of(rows, case),
        clocks=clocks_of(rows, case),
        seen=rows.scalar(select(func.max(HistoryRow.id)).where(HistoryRow.case_id == case_id)) or 0,
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
