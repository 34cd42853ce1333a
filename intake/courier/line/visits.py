"""Who is let in: a nonce that is drawn for one minute, a courier's signature over it, and a visit of two hours.

Rules:
1. Tor lets nobody near this service whose key is not authorized; this is the second lock, and it says which way.
2. A nonce counts once, for a minute. At most ``MOST_NONCES`` are open: the oldest is forgotten.
3. The courier signs direction, address and nonce; a signature by a courier who has left the public bundle is refused.
4. A visit serves one direction. It lives in memory only, and ends with the process.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from keys.sealing.courier_note import NONCE_BYTES, open_courier_note
from keys.sealing.errors import FormatError, KhomoError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from keys.sealing.chain_position import Direction
    from keys.sealing.onion_address import OnionAddress
    from keys.sealing.public_bundle import PublicBundle

NONCE_LIFETIME = timedelta(minutes=1)
VISIT_LIFETIME = timedelta(hours=2)
MOST_NONCES = 64
MOST_VISITS = 16


class NotLetInError(KhomoError):
    """Somebody who is no courier, or whose visit has ended."""


@dataclass(frozen=True, slots=True)
class _Visit:
    direction: Direction
    ends: datetime


class Visits:
    """Nonces and visits of one process.

    Args:
        bundle: gives the public bundle in use.
        onion: gives this service's address.
        clock: gives the time, in UTC.
    """

    def __init__(
        self, bundle: Callable[[], PublicBundle], onion: Callable[[], OnionAddress], clock: Callable[[], datetime]
    ) -> None:
        self._bundle, self._onion, self._clock = bundle, onion, clock
        self._nonces: OrderedDict[bytes, datetime] = OrderedDict()
        self._visits: OrderedDict[str, _Visit] = OrderedDict()
        self._lock = threading.Lock()

    def nonce(self) -> bytes:
        """Draw a nonce for one proof."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        with self._lock:
            self._nonces[nonce] = self._clock() + NONCE_LIFETIME
            while len(self._nonces) > MOST_NONCES:
                self._nonces.popitem(last=False)
        return nonce

    def begin(self, proof: bytes) -> str:
        """Begin a visit with a courier's proof; returns its name. Raises ``NotLetInError``."""
        try:
            note, _courier = open_courier_note(proof, self._bundle().couriers)
        except (FormatError, SignatureError) as error:
            raise _refused() from error
        with self._lock:
            ends = self._nonces.pop(note.nonce, None)
            if ends is None or ends <= self._clock() or note.onion != self._onion():
                raise _refused()
            name = secrets.token_hex(NONCE_BYTES)
            self._visits[name] = _Visit(note.direction, self._clock() + VISIT_LIFETIME)
            while len(self._visits) > MOST_VISITS:
                self._visits.popitem(last=False)
        return name

    def check(self, name: str, direction: Direction) -> None:
        """Raise ``NotLetInError`` unless a visit of that name is open for that direction."""
        with self._lock:
            visit = self._visits.get(name)
        if visit is None or visit.ends <= self._clock() or visit.direction is not direction:
            raise NotLetInError("This visit has ended.", "Start the same command again; it goes on where it was.")


def _refused() -> NotLetInError:
    return NotLetInError(
        "The server did not take this courier's signature.", "Look at both clocks; is the key in the public bundle?"
    )
