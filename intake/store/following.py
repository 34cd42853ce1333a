"""The digest of a growing file, made by a second thread that follows the writer through the file itself.

An upload is hashed twice, what came and what is stored, and hashing is half of all its work: on one core a large upload
is stored half as fast. What is hashed here is read back from the file, which is in the system's memory at that time:
nothing is handed from thread to thread but how far the file has come, and nothing waits in memory of ours.
"""

from __future__ import annotations

import hashlib
import os
import threading
from queue import SimpleQueue

from intake.store.errors import StoreUnusable, translated
from intake.store.settings import FOLLOW_FROM_BYTES, FOLLOW_READ_BYTES, FOLLOW_STEP_BYTES


class FollowingHash:
    """A SHA-256 of what was appended to a file (a ``keys.sealing.submission_writer.Hasher``).

    Small files never start a thread. ``close`` comes before the file is closed.

    Args:
        descriptor: of the file, open for reading too.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._sha256 = hashlib.sha256()
        self._hashed = 0
        self._written = 0
        self._told = 0
        self._ends: SimpleQueue[int | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._abandoned = False
        self._error: Exception | None = None

    def update(self, data: bytes | memoryview, /) -> None:
        """Note that ``data`` stands in the file now; raises what reading the file met with."""
        self._raise()
        self._written += len(data)
        if self._thread is None and (self._written <= FOLLOW_FROM_BYTES or not self._start()):
            self._sha256.update(data)
            self._hashed += len(data)
        elif self._written - self._told >= FOLLOW_STEP_BYTES:
            self._tell()

    def hexdigest(self) -> str:
        """Wait for the thread and return the digest of all that was noted; raises what reading the file met with."""
        if self._thread is not None:
            self._tell()
            self._end()
        self._raise()
        return self._sha256.hexdigest()

    def close(self) -> None:
        """End the thread, whatever is left to hash."""
        self._abandoned = True
        self._end()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _tell(self) -> None:
        self._told = self._written
        self._ends.put(self._written)

    def _start(self) -> bool:
        """Start the thread; where there are too many already, the writer's own goes on alone."""
        thread = threading.Thread(target=self._follow, name="khomo-digest", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def _end(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ends.put(None)
            thread.join()

    def _follow(self) -> None:
        buffer = memoryview(bytearray(FOLLOW_READ_BYTES))
        try:
            with translated():
                while (end := self._ends.get()) is not None:
                    while self._hashed < end and not self._abandoned:
                        self._hash(buffer[: end - self._hashed])
        except Exception as error:  # noqa: BLE001  # raised again in the writer's thread
            self._error = error

    def _hash(self, buffer: memoryview) -> None:
        size = os.preadv(self._descriptor, [buffer], self._hashed)
        if not size:
            raise StoreUnusable("An upload became shorter while it came in.")
        self._sha256.update(buffer[:size])
        self._hashed += size
