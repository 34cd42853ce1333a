"""One tor program: found, started, watched, ended by its process id."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

POLL_SECONDS = 0.05
END_SECONDS = 5.0
SBIN = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"  # Debian keeps tor where a user's path may not look


class TorError(Exception):
    """The private network did not do what it should; the message holds the last lines of the log."""


def find_program(name: str) -> str:
    """Return the path of ``tor`` or ``tor-gencert``; raises TorError that says what to install."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":" + SBIN)
    if found is None:
        raise TorError(f"{name} was not found. Install Debian's package `tor` (apt install tor).")
    return found


def tor_version() -> str:
    """Return what tor calls itself."""
    done = subprocess.run([find_program("tor"), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].strip()


@dataclass
class TorProcess:
    """A tor with a folder of its own: ``torrc``, ``log`` and ``data/``."""

    name: str
    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def data(self) -> Path:
        """Where this tor keeps its keys and caches."""
        return self.folder / "data"

    @property
    def log_file(self) -> Path:
        """Its notices."""
        return self.folder / "log"

    @property
    def pid(self) -> int:
        """Its process id; raises TorError when it was not started."""
        if self._process is None:
            raise TorError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> None:
        """Start it; an old log is thrown away, so that what is waited for is new."""
        self.log_file.unlink(missing_ok=True)
        defaults = self.folder / "torrc-defaults"  # empty: the system's own must not count
        defaults.touch()
        command = [find_program("tor"), "-f", str(self.folder / "torrc"), "--defaults-torrc", str(defaults)]
        with (self.folder / "stdout").open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)

    def log(self) -> str:
        """Return what it has said since it was started."""
        with suppress(FileNotFoundError):
            return self.log_file.read_text(errors="replace")
        return ""

    def is_running(self) -> bool:
        """Tell whether the program still runs."""
        return self._process is not None and self._process.poll() is None

    def wait_for(self, pattern: str, deadline: float) -> None:
        """Wait until a line of the log matches; raises TorError at the deadline (monotonic) or when tor ends."""
        wanted = re.compile(pattern)
        while not wanted.search(self.log()):
            if not self.is_running():
                raise TorError(f"{self.name} ended by itself:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise TorError(f"{self.name} did not say {pattern!r} in time:\n{self._last_words()}")
            time.sleep(POLL_SECONDS)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this process and to no other."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, *, kill: bool = False) -> None:
        """End it and wait for it; a tor that does not end by itself in 5 s is killed."""
        if self._process is None:
            return
        if self.is_running():
            self.send(signal.SIGKILL if kill else signal.SIGTERM)
            self.send(signal.SIGCONT)
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _last_words(self) -> str:
        with suppress(FileNotFoundError):
            stdout = (self.folder / "stdout").read_text(errors="replace")
            return "\n".join((stdout + self.log()).splitlines()[-15:])
        return "(no log)"
