"""SIGKILL at random moments of a mixed load: who saw the receipt page is whole, and nothing else is there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.commands import environment
from deploy.rehearsal.door_socket import connected
from intake.config import load_config
from intake.onion.torrc import Layout
from intake.store.configured import open_store
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.letter import read_letter
from keys.sealing.submission_reader import read_submission
from tests.intake.world import CONFIG, World
from tests.journeys.crash_load import Ledger, Load

if TYPE_CHECKING:
    from collections.abc import Iterator

INTAKE = [sys.executable, "-c", "from intake.commands import main; main()"]
KILLS = 15
MANY_KILLS = 300
MOST_RECEIPTS = 6
"""A kill comes after none to six more receipt pages, plus a random moment: on a slow machine as on a fast one."""
JITTER_SECONDS = 0.4
PATIENCE_SECONDS = 30
REWRITE_EVERY = 4
START_SECONDS = 60


class Server:
    """The pages, in a folder of their own, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.world = World()
        self.folder = folder
        self.world.write_papers(folder)
        self.file = folder / "config.toml"
        self.file.write_text(CONFIG)
        self.config = load_config(self.file)
        self.door = Layout.of(self.config).door
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> None:
        """Start a command of ours beside those that run."""
        command = [*INTAKE, *words, "--config", str(self.file)]
        with (self.folder / "said").open("ab") as said:
            started = subprocess.Popen(command, stdout=said, stderr=said, env=environment(), start_new_session=True)
        self._running.append(started)

    def open(self) -> None:
        """Start the pages and wait until they answer."""
        self.start("serve", "--no-tor")
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError):
                connected(self.door, 5).close()
                return
            assert time.monotonic() < deadline, (self.folder / "said").read_text()
            time.sleep(0.02)

    def end(self, number: signal.Signals) -> None:
        """End everything that runs; a kill takes whole process groups at once."""
        for process in self._running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        for process in self._running:
            process.wait(30)
        self._running.clear()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [*INTAKE, *words, "--config", str(self.file)]
        return subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="kh-") as folder:
        running = Server(Path(folder))
        yield running
        running.end(signal.SIGKILL)


def _kill_at_random_moments(server: Server, ledger: Ledger, times: int) -> None:
    files = server.folder / "files"
    files.mkdir()
    for number in range(times):
        server.open()
        load = Load(server.door, files, ledger)
        load.start()
        if number % REWRITE_EVERY == 0:
            server.start("rewrite")
        _wait_for_receipts(ledger, len(ledger.receipts) + random.randint(0, MOST_RECEIPTS))
        time.sleep(random.uniform(0, JITTER_SECONDS))
        server.end(signal.SIGKILL)
        load.stop()
        assert load.unexpected == []


def _wait_for_receipts(ledger: Ledger, wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(ledger.receipts) < wanted and time.monotonic() < deadline:
        time.sleep(0.01)


def _stored(server: Server) -> tuple[set[str], set[str]]:
    """Open every row as the desk would; returns the texts and the digests of whole files."""
    texts, digests = set(), set()
    generation = (server.folder / "store" / "current").resolve()
    for blob in (path for folder in ("blobs", "fresh") for path in (generation / folder).iterdir()):
        with blob.open("rb") as file:
            opened = read_submission(file, [server.world.epoch])
            if opened.message is not None:
                texts.add(opened.message.expose().decode())
            for member in opened.submission.files:
                with opened.open(member.member) as content:
                    while content.read(1 << 20):  # the last read checks the digest
                        pass
                digests.add(member.sha256)
    return texts, digests


def _letters_open(server: Server, ledger: Ledger) -> None:
    """Every codename of a receipt page opens a letter that the server or the desk signed."""
    words, bundle = WordList.load(), server.world.bundle()
    desks, servers = [server.world.desk_key.verify_key], [server.world.server_key.verify_key]
    with open_store(server.config) as store:
        for codename in {receipt.codename for receipt in ledger.receipts}:
            mailbox = MailboxKeys.derive(words.read(codename), bundle.salt)
            sealed = store.letter(mailbox.address)
            assert sealed is not None
            read_letter(sealed, mailbox.identity, mailbox.address, desks, servers)


@pytest.mark.parametrize(
    "kills", [pytest.param(KILLS, id="some"), pytest.param(MANY_KILLS, id="many", marks=pytest.mark.long)]
)
def test_after_kills_every_receipt_is_whole_and_nothing_else_is_visible(server: Server, kills: int) -> None:
    ledger = Ledger()
    _kill_at_random_moments(server, ledger, kills)
    assert len(ledger.receipts) > kills
    assert len(ledger.receipts) < len(ledger.texts), "some were cut off"
    server.open()
    server.end(signal.SIGTERM)
    # A blob that was in place when its commit was killed belongs to no row: doctor knows it, and takes it away.
    for words in (("doctor", "--repair"), ("doctor",)):
        diagnosis = server.run(*words)
        assert diagnosis.returncode == 0, diagnosis.stdout + diagnosis.stderr
    texts, digests = _stored(server)
    assert {receipt.text for receipt in ledger.receipts} <= texts <= ledger.texts
    assert {digest for receipt in ledger.receipts for digest in receipt.digests} <= digests <= ledger.digests
    _letters_open(server, ledger)
    assert list((server.folder / "store" / "incoming").iterdir()) == []
