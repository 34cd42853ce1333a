"""How the store is doing: what health, pages and doctor warn about. Counts and days, never a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert

from intake.counting import counted
from intake.store.models import OutgoingChainRow, PublishedDayRow, SubmissionRow
from intake.store.settings import PUBLISHED_DAYS_KEPT
from intake.store.values import StoreHealth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy.orm import Session

    from intake.store.settings import StoreSettings


LETTERS_AWAY = (
    "The server was restored, and words from before open nothing until every desk has sent a bundle. The pages say so."
)


def note_published(session: Session, today: date) -> None:
    """Note that the onion service was reachable today; forget days long past."""
    session.execute(insert(PublishedDayRow).values(day=today).on_conflict_do_nothing())
    session.execute(delete(PublishedDayRow).where(PublishedDayRow.day < today - timedelta(days=PUBLISHED_DAYS_KEPT)))


@dataclass(frozen=True, slots=True)
class Room:
    """How much may still come: bytes that are free on the disk, and bytes of files that the day may bring."""

    free: int
    files_today: int


def take_health(session: Session, today: date, room: Room, settings: StoreSettings) -> StoreHealth:
    """Read days and counts, and say in sentences what deserves attention."""
    waiting = SubmissionRow.settled_day.is_(None)
    count = session.scalar(select(func.count()).select_from(SubmissionRow).where(waiting)) or 0
    oldest = session.scalar(select(func.min(SubmissionRow.day)).where(waiting))
    days = 0 if oldest is None else max(0, (today - oldest).days)
    away = session.scalar(select(OutgoingChainRow.letters_away)) or False
    return StoreHealth(
        published_days=tuple(session.scalars(select(PublishedDayRow.day).order_by(PublishedDayRow.day))),
        free_bytes=room.free,
        unacknowledged=count,
        waiting_days=days,
        has_room=room.free >= settings.free_floor_bytes,
        letters_away=away,
        warnings=(*([LETTERS_AWAY] if away else []), *_warnings(days, room, settings)),
    )


def _warnings(days: int, room: Room, settings: StoreSettings) -> Iterator[str]:
    if days >= settings.warn_after_days:
        yield f"Reports have been waiting for a desk for {counted(days, 'day')}."
    if room.free < settings.free_floor_bytes:
        yield "The disk is nearly full: files are refused, text still goes in."
    if room.files_today <= 0:
        yield "This day has brought its share of files: until tomorrow files are refused, text still goes in."
