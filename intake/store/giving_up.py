"""Giving a row up whose file is lost for good, and telling the desks of it until all of them know.

Rules:
1. A row whose file is whole is never given up.
2. A row that some desk does not have stays on a list of lost rows. Every bundle names it until all desks have
   acknowledged one that did: nobody can make a report vanish from here unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from intake.store.days import store_day
from intake.store.errors import StoreError
from intake.store.inspection import fault_of
from intake.store.layout import level_time
from intake.store.models import LostRow, SubmissionRow
from intake.store.wiping import remove_wiped

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from intake.store.store import Store
    from keys.sealing.values import RowId


@dataclass(frozen=True, slots=True)
class Hopeless:
    """A row that can be given up.

    Attributes:
        id: which.
        day: on which it came.
        fault: what is wrong with its file.
        delivered: whether every desk has it; then nothing is lost with it.
    """

    id: RowId
    day: date
    fault: str
    delivered: bool


def look_at_row(store: Store, row: RowId) -> Hopeless:
    """Say what giving a row up would mean; raises StoreError for one that is not here, or whose file is whole."""
    stored = next((one for one in store.rows() if one.id == row), None)
    if stored is None:
        raise StoreError(f"There is no row {row.hex()}.", "`khomo-intake doctor` names the rows that are damaged.")
    fault = fault_of(store, stored)
    if not fault:
        raise StoreError(f"The file of row {row.hex()} is whole.", "Nothing is lost; leave it where it is.")
    waiting = {one.id for one in store.unacknowledged()}
    return Hopeless(row, stored.day, fault, delivered=row not in waiting)


def give_up(store: Store, hopeless: Hopeless) -> None:
    """Remove the row and what is left of its file."""
    with store.gate.exporting.held(), store.gate.writing() as generation:
        with generation.database.writing() as session:
            row = session.get_one(SubmissionRow, hopeless.id)
            if row.settled_day is None:
                session.add(LostRow(id=row.id, day=row.day, given_up=store_day(session, store.today())))
            session.delete(row)
        for path in generation.files.places(hopeless.id):
            remove_wiped(path)
            level_time(path.parent)


def lost_rows(session: Session) -> list[tuple[str, date]]:
    """Id in hex and day of every row that was given up and of which some desk does not know, in the order of ids."""
    rows = session.scalars(select(LostRow).order_by(LostRow.id))
    return [(row.id.hex(), row.day) for row in rows]
