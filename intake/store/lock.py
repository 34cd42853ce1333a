"""One lock for all threads and processes that write to a store, fair by a turnstile.

`flock` alone lets a busy committer take the lock again before a waiting rewrite wakes up. So one passes the
turnstile first and holds it while waiting for the room: whoever waits there is next.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from intake.store.errors import StoreBusy, translated
from intake.store.ownership import give_to_owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_SECONDS = 0.002


class FairLock:
    """Exclusive, not re-entrant; lives in two empty files beside the store. A dead process frees it."""

    def __init__(self, folder: Path, name: str, patience: float) -> None:
        self._turnstile = folder / f"{name}.turnstile"
        self._room = folder / f"{name}.lock"
        self._patience = patience

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; raises StoreBusy when it is not free in time."""
        deadline = time.monotonic() + self._patience
        turnstile = self._take(self._turnstile, deadline)
        try:
            room = self._take(self._room, deadline)
        finally:
            os.close(turnstile)
        try:
            yield
        finally:
            os.close(room)

    @staticmethod
    def _take(path: Path, deadline: float) -> int:
        with translated():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            give_to_owner_of(path.parent, descriptor)
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    raise StoreBusy("Another process holds the store.", "Wait until it has finished.") from None
                time.sleep(_POLL_SECONDS)
            else:
                return descriptor
