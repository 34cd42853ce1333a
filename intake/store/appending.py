"""A growing file and its digest: from a mebibyte on, a second thread writes and hashes what the first has sealed.

A large upload is hashed twice, what came and what is stored, and hashing is half of all its work: on one core it is
stored half as fast. What waits for the second thread is ciphertext and has a limit; the first waits when it is reached.
"""

from __future__ import annotations

import hashlib
import os
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from intake.store.errors import StoreUnusable, translated
from intake.store.settings import ALONE_BYTES, HANDED_BYTES, HANDED_TIMES

if TYPE_CHECKING:
    from collections.abc import Callable


class Appender:
    """Appends to a file and hashes what it appends. Small files never start a thread.

    What writing met with in the second thread is raised by the next ``append``, or by ``digest``. ``close`` comes
    before the file is closed.

    Args:
        descriptor: of the empty file; stays the caller's.
        grown: called with the file's size after each piece or batch, in the thread that wrote it.
    """

    def __init__(self, descriptor: int, grown: Callable[[int], None]) -> None:
        self._descriptor = descriptor
        self._grown = grown
        self._sha256 = hashlib.sha256()
        self._taken = 0
        self._written = 0
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._handed: SimpleQueue[list[bytes] | None] = SimpleQueue()
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(HANDED_TIMES):
            self._free.put(None)
        self._thread: threading.Thread | None = None
        self._abandoned = False
        self._error: Exception | None = None

    def append(self, data: bytes | memoryview) -> None:
        """Take ``data``, which need not be written yet when this returns."""
        self._raise()
        self._taken += len(data)
        if self._thread is None and (self._taken <= ALONE_BYTES or not self._start()):
            self._write([data])
            return
        self._batch.append(bytes(data))
        self._batch_bytes += len(data)
        if self._batch_bytes >= HANDED_BYTES:
            self._hand_over()

    def digest(self) -> str:
        """Wait until all is written; return its SHA-256 in hex."""
        if self._thread is not None:
            self._hand_over()
            self._end()
        self._raise()
        return self._sha256.hexdigest()

    def close(self) -> None:
        """End the thread, whatever is left to write; nothing is taken any more: the number may be another file's."""
        self._abandoned = True
        self._end()
        self._error = self._error or StoreUnusable("This upload is over.")

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _hand_over(self) -> None:
        self._free.get()
        self._handed.put(self._batch)
        self._batch, self._batch_bytes = [], 0

    def _start(self) -> bool:
        """Start the thread; where there are too many already, the first goes on alone."""
        thread = threading.Thread(target=self._follow, name="khomo-append", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def _end(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._handed.put(None)
            thread.join()

    def _follow(self) -> None:
        while (batch := self._handed.get()) is not None:
            if self._error is None and not self._abandoned:
                try:
                    self._write(batch)
                except Exception as error:  # noqa: BLE001  # raised again in the first thread
                    self._error = error
            del batch  # what is written is not kept while nothing comes
            self._free.put(None)

    def _write(self, batch: list[bytes] | list[bytes | memoryview]) -> None:
        with translated():
            for piece in batch:
                view = memoryview(piece)
                while view:
                    view = view[os.write(self._descriptor, view) :]
                self._sha256.update(piece)
                self._written += len(piece)
            self._grown(self._written)
