"""What the pages say while no desk has been here: reports that wait for long, letters that are not back yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from intake.source.limits import SILENCE_KEPT
from intake.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from intake.store import Store
    from intake.store.values import StoreHealth


class Silence:
    """Asks the store now and then, not on every page; what it says is the same for everybody."""

    def __init__(self, store: Store, days_that_worry: Callable[[], int], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._days_that_worry = days_that_worry
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: datetime | None = None
        self._health: StoreHealth | None = None

    def worrying_days(self) -> int:
        """Return the days since the oldest row came that no desk has acknowledged; 0 while they are few."""
        health = self._newest()
        days = health.waiting_days if health else 0
        return days if days >= self._days_that_worry() else 0

    def letters_away(self) -> bool:
        """Tell whether the server was restored in these days, and words from before may open nothing yet."""
        health = self._newest()
        return health is not None and health.letters_away

    def _newest(self) -> StoreHealth | None:
        now = self._clock()
        with self._lock:
            if self._asked is None or now >= self._asked + SILENCE_KEPT:
                self._asked, self._health = now, self._ask()
            return self._health

    def _ask(self) -> StoreHealth | None:
        try:
            return self._store.health()
        except StoreError:  # the page is shown all the same; `doctor` tells the operator
            return None
