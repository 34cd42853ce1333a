"""What a measurement that takes minutes says meanwhile: which subject, and for how long.

On a terminal it is one line that changes each second; elsewhere, one line when a subject begins and one when it ends.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TICK_SECONDS = 1.0


def clock_text(seconds: float) -> str:
    """Write a length of time as minutes and seconds: 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Progress:
    """Tells about the subjects of one run.

    Args:
        out: where to; usually standard error.
        count: how many subjects there are.
        now: gives seconds since any time.
    """

    def __init__(self, out: TextIO, count: int, now: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._count = count
        self._now = now
        self._began = now()
        self._number = 0

    @property
    def so_far(self) -> str:
        """How long the run has lasted."""
        return clock_text(self._now() - self._began)

    @contextmanager
    def subject(self, name: str) -> Iterator[None]:
        """Tell that a subject is measured, for as long as the block lasts."""
        self._number += 1
        began, ended = self._now(), threading.Event()
        terminal = self._out.isatty()

        def line() -> str:
            return f"{self._number} of {self._count}  {name:<14} {clock_text(self._now() - began):>6}"

        def tick() -> None:
            while not ended.wait(TICK_SECONDS):
                self._write(f"\r{line()}, in all {self.so_far}  ")

        ticking = threading.Thread(target=tick, daemon=True)
        self._write(line() if terminal else f"{self._number} of {self._count}  {name} …\n")
        if terminal:
            ticking.start()
        try:
            yield
        finally:
            ended.set()
            if terminal:
                ticking.join()
            self._write(("\r" if terminal else "") + f"{line()}, in all {self.so_far}  \n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
