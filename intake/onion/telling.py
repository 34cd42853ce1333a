"""Says each step in words, how long it took, and how far a long one is. On a terminal its line is rewritten."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

BAR_CELLS = 24
_CLEAR_LINE = "\r\x1b[K"


class Step:
    """One step that is under way."""

    def __init__(self, out: TextIO, words: str) -> None:
        self._out = out
        self._words = words
        self._tenth = 0

    def progress(self, percent: int, words: str) -> None:
        """Show how far it is: a bar on a terminal, else a line for every tenth."""
        if self._out.isatty():
            full = BAR_CELLS * percent // 100
            bar = "#" * full + "-" * (BAR_CELLS - full)
            self._write(f"{_CLEAR_LINE}  ...  {self._words} [{bar}] {percent:3d} % {words}")
        elif percent // 10 > self._tenth:
            self._tenth = percent // 10
            self._write(f"  ...  {self._words} {percent} % ({words})\n")

    def begin(self) -> None:
        """Show that it has begun, where a line can be rewritten."""
        if self._out.isatty():
            self._write(f"  ...  {self._words}")

    def end(self, mark: str, words: str) -> None:
        """Show how it ended."""
        clear = _CLEAR_LINE if self._out.isatty() else ""
        self._write(f"{clear}{mark:>5}  {self._words}{words}\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


class Steps:
    """Tells of steps."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    @contextmanager
    def step(self, words: str) -> Iterator[Step]:
        """Tell that a step begins, and how it ended."""
        step = Step(self._out, words)
        started = time.monotonic()
        step.begin()
        try:
            yield step
        except Exception:
            step.end("FAIL", "")
            raise
        except BaseException:
            step.end("stop", "")
            raise
        step.end("ok", f" ({time.monotonic() - started:.1f} s)")

    def say(self, words: str) -> None:
        """Say something between steps."""
        self._out.write(words + "\n")
        self._out.flush()
