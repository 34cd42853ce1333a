"""Letters in the database: put over an old one, or at a new address."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from intake.store.models import MailboxRow
from intake.store.values import check_letter
from keys.sealing.values import MailboxAddress, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

_GROUP = 100
"""Letters in one statement: 3.2 MiB of memory."""


def find_letter(session: Session, address: MailboxAddress) -> Sealed | None:
    """Return the letter at an address; where there is none the next one is read all the same, for equal time."""
    here_or_next = select(MailboxRow).where(MailboxRow.address >= address).order_by(MailboxRow.address).limit(1)
    found = session.scalar(here_or_next)
    return Sealed(found.letter) if found is not None and found.address == address else None


def replace_letters(session: Session, letters: Iterable[tuple[MailboxAddress, Sealed]]) -> int:
    """Put what a desk wrote; returns how many."""
    put = insert(MailboxRow)
    put = put.on_conflict_do_update(index_elements=["address"], set_={"letter": put.excluded.letter})
    replaced = 0
    for group in _groups(letters):
        session.execute(put, group)
        replaced += len(group)
    return replaced


def _groups(letters: Iterable[tuple[MailboxAddress, Sealed]]) -> Iterator[list[dict[str, bytes]]]:
    """Give the letters by the hundred: a statement each would hold the database longer."""
    remaining = iter(letters)
    while group := [_checked(address, letter) for address, letter in islice(remaining, _GROUP)]:
        yield group


def _checked(address: MailboxAddress, letter: Sealed) -> dict[str, bytes]:
    check_letter(address, letter)
    return {"address": address, "letter": letter}


def add_letters(session: Session, letters: Mapping[MailboxAddress, Sealed]) -> None:
    """Put the first letter of new mailboxes; where there is one already, it stays."""
    if letters:
        rows = [{"address": address, "letter": letter} for address, letter in letters.items()]
        session.execute(insert(MailboxRow).on_conflict_do_nothing(), rows)
