"""The server under test: an organisation made for the purpose, and ``khomo-intake serve --no-tor`` beside us."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(sys.executable).parent
MAIN_SOCKET_SECONDS = 60
STOP_SECONDS = 30

CONFIG = """\
[paths]
store_dir = "store"
run_dir = "{sockets}"
tor_dir = "tor"
public_bundle = "keys/public-bundle.note"
root_key = "keys/root.pub"
server_key = "keys/server/server.key"
[door]
opening_days = ["monday"]
[door.about]
en = "An organisation that exists for a measurement."
[[door.danger_contacts]]
name = "Legal aid line of the measurement"
reach = "+999 555 0100"
[limits]
free_space_floor_mib = 64
[decoys]
a_day = 0
"""


@dataclass(frozen=True)
class Served:
    """A process that serves on a unix socket.

    Attributes:
        folder: where everything of it lies.
        socket: where it listens.
        process: its first process; children do the work.
    """

    folder: Path
    socket: Path
    process: psutil.Process

    def memory(self) -> int:
        """Return the resident bytes of all its processes together."""
        total = 0
        for process in (self.process, *self.process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total


def _passphrase_file(folder: Path) -> Path:
    path = folder / "passphrase"
    path.write_text("a passphrase for measuring only\n")
    path.chmod(0o600)
    return path


def make_organisation(folder: Path) -> Path:
    """Hold a ceremony with cheap key files; returns the folder of the keys."""
    keys = folder / "keys"
    command = [str(PROGRAMS / "khomo-keys"), "ceremony", str(keys), "--work-factor", "14", "--json"]
    passphrase = ["--passphrase-file", str(_passphrase_file(folder))]
    subprocess.run([*command, *passphrase], check=True, capture_output=True)
    return keys


@contextmanager
def real_door() -> Iterator[Served]:
    """Serve the real source app."""
    with tempfile.TemporaryDirectory(prefix="khomo-bench-") as name:
        folder = Path(name)
        make_organisation(folder)
        sockets = folder / "run"
        (folder / "config.toml").write_text(CONFIG.format(sockets=sockets))
        command = [str(PROGRAMS / "khomo-intake"), "serve", "--no-tor", "--config", str(folder / "config.toml")]
        with _running(command, folder, sockets) as served:
            yield served


@contextmanager
def plain_door(app: str) -> Iterator[Served]:
    """Serve one of ``bench.baseline``'s apps with the same server and worker."""
    with tempfile.TemporaryDirectory(prefix="khomo-bench-") as name:
        folder = Path(name)
        socket = folder / "run" / "source" / "door"  # where a torrc of ours looks for it
        command = [sys.executable, "-m", "bench.baseline", app, str(socket), str(folder / "out")]
        with _running(command, folder, folder / "run") as served:
            yield served


@contextmanager
def _running(command: list[str], folder: Path, sockets: Path) -> Iterator[Served]:
    log = (folder / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield Served(folder, _wait_for_socket(process, sockets, folder / "log"), psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait_for_socket(process: subprocess.Popen[bytes], sockets: Path, log: Path) -> Path:
    deadline = time.monotonic() + MAIN_SOCKET_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        found = [path for path in sockets.rglob("*") if path.is_socket()] if sockets.is_dir() else []
        if found:
            with suppress(OSError):
                from bench.unix_http import ask  # noqa: PLC0415  # the client is not needed by the baseline process

                ask(found[0], "GET", "/")
                return found[0]
        time.sleep(0.05)
    raise RuntimeError(f"the server did not come up:\n{log.read_text(errors='replace')[-3000:]}")
