"""The intake server of the rehearsal: its configuration, and ``khomo-intake serve`` as a process of its own."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from deploy.rehearsal.commands import CommandFailedError, Commands, environment
from deploy.rehearsal.tor_process import find_program

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.stage import Stage

OPEN_SECONDS = 300.0
CLOSE_SECONDS = 30.0
SERVE = ("khomo-intake", "serve", "--config", "server/config.toml")

CONFIG = """\
[paths]
store_dir = "store"
run_dir = "{sockets}"
tor_dir = "tor"
public_bundle = "public-bundle.note"
root_key = "root.pub"
server_key = "server.key"

[door]
opening_days = ["monday", "thursday"]
languages = ["en", "ar"]
[door.about]
en = "We are five civil-society groups of a rehearsal. We check reports about abuse of power."
ar = "نحن خمس مجموعات من المجتمع المدني في تدريب. نتحقق من البلاغات عن إساءة استعمال السلطة."
[[door.danger_contacts]]
name = "Legal aid line of the rehearsal"
reach = "+999 555 0100"
note = {{ en = "Free, day and night.", ar = "مجانًا، ليلًا ونهارًا." }}

[limits]
free_space_floor_mib = 64

[onion]
tor_binary = "{tor}"
{additions}
"""


def write_config(stage: Stage) -> Path:
    """Give the server its papers and write its configuration; returns where."""
    server, ceremony = stage.machine("server"), stage.machine("ceremony") / "keys"
    for paper in (ceremony / "public-bundle.note", ceremony / "root.pub", ceremony / "server" / "server.key"):
        shutil.copy2(paper, server)
    lines = stage.network.service_lines()
    additions = ""
    if lines:
        (server / "private-network.torrc").write_text("\n".join(lines) + "\n")
        additions = 'torrc_additions = "private-network.torrc"'
    config = server / "config.toml"
    tor = find_program("tor")
    config.write_text(CONFIG.format(sockets=stage.sockets, tor=tor, additions=additions), encoding="utf-8")
    return config


class Door:
    """``khomo-intake serve``, running."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.log = stage.machine("server") / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None

    def open(self) -> str:
        """Start it, wait until a page has come back through tor, and return the address; raises CommandFailedError."""
        self._stage.teller.command(SERVE)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [Commands.program(SERVE[0]), *SERVE[1:]],
                cwd=self._stage.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the rehearsal, which then ends this in order
            )
        self._stage.onion = self._wait_for_address()
        return self._stage.onion

    def said(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text(errors="replace")

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            found = re.search(r"The door is open: +http://([a-z2-7]{56}\.onion)", self.said())
            if found:
                return found[1]
            ended = self.process.poll() if self.process else None
            if ended is not None or time.monotonic() > deadline:
                raise CommandFailedError(SERVE, ended, self.said())
            time.sleep(0.1)

    def close(self) -> None:
        """End it as an operator would, and wait."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
