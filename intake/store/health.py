"""How the store is doing: what health, pages and doctor warn about. Counts and days, never a row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert

from intake.counting import counted
from intake.store.models import OutgoingChainRow, PublishedDayRow, SubmissionRow
from intake.store.settings import PUBLISHED_DAYS_KEPT
from intake.store.values import StoreHealth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from intake.store.nights import Nights
    from intake.store.room import Room
    from intake.store.settings import StoreSettings


LETTERS_AWAY = (
    "The server was restored, and words from before open nothing until every desk has sent a bundle. The pages say so."
)


def note_published(session: Session, today: date) -> None:
    """Note that the onion service was reachable today; forget days long past."""
    session.execute(insert(PublishedDayRow).values(day=today).on_conflict_do_nothing())
    session.execute(delete(PublishedDayRow).where(PublishedDayRow.day < today - timedelta(days=PUBLISHED_DAYS_KEPT)))


def take_health(session: Session, today: date, room: Room, nights: Nights, settings: StoreSettings) -> StoreHealth:
    """Read days and counts, and say in sentences what deserves attention."""
    waiting = SubmissionRow.settled_day.is_(None)
    count = session.scalar(select(func.count()).select_from(SubmissionRow).where(waiting)) or 0
    oldest = session.scalar(select(func.min(SubmissionRow.day)).where(waiting))
    days = 0 if oldest is None else max(0, (today - oldest).days)
    away = session.scalar(select(OutgoingChainRow.letters_away)) or False
    since = SubmissionRow.day >= (nights.done or date.min)
    trouble = nights.trouble(today, session.scalar(select(func.min(SubmissionRow.day)).where(since)))
    return StoreHealth(
        published_days=tuple(session.scalars(select(PublishedDayRow.day).order_by(PublishedDayRow.day))),
        free_bytes=room.free,
        unacknowledged=count,
        waiting_days=days,
        has_room=room.for_files(settings) >= 0,
        letters_away=away,
        rewritten=nights.done,
        rewrite_trouble=trouble,
        warnings=(*([LETTERS_AWAY] if away else []), *([trouble] if trouble else []), *_warnings(days, room, settings)),
    )


def _warnings(days: int, room: Room, settings: StoreSettings) -> Iterator[str]:
    if days >= settings.warn_after_days:
        yield f"Reports have been waiting for a desk for {counted(days, 'day')}."
    if room.for_text(settings) <= 0:
        yield "The disk is full but for what night and desk need: nothing goes in, text neither. Free space on it."
        return
    if room.text_of_today(settings) <= 0:
        yield "The texts of this day have taken half of the room: until tomorrow nothing goes in, text neither."
        return
    if room.for_files(settings) < 0:
        yield "The disk is nearly full: files are refused, text still goes in."
    if room.files_today <= 0:
        yield "This day has brought its share of files: until tomorrow files are refused, text still goes in."
