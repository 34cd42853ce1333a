"""Runs the real commands as a person would type them, and shows them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.rehearsal.telling import Teller

PROGRAMS = Path(sys.executable).parent
LONGEST_SECONDS = 120


class CommandFailedError(Exception):
    """A command did not end as it should; the message shows it with its output."""

    def __init__(self, words: Sequence[str], status: int | None, output: str) -> None:
        super().__init__(f"$ {' '.join(words)}\n{output.strip()}\n(exit status {status})")
        self.output = output


@dataclass
class Commands:
    """A terminal whose working directory is ``folder``.

    Attributes:
        folder: where relative paths start.
        teller: shows the commands.
    """

    folder: Path
    teller: Teller

    def run(self, *words: str, show_output: bool = False) -> str:
        """Run a command to its end, show it, and return what it wrote to stdout.

        Args:
            words: the command and its arguments.
            show_output: also show what it said.

        Raises:
            CommandFailedError: another exit status than 0, or not done in two minutes.
        """
        self.teller.command(words)
        said = self.look_up(*words)
        if show_output:
            self.teller.output(said)
        return said

    def look_up(self, *words: str) -> str:
        """Run a command as ``run`` does and show nothing: the rehearsal itself wants to know, as a script would."""
        try:
            done = subprocess.run(
                [self.program(words[0]), *words[1:]],
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise CommandFailedError(words, None, f"not done in {LONGEST_SECONDS} seconds") from late
        if done.returncode:
            raise CommandFailedError(words, done.returncode, done.stdout + done.stderr)
        return done.stdout

    @staticmethod
    def program(name: str) -> str:
        """Return the program of that name, ours before the system's."""
        ours = PROGRAMS / name
        return str(ours) if ours.exists() else name


def environment() -> dict[str, str]:
    """Return the environment of a fresh terminal."""
    kept = {name: os.environ[name] for name in ("HOME", "USER", "TMPDIR", "TERM") if name in os.environ}
    path = f"{PROGRAMS}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    return {**kept, "PATH": path, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
