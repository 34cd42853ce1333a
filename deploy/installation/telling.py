"""Steps: what is done, whether it is needed, and how it is told. A dry run tells and does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LAST_CHARACTERS = 4000


class RefusedError(Exception):
    """Something stands in the way; the message says what, and what to do."""


def always() -> bool:
    """Say that a step is needed whenever one comes to it."""
    return True


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        words: what it does.
        do: does it.
        needed: whether there is anything to do; asked just before.
    """

    words: str
    do: Callable[[], object]
    needed: Callable[[], bool] = always


@dataclass
class Teller:
    """Takes the steps in order and says so.

    Attributes:
        dry: only say what would be done.
        left: what a person still has to do; said at the end.
        done: how many steps changed something, or would.
    """

    dry: bool = False
    left: list[str] = field(default_factory=list)
    done: int = 0

    def take(self, steps: Sequence[Step]) -> None:
        """Take those that are needed."""
        for step in steps:
            if not step.needed():
                continue
            self.done += 1
            if self.dry:
                self.say(f"  would: {step.words}")
            else:
                self._take(step)

    def _take(self, step: Step) -> None:
        self._write(f"  {step.words} … ")
        started = time.monotonic()
        try:
            step.do()
        except BaseException:
            self.say("failed")
            raise
        self.say(f"{time.monotonic() - started:.0f} s")

    def leave(self, words: str) -> None:
        """Note what is left to a person."""
        if words not in self.left:
            self.left.append(words)

    def end(self, words: str) -> None:
        """Say how it ended and what is left."""
        self.say(words if self.done else "Nothing had to be done.")
        for number, left in enumerate(self.left, 1):
            self.say(f"  left to do {number}: {left}")

    def say(self, words: str) -> None:
        """Say a line."""
        self._write(f"{words}\n")

    def _write(self, words: str) -> None:
        sys.stdout.write(words)
        sys.stdout.flush()


def environment() -> dict[str, str]:
    """Return this terminal's environment without what would make a Python take modules from elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run(*command: object) -> str:
    """Run a command to its end and return what it said.

    Raises:
        RefusedError: it failed; its words are in the message.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise RefusedError(f"{words[0]} cannot be started ({error.strerror}).") from error
    if done.returncode:
        said = f"{done.stdout[-LAST_CHARACTERS:]}{done.stderr[-LAST_CHARACTERS:]}".strip()
        raise RefusedError(f"$ {' '.join(words)}\n{said}")
    return done.stdout
