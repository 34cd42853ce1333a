"""Hashes and writes ciphertext in a second thread, while the request's own thread reads and seals the next chunk.

One core cannot receive, hash, seal, hash again and write a file as fast as it can copy it; two nearly can, for each of
these steps lets other threads run. Small rows never start a thread. What is on its way is bounded, and an error of the
disk ends the upload at the next chunk.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from intake.source.limits import CHUNKS_BEFORE_BESIDE, CHUNKS_BESIDE
from keys.sealing.submission_writer import Measured

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class SinkBeside:
    """A measuring sink of ciphertext; leave its ``with`` block before that of the file it writes to.

    Args:
        write: takes ciphertext, in order, and may raise.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = Measured(write)
        self._chunks: SimpleQueue[bytes | None] = SimpleQueue()
        self._room: SimpleQueue[None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None
        self._taken = 0

    def __call__(self, data: bytes) -> None:
        """Take the next piece; raises what an earlier one met with."""
        self._taken += 1
        if self._thread is None and (self._taken <= CHUNKS_BEFORE_BESIDE or not self._start()):
            self._write(data)
            return
        self._room.get()
        if self._error is not None:
            raise self._error
        self._chunks.put(data)

    def measured(self) -> tuple[int, str]:
        """Wait for all pieces; return size and SHA-256 (hex) of them, or raise what one of them met with."""
        self._stop()
        if self._error is not None:
            raise self._error
        return self._write.measured()

    def _start(self) -> bool:
        """Start the second thread; where there are too many already, this one goes on alone."""
        thread = threading.Thread(target=self._work, name="khomo-sink", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        for _ in range(CHUNKS_BESIDE):
            self._room.put(None)
        self._thread = thread
        return True

    def _stop(self) -> None:
        if self._thread is not None:
            self._chunks.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            if self._error is None:
                try:
                    self._write(chunk)
                except Exception as error:  # noqa: BLE001  # raised again in the request's thread
                    self._error = error
            self._room.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
