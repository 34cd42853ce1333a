"""Leads to whom cases can go: taken in from the card that a lead wrote, after two people compared its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.opening.lead_card import LeadCard
from keys.opening.openpgp import read_openpgp_key
from keys.sealing.submission import Audience
from reviewer.errors import ReviewerError
from reviewer.trust import public_bundle
from reviewer.vault.log_rows import LeadRow, PackageRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewer.vault.vault import Change

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def read_card(note: bytes) -> LeadCard:
    """Read a lead's card; raises KhomoError. That it is the lead's is for people to find out."""
    card = LeadCard.from_note(note)
    if not _NAME.fullmatch(card.name):
        raise ReviewerError("The name on the lead's card is not one of small letters, digits and inner hyphens.")
    if card.openpgp:
        read_openpgp_key(card.openpgp)
    return card


def is_certified(rows: Session, card: LeadCard) -> bool:
    """Whether the root has signed this lead's key in the public bundle."""
    return card.verify_key in public_bundle(rows).leads


def add_lead(change: Change, card: LeadCard, audience: Audience = Audience.LEADS) -> None:
    """Take a lead in, or replace the keys of one; what was delivered so far stays counted."""
    known = change.rows.get(LeadRow, card.name)
    before = None if known is None else known.verify_key
    row = known or LeadRow(name=card.name, added=change.day, deliveries=0, log_size=0)
    row.audience, row.verify_key = audience, str(card.verify_key)
    row.recipient, row.openpgp = card.recipient, card.openpgp or None
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
    """Let everything for a lead travel again: its stick was lost. Returns how many cases."""
    lead = get_lead(change.rows, name)
    sent = change.rows.scalars(select(PackageRow).where(PackageRow.lead == name, PackageRow.delivery.is_not(None)))
    packages = sent.all()
    for package in packages:
        package.delivery = None
    lead.log_size = 0
    change.record("send again", None, lead=(None, name))
    return len(packages)
