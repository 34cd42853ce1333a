"""How many bytes a day may bring. Files stop at their share; text goes in as long as it leaves room (``room``).

Rules:
1. A day has ``day_bytes`` in all. Of these ``day_text_bytes`` are kept for text, so files stop before: what texts have
   used beyond that part counts against files too.
2. A row of the smallest size class counts as text, as every report without files has it. So do small files: an attacker
   gains nothing by them.
3. Nothing is written for it. The count lives in memory and is read from the rows, which bear their day and their size
   in any case: a restart does not begin anew, and a disk tells no more than without a quota.
4. The day is a day in UTC. A new one begins with what has come in it.
"""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from intake.store.models import SubmissionRow
from intake.store.nights import read_nights
from intake.store.settings import DAY_COUNT_KEPT_SECONDS
from keys.sealing.limits import SMALLEST_CLASS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.orm import Session

    from intake.store.gate import Gate
    from intake.store.settings import StoreSettings


class DayQuota:
    """Counts what a day has brought.

    Args:
        gate: the store.
        settings: how much a day may bring.
        today: the day in UTC.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        gate: Gate,
        settings: StoreSettings,
        today: Callable[[], date],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gate = gate
        self._settings = settings
        self._today = today
        self._clock = clock
        self._lock = threading.Lock()
        self._day: date | None = None
        self._read_again = 0.0
        self._texts = self._files = self._largest = 0

    def left_for_files(self) -> int:
        """Return how many bytes of files the day may still bring; less than nothing when it has brought more."""
        with self._lock:
            self._bring_up_to_date()
            return self._settings.day_bytes - self._files - max(self._texts, self._settings.day_text_bytes)

    def texts(self) -> int:
        """Return the bytes of text that the day has brought."""
        with self._lock:
            self._bring_up_to_date()
            return self._texts

    def largest(self) -> int:
        """Return the size of the largest row that came since the last rewrite."""
        with self._lock:
            self._bring_up_to_date()
            return self._largest

    def count(self, sizes: Iterable[int]) -> None:
        """Note rows that have just been committed, by their sizes."""
        with self._lock:
            for size in sizes:
                self._largest = max(self._largest, size)
                if is_text(size):
                    self._texts += size
                else:
                    self._files += size

    def _bring_up_to_date(self) -> None:
        """Read the rows of a day that has just begun, and again now and then: other processes add rows too."""
        today, now = self._today(), self._clock()
        if today == self._day and now < self._read_again:
            return
        done = read_nights(self._gate.layout.root).done or date.min
        self._texts, self._files = self._gate.read(lambda session: _bytes_of(session, today))
        self._largest = self._gate.read(lambda session: _largest_since(session, done))
        self._day, self._read_again = today, now + DAY_COUNT_KEPT_SECONDS


def is_text(size: int) -> bool:
    """Tell whether a sealed row has the smallest class; the next one is twice as large."""
    return size < 2 * SMALLEST_CLASS


def _largest_since(session: Session, day: date) -> int:
    return session.scalar(select(func.max(SubmissionRow.size)).where(SubmissionRow.day >= day)) or 0


def _bytes_of(session: Session, day: date) -> tuple[int, int]:
    """Return the bytes of a day's rows: small ones, others."""
    that_day = SubmissionRow.day >= day  # a clock that was set back: rows may bear a later day (``days``)
    every = session.scalar(select(func.sum(SubmissionRow.size)).where(that_day)) or 0
    small = SubmissionRow.size < 2 * SMALLEST_CLASS
    texts = session.scalar(select(func.sum(SubmissionRow.size)).where(that_day, small)) or 0
    return texts, every - texts
