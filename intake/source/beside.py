"""Hashes in a second thread, while the request's own thread receives, seals and writes.

An upload is hashed twice, file and row: half of all its work. One core cannot do all of it as fast as it can copy the
upload to a file; two nearly can, as hashing lets other threads run. Small rows never start a thread. What waits to be
hashed is bounded.
"""

from __future__ import annotations

import hashlib
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from intake.source.limits import HASHED_BEFORE_BESIDE, HASHED_BESIDE

if TYPE_CHECKING:
    from types import TracebackType

    from keys.sealing.container import Hasher

    Work = tuple[Hasher, bytes | memoryview]


class HashingThread:
    """Makes hashes that are updated in a thread of their own, in order; the thread ends with the ``with`` block."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Work | SimpleQueue[None] | None] = SimpleQueue()
        self._room: SimpleQueue[None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._updates = 0

    def sha256(self) -> HashBeside:
        """Begin a hash."""
        return HashBeside(self)

    def update(self, hasher: Hasher, data: bytes | memoryview) -> None:
        """Add ``data``, which does not change any more, to a hash; waits while too much is waiting."""
        self._updates += 1
        if self._thread is None and (self._updates <= HASHED_BEFORE_BESIDE or not self._start()):
            hasher.update(data)
            return
        self._room.get()
        self._work.put((hasher, data))

    def wait(self) -> None:
        """Return when everything is hashed."""
        if self._thread is not None:
            done: SimpleQueue[None] = SimpleQueue()
            self._work.put(done)
            done.get()

    def _start(self) -> bool:
        """Start the thread; where there are too many already, the request's own goes on alone."""
        thread = threading.Thread(target=self._hash, name="khomo-hashing", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        for _ in range(HASHED_BESIDE):
            self._room.put(None)
        self._thread = thread
        return True

    def _hash(self) -> None:
        while (work := self._work.get()) is not None:
            if isinstance(work, tuple):
                hasher, data = work
                hasher.update(data)
                self._room.put(None)
            else:
                work.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._work.put(None)
            self._thread.join()


class HashBeside:
    """A SHA-256 (``keys.sealing.container.Hasher``) that is computed by a ``HashingThread``."""

    def __init__(self, thread: HashingThread) -> None:
        self._thread = thread
        self._sha256 = hashlib.sha256()

    def update(self, data: bytes | memoryview, /) -> None:
        """Hand the next piece over."""
        self._thread.update(self._sha256, data)

    def hexdigest(self) -> str:
        """Wait for all pieces and return the digest."""
        self._thread.wait()
        return self._sha256.hexdigest()
