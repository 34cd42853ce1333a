"""Where Flask-Limiter keeps its counts: in memory, bounded, forgotten in the order in which they expire.

The library's own memory storage starts a thread at every hit that walks over all keys. An attacker with a new circuit
for each request makes that walk long; here a hit costs the same with one circuit and with sixty thousand.

How often limits acted, for an operator's status, is counted apart from this, and without circuits: ``acted.py``.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from limits.storage import Storage

from intake.server.numbers import SERVER_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable


class CircuitCounters(Storage):
    """A storage of the ``limits`` library for fixed windows.

    Args:
        uri: ``khomo-circuits://``, as the library wants one.
        most: how many counts are kept; the oldest is forgotten first.
        clock: seconds since 1970.
        forgot: called when a count had to go before its time.
    """

    STORAGE_SCHEME = ["khomo-circuits"]  # noqa: RUF012 - the library's way

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,  # noqa: FBT001, FBT002 - the library passes it on
        most: float | str | bool = SERVER_NUMBERS.rates.circuits,  # noqa: FBT001 - the library's type
        clock: Callable[[], float] = time.time,
        forgot: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._most = int(most)
        self._clock = clock
        self._forgot = forgot
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to a count that lives ``expiry`` seconds from its first hit on; return it."""
        now = self._clock()
        with self._lock:
            count, end = self._counts.get(key, (0, 0.0))
            if end <= now:
                count, end = 0, now + expiry
                self._counts.pop(key, None)
            self._counts[key] = (count + amount, end)
            too_many = self._forget(now)
        if too_many:
            self._forgot()
        return count + amount

    def get(self, key: str) -> int:
        """Return a count; 0 when it has expired."""
        with self._lock:
            count, end = self._counts.get(key, (0, 0.0))
            return count if end > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """Return when a count expires; now if there is none."""
        with self._lock:
            return self._counts.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        """Return that memory is there."""
        return True

    def reset(self) -> int:
        """Forget everything; return how much that was."""
        with self._lock:
            count = len(self._counts)
            self._counts.clear()
            return count

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._counts.pop(key, None)

    def _forget(self, now: float) -> bool:
        """Drop what has expired at the old end, two at a time so that it never grows, and what is too much.

        Returns whether any was too much.
        """
        for _ in range(2):
            oldest = next(iter(self._counts))
            if self._counts[oldest][1] <= now:
                del self._counts[oldest]
        too_many = len(self._counts) > self._most
        while len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return too_many
