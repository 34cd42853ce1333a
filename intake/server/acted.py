"""How often each limit acted, a day and a kind: never on whom, never when.

Rules:
1. Kinds are the ones of ``KINDS``; whatever else is counted is left to the log. Nothing of a request is in them.
2. While a day lasts its counts are in memory. They are written when it is over, and when the server stops: a file that
   changed at once would tell a time finer than a day. ``khomo-intake status`` shows what is written.
3. The file bears the store's time; days long past are forgotten.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

from keys.sealing.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Days = dict[date, Counter[str]]

FILE_NAME = "limits-acted.json"
"""Lies in the store's folder."""

DAYS_KEPT = 60
"""As long as the days on which the service was reachable."""

VERSION = 1

KINDS: Mapping[str, str] = {
    "no-circuit-address": "connections that did not come through tor were refused",
    "head-too-large": "requests with too large a header were refused",
    "malformed": "requests that are not HTTP were refused",
    "never-complete": "connections whose request was not complete in time were closed",
    "too-slow": "connections that sent or read too slowly were closed",
    "too-many-waiting": "connections were closed because too many waited; the fullest circuit loses one",
    "too-much-waiting": "connections were closed because too much waited in memory; the fullest circuit loses one",
    "too-many-draining": "connections were closed early because too many were still sending after their answer",
    "drained-too-long": "connections that went on sending after their answer were closed",
    "no-descriptors": "connections were closed because the system had no more file descriptors",
    "too-many-requests": "requests were refused because their circuit asked for too much",
    "too-many-tries": "codenames were refused unread because their circuit had tried too many",
    "circuits-forgotten": "times what a circuit had asked for was forgotten early, as too many circuits came",
    "no-slot": "forms were refused because too many were under way",
    "text-alone": "forms with files gave only their text, as no place for files was free",
    "too-large": "forms were refused, as a whole or in part, because they were larger than may be",
    "files-no-space": "files were refused because the disk is nearly full; their text went in",
    "text-no-space": "forms were refused whole, their text too, because there was no more room for text",
    "store-busy": "requests were refused because another program held the store for too long",
    "files-day-over": "files were refused because the day had brought its share; their text went in",
}
"""What each kind says to an operator, after its number."""


class ActedLimits:
    """Counts in memory, and keeps them in a file.

    Args:
        path: the file; ``None`` where nothing is to be kept.
        today: the day in UTC.
        file_time: what the file's times are set to.
    """

    def __init__(self, path: Path | None, today: Callable[[], date], file_time: int = 0) -> None:
        self._path = path
        self._today = today
        self._file_time = file_time
        self._day = today()
        self._counts = Counter[str]()
        self._lock = threading.Lock()

    def count(self, kind: str) -> None:
        """Note that a limit acted; a kind that is none of ours is not kept."""
        if kind in KINDS:
            with self._lock:
                self._counts[kind] += 1

    def end_of_day(self) -> None:
        """Write the counts of a day that is over; nothing while it lasts. Raises OSError."""
        if self._today() != self._day:
            self.keep()

    def keep(self) -> None:
        """Write what was counted since the last time, beside what stands there. Raises OSError."""
        with self._lock:
            counts, day = self._counts, self._day
            self._counts, self._day = Counter(), self._today()
        if self._path is None or not counts:
            return
        days = read_acted(self._path)
        days[day] = days.get(day, Counter()) + counts
        oldest = day - timedelta(days=DAYS_KEPT)
        _write(self._path, {one: days[one] for one in sorted(days) if one > oldest}, self._file_time)


def read_acted(path: Path) -> Days:
    """Return which limits acted how often on which days, by kind; empty where nothing was kept or it cannot be read."""
    with suppress(OSError, ValueError, TypeError, LookupError, AttributeError):
        record = json.loads(path.read_bytes())
        if record["version"] == VERSION:
            return {date.fromisoformat(day): Counter(_known(counts)) for day, counts in record["days"].items()}
    return {}


def acted_since(store_dir: Path, first: date) -> dict[str, int]:
    """Return how often each limit acted from ``first`` on, by kind; the day that lasts is not counted yet."""
    total = Counter[str]()
    for day, counts in read_acted(store_dir / FILE_NAME).items():
        if day >= first:
            total += counts
    return dict(total)


def told(counts: Mapping[str, int]) -> list[str]:
    """Return a line for each kind that acted, most often first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [f"{number:,} {KINDS[kind]}" for kind, number in ordered if number]


def _known(counts: Mapping[str, int]) -> dict[str, int]:
    return {kind: int(number) for kind, number in counts.items() if kind in KINDS}


def _write(path: Path, days: Days, file_time: int) -> None:
    record = {"version": VERSION, "days": {day.isoformat(): dict(sorted(one.items())) for day, one in days.items()}}
    atomic_write(path, json.dumps(record, indent=1).encode() + b"\n", overwrite=True)
    for touched in (path, path.parent):
        os.utime(touched, (file_time, file_time))
