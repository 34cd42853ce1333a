"""Who may send a body now. Uploads never take all slots; among those who wait, the next one is drawn, not queued.

A queue would belong to whoever fills it first. With a draw, a text report gets in with the chance of its share, however
many others an attacker lets wait. One circuit has a share of uploads and no more; another costs tor's proof of work.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

from werkzeug.exceptions import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intake.server.numbers import Slots


class BodyKind(Enum):
    """What a slot is asked for."""

    TEXT = "text"
    UPLOAD = "upload"


class DoorBusyError(ServiceUnavailable):
    """No slot: too many wait, or patience ended. A 503 for whoever handles errors."""


class _Waiter:
    """One request that waits for a slot."""

    def __init__(self, kind: BodyKind, circuit: str) -> None:
        self.kind = kind
        self.circuit = circuit
        self.admitted = threading.Event()


class UploadSlots:
    """Gives slots to threads.

    Args:
        limits: how many of what.
        draw: picks one of those who wait; for tests.
    """

    def __init__(self, limits: Slots, draw: Callable[[Sequence[_Waiter]], _Waiter] = secrets.choice) -> None:
        self._limits = limits
        self._draw = draw
        self._held = dict.fromkeys(BodyKind, 0)
        self._waiting: list[_Waiter] = []
        self._uploads = Counter[str]()
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Slots that are taken."""
        return sum(self._held.values())

    @property
    def takes_uploads(self) -> bool:
        """Whether an upload that came now would get a slot at once."""
        return self._is_free(BodyKind.UPLOAD)

    def take(self, kind: BodyKind, circuit: str) -> None:
        """Take a slot for a circuit, waiting for it if need be; it is given back with ``give_back``.

        Raises:
            DoorBusyError: none came free in time, too many wait already, or this circuit has its share of uploads.
        """
        with self._lock:
            if kind is BodyKind.UPLOAD and self._uploads[circuit] >= self._limits.uploads_a_circuit:
                raise DoorBusyError
            free = self._is_free(kind)
            if not free and len(self._waiting) >= self._limits.waiting:
                raise DoorBusyError
            self._count(kind, circuit, 1)
            if free:
                self._held[kind] += 1
                return
            waiter = _Waiter(kind, circuit)
            self._waiting.append(waiter)
        if not waiter.admitted.wait(self._limits.patience_seconds):
            self._give_up(waiter)

    def give_back(self, kind: BodyKind, circuit: str) -> None:
        """Give a slot of a circuit back; one of those who may have it is drawn."""
        with self._lock:
            self._held[kind] -= 1
            self._count(kind, circuit, -1)
            candidates = [waiter for waiter in self._waiting if self._is_free(waiter.kind)]
            if candidates:
                drawn = self._draw(candidates)
                self._waiting.remove(drawn)
                self._held[drawn.kind] += 1
                drawn.admitted.set()

    def _is_free(self, kind: BodyKind) -> bool:
        if self.held >= self._limits.bodies:
            return False
        return kind is BodyKind.TEXT or self._held[BodyKind.UPLOAD] < self._limits.bodies - self._limits.texts

    def _give_up(self, waiter: _Waiter) -> None:
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
                self._count(waiter.kind, waiter.circuit, -1)
                raise DoorBusyError

    def _count(self, kind: BodyKind, circuit: str, change: int) -> None:
        """Count the uploads of a circuit that run or wait; one that has none is forgotten."""
        if kind is BodyKind.UPLOAD:
            self._uploads[circuit] += change
            if not self._uploads[circuit]:
                del self._uploads[circuit]
