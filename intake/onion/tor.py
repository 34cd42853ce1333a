"""Our own tor: written down, started, ended."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from intake.onion.errors import OnionError
from intake.onion.numbers import ONION_NUMBERS, OnionNumbers
from intake.onion.torrc import torrc_text
from intake.server.run import private_folder

if TYPE_CHECKING:
    from pathlib import Path

    from intake.onion.torrc import Layout

LAST_LINES = 5

PROOF_OF_WORK = "pow"
"""Tor's name for its module; tor 0.4.8 and newer have it where they were built with ``--enable-gpl``."""


def write_torrc(layout: Layout, numbers: OnionNumbers = ONION_NUMBERS) -> Path:
    """Make the folders and write the torrc; returns where."""
    text = torrc_text(layout, numbers)
    for folder in (layout.tor_dir, layout.run_dir, layout.tor_run_dir):
        private_folder(folder)
    defaults_file(layout).touch(mode=0o600)
    _write_clients(layout)
    new = layout.torrc.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(layout.torrc)
    return layout.torrc


def _write_clients(layout: Layout) -> None:
    """Write who is let in to the courier's service, and nobody else."""
    if not layout.courier_clients:
        return
    folder = layout.courier_service / "authorized_clients"
    for made in (layout.courier_service, folder):
        private_folder(made)
    wanted = {f"{name}.auth": f"{key}\n" for name, key in layout.courier_clients.items()}
    for file in folder.iterdir():
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="ascii")


def defaults_file(layout: Layout) -> Path:
    """Return an empty file: the system's defaults for its own tor must not count for ours."""
    return layout.tor_dir / "torrc-defaults"


def tor_command(binary: Path, layout: Layout) -> list[str]:
    """Return how to start it; it ends when this process ends, however that ends."""
    return [
        str(binary),
        *("-f", str(layout.torrc)),
        *("--defaults-torrc", str(defaults_file(layout))),
        *("--__OwningControllerProcess", str(os.getpid())),
    ]


def check_program(binary: Path) -> None:
    """Look whether tor can be started; raises ``OnionError``."""
    what = "is not there" if not binary.exists() else "is not a program that this user may start"
    if not binary.is_file() or not os.access(binary, os.X_OK):
        remedy = "Install Debian's package tor, or name the program: onion.tor_binary in the configuration."
        raise OnionError(f"{binary} {what}.", remedy)


def has_module(binary: Path, module: str) -> bool:
    """Tell whether a tor was built with a module.

    Raises:
        OnionError: tor is missing.
    """
    said = _run([str(binary), "--list-modules"]).stdout
    return f"{module}: yes" in said.splitlines()


def check_torrc(binary: Path, layout: Layout) -> None:
    """Let tor read its torrc.

    Raises:
        OnionError: tor is missing, or does not take it; its words are in the message.
    """
    said = _run([*tor_command(binary, layout), "--verify-config", "--hush"])
    if said.returncode:
        lines = (said.stdout + said.stderr).strip().splitlines()[-LAST_LINES:]
        raise OnionError("Tor does not take its torrc: " + " ".join(lines), "Update tor: 0.4.8 or newer, with PoW.")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        message = f"{command[0]} cannot be started: it is no program of this machine."
        raise OnionError(message, "Install Debian's package tor.") from error


class OwnTor:
    """The process."""

    def __init__(self, binary: Path, layout: Layout) -> None:
        self._layout = layout
        layout.control.unlink(missing_ok=True)
        with layout.log.open("wb") as log:
            self._process = subprocess.Popen(
                tor_command(binary, layout),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C is ours to answer
            )

    def has_ended(self) -> bool:
        """Tell whether it ended by itself."""
        return self._process.poll() is not None

    def last_words(self) -> str:
        """Return the last lines of its log; addresses are scrubbed there."""
        with suppress(OSError):
            return "\n".join(self._layout.log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        return "(tor has said nothing)"

    def stop(self, seconds: float) -> None:
        """Ask it to end; kill it if it does not."""
        end_process(self._process, seconds)


def end_process(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask a child to end; kill it after ``seconds``."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
