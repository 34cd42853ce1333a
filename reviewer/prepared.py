"""What a reviewer is to sign, as the record says it: nobody signs what they have not been shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from caselog.case_record import CaseRecord
from caselog.custody import Act, custody_from_bytes
from caselog.leaves import CaseLeaf, leaf_from_bytes
from reviewer.consent import consent_from_text
from reviewer.echoes import echoes
from reviewer.errors import ReviewerError
from reviewer.purposes import Purpose, from_column
from reviewer.recipients import is_taken_back
from reviewer.values import ENDED
from reviewer.vault.log_rows import DisclosureRow, ForwardRow, LeadRow, PackageRow
from reviewer.vault.rows import CaseRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from caselog.case_record import CaseAttachment


@dataclass(frozen=True)
class Prepared:
    """A case as it was prepared for leads.

    Attributes:
        number: by which `sign` names it.
        leads: kinds of audience by the leads' names.
        withheld: names of the fields that a lead is not told, by the leads' names; nobody else is left out.
        purpose: a case, a correction, or a withdrawal; ``why`` is the reason of the last two.
        against: why it goes against its source's consent; empty where it does not. ``told`` is what the source reads.
        signers: whether each has signed, by the names of their keys.
        prepared_by: the name of the key of whoever chose and made what goes.
        never: who must never see it, in its source's words.
        echoes: words of the source in what is to go.
    """

    number: int
    case: int
    day: str
    revision: int
    fields: Mapping[str, str]
    files: tuple[CaseAttachment, ...]
    leads: Mapping[str, str]
    signers: Mapping[str, bool]
    prepared_by: str
    never: str = ""
    withheld: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    purpose: Purpose = Purpose.CASE
    why: str = ""
    against: str = ""
    told: str = ""
    echoes: tuple[str, ...] = ()


def prepared(rows: Session, number: int) -> Prepared:
    """What stands under a number; raises ReviewerError when there is nothing."""
    row = rows.get(ForwardRow, number)
    leaf = None if row is None else leaf_from_bytes(row.leaf)
    if row is None or not isinstance(leaf, CaseLeaf):
        raise ReviewerError(f"Nothing with the number {number} waits for signatures.")
    record = CaseRecord.from_json(row.record)
    custody = {entry.act: entry for entry in custody_from_bytes(row.custody)}
    query = select(LeadRow, PackageRow).join(PackageRow, PackageRow.lead == LeadRow.name)
    found = rows.execute(query.where(PackageRow.forward_id == row.id)).all()
    return Prepared(
        number=row.id,
        case=row.case_id,
        day=row.day.isoformat(),
        revision=record.revision,
        fields=record.fields,
        files=record.attachments,
        leads={lead.name: lead.audience for lead, _package in found},
        withheld={one.lead: tuple(sorted(from_column(one.withheld))) for _lead, one in found if one.withheld},
        signers={name: has_signed(rows, row, name) for name in leaf.signers},
        prepared_by=next(entry.by for act, entry in custody.items() if act in _WRITTEN),
        never=consent_from_text(rows.get_one(CaseRow, row.case_id).consent).never,
        purpose=Purpose(row.purpose),
        why=next((entry.what for act, entry in custody.items() if act in _REASONS), ""),
        against=custody[Act.OVERRIDDEN].what if Act.OVERRIDDEN in custody else "",
        told=row.told,
        echoes=echoes(
            rows, row.case_id, (*record.fields.values(), *(entry.what for entry in custody.values()), row.told)
        ),
    )


_WRITTEN = (Act.REVIEWED, Act.WITHDRAWN)
_REASONS = (Act.CORRECTED, Act.WITHDRAWN)


def pending(rows: Session, case_id: int) -> list[Prepared]:
    """What of a case waits for signatures."""
    waiting = select(ForwardRow.id).where(ForwardRow.case_id == case_id, ~ForwardRow.complete)
    return [prepared(rows, number) for number in rows.scalars(waiting.order_by(ForwardRow.id))]


@dataclass(frozen=True)
class Unsigned:
    """A case that waits: by which ``number`` it is signed, and the names of the reviewers who have not."""

    number: int
    case: int
    missing: tuple[str, ...]


def unsigned(rows: Session) -> tuple[Unsigned, ...]:
    """What does not leave for want of a signature: the newest of each open case, and withdrawals of any."""
    is_withdrawal = ForwardRow.purpose == Purpose.WITHDRAWAL
    newest = select(func.max(ForwardRow.id)).group_by(ForwardRow.case_id, is_withdrawal)
    waiting = (
        select(ForwardRow)
        .join(CaseRow, CaseRow.id == ForwardRow.case_id)
        .where(ForwardRow.id.in_(newest), ~ForwardRow.complete, is_withdrawal | CaseRow.disposition.not_in(ENDED))
    )
    return tuple(
        Unsigned(row.id, row.case_id, tuple(_person(name) for name in _signers(row) if not has_signed(rows, row, name)))
        for row in rows.scalars(waiting.order_by(ForwardRow.id))
        if not is_taken_back(rows, row)
    )


def _signers(row: ForwardRow) -> tuple[str, ...]:
    leaf = leaf_from_bytes(row.leaf)
    return tuple(leaf.signers) if isinstance(leaf, CaseLeaf) else ()


def _person(name: str) -> str:
    return name.rpartition("/")[2]


def has_signed(rows: Session, row: ForwardRow, name: str) -> bool:
    """Whether the key of this name stands under all packages of a prepared case."""
    notes = rows.scalars(select(DisclosureRow.signatures).where(DisclosureRow.forward_id == row.id)).all()
    return all(f"\N{EM DASH} {name} ".encode() in note for note in notes)
