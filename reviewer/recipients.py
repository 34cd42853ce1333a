"""Who was told of a case: to whom a correction or a withdrawal has to go, and what must not travel any more.

Rules:
1. A lead was told of a case when the log addresses it to that lead, whether or not the stick arrived.
2. From the moment a withdrawal is prepared, signed or not, nothing older of the case leaves for the leads it names.
3. A lead from whom a case was withdrawn, and who was told nothing of it since, is told of no correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from reviewer.consent import consent_from_text
from reviewer.purposes import Purpose, from_column
from reviewer.vault.log_rows import ForwardRow, LeadRow, PackageRow
from reviewer.vault.rows import CaseRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Recipient:
    """A lead who has a case.

    Attributes:
        lead: the name.
        audience: what the lead is, towards the source's consent.
        has_same_key: whether the lead still has the keys to which the case went.
        is_allowed: whether the source allows it as things are now, or two reviewers have signed why not.
    """

    lead: str
    audience: str
    has_same_key: bool
    is_allowed: bool


@dataclass(frozen=True)
class ToWithdraw:
    """A case that some leads have, though its source does not allow it any more."""

    case: int
    leads: tuple[str, ...]


@dataclass(frozen=True)
class _Told:
    """One package of a case for one lead, and how lead and case are now."""

    case: int
    purpose: str
    against: str
    lead: str
    key: str
    audience: str
    verify_key: str
    consent: str


def recipients(rows: Session, case_id: int) -> tuple[Recipient, ...]:
    """Leads who have a case, by name."""
    return tuple(_recipients(_told(rows, case_id)))


def to_withdraw(rows: Session, case_id: int | None = None) -> tuple[ToWithdraw, ...]:
    """Cases that go against what their sources allow now; of one case, or of all."""
    by_case: dict[int, list[_Told]] = {}
    for told in _told(rows, case_id):
        by_case.setdefault(told.case, []).append(told)
    return tuple(
        ToWithdraw(number, leads)
        for number, told in sorted(by_case.items())
        if (leads := tuple(one.lead for one in _recipients(told) if not one.is_allowed))
    )


def is_taken_back(rows: Session, row: ForwardRow, lead: str | None = None) -> bool:
    """Whether a later withdrawal takes back what was prepared: from one lead, or from any."""
    later = select(ForwardRow.id).where(
        ForwardRow.case_id == row.case_id, ForwardRow.id > row.id, ForwardRow.purpose == Purpose.WITHDRAWAL
    )
    theirs = select(PackageRow.lead).where(PackageRow.forward_id == row.id)
    query = select(PackageRow.lead).where(PackageRow.forward_id.in_(later), PackageRow.lead.in_(theirs))
    if lead is not None:
        query = query.where(PackageRow.lead == lead)
    return row.purpose != Purpose.WITHDRAWAL and rows.scalar(query.limit(1)) is not None


def _told(rows: Session, case_id: int | None) -> Iterator[_Told]:
    """Yield what was told, oldest first. All cases are looked at for each list: only columns that decide are read."""
    query = (
        select(
            *(ForwardRow.case_id, ForwardRow.purpose, ForwardRow.against, PackageRow.lead, PackageRow.key),
            *(LeadRow.audience, LeadRow.verify_key, CaseRow.consent),
        )
        .join(PackageRow, PackageRow.forward_id == ForwardRow.id)
        .join(LeadRow, LeadRow.name == PackageRow.lead)
        .join(CaseRow, CaseRow.id == ForwardRow.case_id)
        .where(CaseRow.destroyed.is_(False))
        .where(ForwardRow.leaf_number.is_not(None) | (ForwardRow.purpose == Purpose.WITHDRAWAL))
        .order_by(ForwardRow.id)
    )
    if case_id is not None:
        query = query.where(ForwardRow.case_id == case_id)
    for found in rows.execute(query):
        yield _Told(*found)


def _recipients(told: Iterable[_Told]) -> Iterator[Recipient]:
    have: dict[str, _Told] = {}
    for one in told:
        if one.purpose == Purpose.WITHDRAWAL:
            have.pop(one.lead, None)
        else:
            have[one.lead] = one
    for name, last in sorted(have.items()):
        allowed = consent_from_text(last.consent).may_see | from_column(last.against)
        yield Recipient(name, last.audience, last.key == last.verify_key, last.audience in allowed)
