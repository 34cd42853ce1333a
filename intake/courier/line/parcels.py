"""A bundle from the desk, piece by piece. One at a time: another one takes its place. It is ciphertext and letters.

Rules:
1. Pieces come in order; what has come is kept while this process lives, so that a broken line goes on where it was.
2. Only when all of it is here and its SHA-256 is right does anybody look into it.
3. A parcel asks for room on the disk alone, its import included: what is kept from strangers is there for it.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.courier.errors import CourierError
from intake.courier.importing import COPIES
from keys.sealing.courier_line import PIECE_BYTES, piece_count
from keys.sealing.limits import GIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from intake.store import Incoming, Store

PARCEL_BYTES = 4 * GIB
"""A letter is 32 KiB: more than a hundred thousand of them."""


@dataclass(slots=True)
class _Parcel:
    size: int
    sha256: str
    file: Incoming
    held: ExitStack
    there: int = 0


class Parcels:
    """The one parcel that is on its way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parcel: _Parcel | None = None
        self._lock = threading.Lock()

    def announce(self, size: int, sha256: str) -> int:
        """Begin a parcel, or go on with the same one; returns how many pieces are here. ``CourierError`` if refused."""
        with self._lock:
            if self._parcel is None or (self._parcel.size, self._parcel.sha256) != (size, sha256):
                self._drop()
                self._parcel = self._begin(size, sha256)
            return self._parcel.there

    def take(self, number: int, data: bytes) -> None:
        """Take the next piece."""
        with self._lock:
            parcel = self._announced()
            if number != parcel.there or len(data) != PIECE_BYTES or number >= piece_count(parcel.size):
                raise CourierError("A piece came that is not the next one.", "Start the same command again.")
            parcel.file.write(data[: max(parcel.size - parcel.file.size, 0)])
            parcel.there += 1

    @contextmanager
    def whole(self) -> Iterator[Path]:
        """Give the file once all of it is here and right; the parcel is gone afterwards, whatever happened."""
        with self._lock:
            parcel = self._announced()
            if parcel.there != piece_count(parcel.size):
                raise CourierError("Some pieces are not here yet.", "Start the same command again.")
            try:
                if parcel.file.digest() != parcel.sha256:
                    raise CourierError("The bundle changed on its way.", "Start the same command again.")
                yield parcel.file.path
            finally:
                self._drop()

    def _begin(self, size: int, sha256: str) -> _Parcel:
        if not 0 < size <= PARCEL_BYTES:
            raise CourierError("A bundle of that size cannot be one.", "Choose the file that the desk has exported.")
        self._store.check_room_for_desk((1 + COPIES) * size)
        held = ExitStack()
        return _Parcel(size, sha256, held.enter_context(self._store.incoming_from_desk()), held)

    def _announced(self) -> _Parcel:
        if self._parcel is None:
            raise CourierError("No bundle was announced.", "Start the same command again.")
        return self._parcel

    def _drop(self) -> None:
        if self._parcel is not None:
            self._parcel.held.close()
            self._parcel = None
