"""The day as the store counts it. It never goes back behind a bundle that was made.

Acknowledging a bundle settles the rows of all days before the bundle's own (``chains``). So a row that comes after a
bundle may never bear an earlier day than that bundle, whatever the clock says: it would be settled without having
travelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from intake.store.models import SentBundleRow

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session


def store_day(session: Session, today: date) -> date:
    """Return today, or the day of the newest bundle where the clock was set back behind it."""
    newest = session.scalar(select(func.max(SentBundleRow.day)))
    return today if newest is None else max(today, newest)
