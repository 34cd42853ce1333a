"""Letters in the database: put over an old one, or at a new address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from intake.store.models import MailboxRow
from intake.store.values import check_letter
from keys.sealing.values import MailboxAddress, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session


def find_letter(session: Session, address: MailboxAddress) -> Sealed | None:
    """Return the letter at an address."""
    found = session.scalar(select(MailboxRow.letter).where(MailboxRow.address == address))
    return None if found is None else Sealed(found)


def replace_letters(session: Session, letters: Iterable[tuple[MailboxAddress, Sealed]]) -> int:
    """Put what a desk wrote; returns how many."""
    put = insert(MailboxRow)
    put = put.on_conflict_do_update(index_elements=["address"], set_={"letter": put.excluded.letter})
    replaced = 0
    for address, letter in letters:
        check_letter(address, letter)
        session.execute(put, {"address": address, "letter": letter})
        replaced += 1
    return replaced


def add_letters(session: Session, letters: Mapping[MailboxAddress, Sealed]) -> None:
    """Put the first letter of new mailboxes; where there is one already, it stays."""
    if letters:
        rows = [{"address": address, "letter": letter} for address, letter in letters.items()]
        session.execute(insert(MailboxRow).on_conflict_do_nothing(), rows)
