"""Limits and lifetimes of the store, each with its unit and its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from keys.sealing.limits import DAYS_WITHOUT_BUNDLE, GIB, KIB, MIB

FREE_FLOOR_BYTES = 2 * GIB
"""What files leave to text (about 130 KiB a report) above what is kept for the night and the desk."""

DATABASE_TIMES = 3
"""So often the database must fit beside itself: a bundle with a letter for each mailbox, as it came over the courier's
line and as it is checked, and the journal of the transaction that puts them. The nightly copy needs it once."""

TEXT_TIMES = 2
"""How much of the room a text takes, by its size: itself, its letter, and what is kept for that letter."""

UPKEEP_BYTES = 64 * MIB
"""What nobody from outside takes beside that: three groups of commits that were let in at the same moment, and what
folders and logs need."""

STEP_BYTES = 256 * MIB
"""In such steps strangers learn how much room is left: the answer to an announced upload tells nobody's file."""

STEPS = 64
"""Where so many of them are more than there is, steps are smaller: little room is not told as none."""

STEP_SECONDS = 600.0
"""For how long such a number is good: who asks ever so often learns nothing in between."""

DAY_BYTES = 20 * GIB
"""What one day may bring of files and text together, where files are concerned: at it files stop."""

DAY_TEXT_BYTES = 2 * GIB
"""The part of it that files leave to text: 16,000 reports without files."""

DAY_COUNT_KEPT_SECONDS = 600.0
"""How long the count of a day's bytes is good for without a look at the rows: other processes add decoys only."""

RESERVED_BYTES = 16 * MIB
"""What a running upload keeps free of what it announced and has not sent: announcing costs nothing. A hundred uploads
at once keep less free than the floor; how far they grow is looked at as they grow."""

KEEP_ACKNOWLEDGED_DAYS = 30
"""A row that every desk has acknowledged stays this long: time to notice a lost stick or a broken desk."""

WARN_AFTER_DAYS = DAYS_WITHOUT_BUNDLE
"""A row that waits this long for a desk makes health, page and doctor warn, if the organisation's policy does not say
otherwise. It is never deleted by age."""

PUBLISHED_DAYS_KEPT = 60
"""Days of "the onion service was reachable" that health reports."""

BUSY_SECONDS = 15.0
"""How long SQLite waits for whoever holds the database: longer than 10,000 letters take to be replaced (1 to 3 s)."""

LOCK_SECONDS = 60.0
"""How long a commit waits for another process of ours; longer than the switch of the largest rewrite we expect."""

GROUP_LARGEST = 128
"""Commits that share one folder sync and one database sync; bounds what one failing database sync takes along."""

WRITEBACK_BYTES = 8 * MIB
"""Of a large upload the disk begins with what has come after each such piece; the sync at the end has little left."""

ALONE_BYTES = MIB
"""Uploads up to this size are written and hashed by the thread that seals them: a text report starts no second one."""

HANDED_BYTES = 128 * KIB
"""What is handed to the second thread at once: waking it up for every piece of 64 KiB costs a third more."""

HANDED_TIMES = 2
"""How many of these may wait or be in work; with what is being gathered, all that an upload holds for that thread."""

FILE_TIME = 315_532_800
"""Every file and folder of the store bears this time, 1980-01-01 00:00 UTC: it tells nothing."""


def utc_today() -> date:
    """Return the day in UTC, the finest time that the store ever sees."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What an operator may set, in bytes, days and seconds as the names say."""

    free_floor_bytes: int = FREE_FLOOR_BYTES
    upkeep_bytes: int = UPKEEP_BYTES
    step_bytes: int = STEP_BYTES
    step_seconds: float = STEP_SECONDS
    day_bytes: int = DAY_BYTES
    day_text_bytes: int = DAY_TEXT_BYTES
    warn_after_days: int = WARN_AFTER_DAYS
    keep_acknowledged_days: int = KEEP_ACKNOWLEDGED_DAYS
    busy_seconds: float = BUSY_SECONDS
    lock_seconds: float = LOCK_SECONDS
