"""Leads to whom cases can go: taken in from the card that a lead wrote, after two people compared its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from caselog.case_record import FIELDS, REQUIRED
from keys.opening.lead_card import LeadCard
from keys.opening.openpgp import check_one_block
from keys.sealing.shapes import NAME
from keys.sealing.submission import Audience
from reviewer.errors import RefusedError, ReviewerError
from reviewer.purposes import from_column, to_column
from reviewer.recipients import is_taken_back
from reviewer.sandbox.lead_keys import check_lead_key
from reviewer.trust import public_bundle
from reviewer.vault.log_rows import ForwardRow, LeadRow, PackageRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from reviewer.vault.vault import Change


def read_card(path: Path) -> LeadCard:
    """Read a lead's card; raises KhomoError, OSError. That it is the lead's is for people to find out."""
    card = LeadCard.read(path)
    if not NAME.fullmatch(card.name):
        raise ReviewerError("The name on the lead's card is not one of small letters, digits and inner hyphens.")
    if card.openpgp:
        check_one_block(card.openpgp)
    return card


def is_certified(rows: Session, card: LeadCard) -> bool:
    """Whether the root has signed this lead's key in the public bundle."""
    return card.verify_key in public_bundle(rows).leads


def replaces(rows: Session, card: LeadCard) -> LeadRow | None:
    """The lead of the same name whose keys a card would replace, if there is one."""
    known = rows.get(LeadRow, card.name)
    if known is None:
        return None
    same = (known.verify_key, known.recipient, known.openpgp) == (
        *(str(card.verify_key), card.recipient),
        card.openpgp or None,
    )
    return None if same else known


def add_lead(change: Change, card: LeadCard, audience: Audience = Audience.LEADS, *, replace: bool = False) -> None:
    """Take a lead in, or replace the keys of one; raises RefusedError unless that was asked for.

    What was signed for the keys before goes to nobody: a person forwards it again, to whom it now goes. An OpenPGP key
    is looked into here, in the sandbox, and not before: until then its owner may be anybody.
    """
    if card.openpgp:
        check_lead_key(card.openpgp)
    known = change.rows.get(LeadRow, card.name)
    before = None if known is None else known.verify_key
    if replaces(change.rows, card) is not None and not replace:
        raise RefusedError(
            f"There is a lead {card.name} already, with other keys: this may be somebody else under that name.",
            "Speak to the lead in person. Then: khomo-reviewer leads add CARD --replace",
        )
    row = known or LeadRow(name=card.name, added=change.day, deliveries=0, log_size=0, withheld="")
    row.audience, row.verify_key = audience, str(card.verify_key)
    row.recipient, row.openpgp = card.recipient, card.openpgp or None
    if before != row.verify_key:
        row.log_size = 0
    change.rows.add(row)
    change.record("lead", None, lead=(None, card.name), key=(before, row.verify_key), audience=(None, audience))


def get_lead(rows: Session, name: str) -> LeadRow:
    """A lead by name; raises ReviewerError."""
    lead = rows.get(LeadRow, name)
    if lead is None:
        names = ", ".join(rows.scalars(select(LeadRow.name).order_by(LeadRow.name))) or "none"
        raise ReviewerError(f"No lead {name!r} is known here.", f"Known: {names}. Add one: khomo-reviewer leads add")
    return lead


def send_again(change: Change, name: str) -> int:
    """Let everything for a lead travel again but what was withdrawn: its stick was lost. Returns how many cases."""
    lead = get_lead(change.rows, name)
    theirs = select(PackageRow).where(PackageRow.lead == name, PackageRow.key == lead.verify_key)
    found = change.rows.scalars(theirs.where(PackageRow.delivery.is_not(None))).all()
    packages = [one for one in found if not _is_taken_back(change.rows, one)]
    for package in packages:
        package.delivery = None
    lead.log_size = 0
    change.record("send again", None, lead=(None, name))
    return len(packages)


def choose_withheld(change: Change, name: str, fields: Iterable[str]) -> tuple[str, ...]:
    """Set which fields a lead is never told; returns them. Raises ReviewerError for a field that none may lack."""
    lead = get_lead(change.rows, name)
    after = to_column(set(map(checked_field, fields)))
    if after != lead.withheld:
        change.record("withhold", None, lead=(None, name), fields=(lead.withheld or None, after or None))
        lead.withheld = after
    return tuple(sorted(from_column(after)))


def checked_field(name: str) -> str:
    """Return the name of a field that can be withheld; raises ReviewerError."""
    if name not in FIELDS:
        raise ReviewerError(f"A case has no field {name!r}.", f"Fields: {', '.join(FIELDS)}.")
    if name in REQUIRED:
        raise ReviewerError(f"Every lead is told {name}.", "Write it so that every lead may read it.")
    return name


def _is_taken_back(rows: Session, package: PackageRow) -> bool:
    return is_taken_back(rows, rows.get_one(ForwardRow, package.forward_id), package.lead)
