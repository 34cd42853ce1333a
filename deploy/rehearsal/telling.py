"""What the rehearsal says: each step with its commands, what happened, where it lies, and how long it took."""

from __future__ import annotations

import shlex
import textwrap
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH = 80
"""The narrowest terminal that people use."""
LEFT = 9
BROKEN = " \\"
LONGEST_OUTPUT = 18
"""Lines: room for a verified case with its signatures and its leaf, which are the point of the last step."""


class Teller:
    """Writes for a person who sees Khomo for the first time."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._number = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Tell that a step begins and how long it took."""
        self._number += 1
        self._write(f"\n{self._number:2}. {title}\n")
        started = time.monotonic()
        yield
        self._write(f"{'':4}{time.monotonic() - started:>{WIDTH - 10}.1f} s\n")

    def command(self, words: Sequence[str]) -> None:
        """Show a command as it could be typed; lines break between words only."""
        lines = ["    $"]
        for word in map(shlex.quote, words):
            if len(lines[-1]) + len(word) + len(" " + BROKEN) > WIDTH and len(lines[-1]) > LEFT:
                lines.append(" " * LEFT)
            lines[-1] += f" {word}"
        self._write(f"{BROKEN}\n".join(lines) + "\n")

    def output(self, text: str) -> None:
        """Show the first lines of what a command said."""
        lines = text.strip("\n").splitlines()
        left_out = len(lines) - LONGEST_OUTPUT
        if left_out > 1:  # to say that one is left out takes as much room as the line
            lines[LONGEST_OUTPUT:] = [f"… {left_out} more lines"]
        for line in lines:
            self._write(f"      {line}".rstrip() + "\n")

    def happened(self, text: str) -> None:
        """Say what happened, or where something lies."""
        self._write(textwrap.fill(text, WIDTH, initial_indent="    > ", subsequent_indent="      ") + "\n")

    def say(self, text: str) -> None:
        """Say something between steps."""
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
