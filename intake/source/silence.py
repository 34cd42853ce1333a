"""For how long a report has waited for a desk, as the first page says it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from intake.source.limits import SILENCE_KEPT
from intake.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from intake.store import Store


class Silence:
    """Asks the store now and then, not on every page."""

    def __init__(self, store: Store, days_that_worry: Callable[[], int], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._days_that_worry = days_that_worry
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: datetime | None = None
        self._days = 0

    def worrying_days(self) -> int:
        """Return the days since the oldest row came that no desk has acknowledged; 0 while they are few."""
        now = self._clock()
        with self._lock:
            if self._asked is None or now >= self._asked + SILENCE_KEPT:
                self._asked, self._days = now, self._ask()
            return self._days if self._days >= self._days_that_worry() else 0

    def _ask(self) -> int:
        try:
            return self._store.health().waiting_days
        except StoreError:  # the page is shown all the same; `doctor` tells the operator
            return 0
