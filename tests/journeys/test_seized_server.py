"""The runbook for a seized server is walked: a new machine, a new key, and the old words open the old letters."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import steps_desk, steps_server
from deploy.rehearsal.commands import CommandFailedError, Commands, environment
from deploy.rehearsal.door import CONFIG
from deploy.rehearsal.door_socket import DoorSocket, connected
from deploy.rehearsal.source_client import Page, SourceClient, at
from deploy.rehearsal.stage import Stage
from deploy.rehearsal.steps_server import PASSPHRASE_FILE
from deploy.rehearsal.steps_source import right_page, send
from deploy.rehearsal.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.long

START_SECONDS = 120
OLD, NEW = "The road was paid for twice.", "They asked me who talks to you."


class Machine:
    """An intake server without tor: what the runbook does is the same behind any address."""

    def __init__(self, folder: Path, papers: tuple[Path, ...]) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        for paper in papers:
            shutil.copy2(paper, folder / ("server.key" if paper.suffix == ".key" else paper.name))
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(sockets="s", tor="/usr/bin/tor", additions=""))
        self.process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Serve the pages and wait until they answer."""
        command = [Commands.program("khomo-intake"), "serve", "--no-tor", "--config", str(self.config)]
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, env=environment())
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError):
                connected(self.folder / "s/source/door", 5).close()
                return
            assert time.monotonic() < deadline, (self.folder / "said").read_text()
            time.sleep(0.05)

    def visit(self) -> SourceClient:
        """Come as somebody new."""
        return SourceClient(DoorSocket(self.folder / "s/source/door"), "khomo.onion")

    def read(self, codename: str) -> Page:
        """Come back with eight words."""
        source = self.visit()
        form = right_page(source.get(at("return"))).form("/return")
        form.fill("codename", codename)
        return source.submit(form)

    def close(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
            self.process = None


@pytest.fixture
def stage() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="kh-") as folder:
        made = Stage.build(Path(folder), Teller(StringIO()))
        steps_server.make_keys(made)
        steps_desk.make_vault(made)
        yield made


def run(stage: Stage, machine: Machine, *words: str) -> Path | None:
    """Run a command of a server; returns the file that it put on the stick, if it did."""
    before = set(stage.machine("stick").iterdir())
    stage.commands.look_up("khomo-intake", *words, "--config", str(machine.config))
    return next(iter(set(stage.machine("stick").iterdir()) - before), None)


def outbox(stage: Stage) -> Path:
    """Let the desk write what leaves it; returns the bundle for the server."""
    before = set(stage.machine("stick").iterdir())
    stage.commands.look_up("khomo-reviewer", "outbox", "stick", *steps_desk.UNLOCK)
    return next(path for path in set(stage.machine("stick").iterdir()) - before if "server" in path.name)


def to_desk(stage: Stage, bundle: Path | None) -> None:
    assert bundle is not None
    stage.commands.look_up("khomo-reviewer", "import", str(bundle), *steps_desk.UNLOCK)


def test_after_a_seizure_the_same_words_open_the_same_letters_at_a_new_door(stage: Stage) -> None:
    keys = stage.machine("ceremony") / "keys"
    public = (keys / "public-bundle.note", keys / "root.pub")
    first = Machine(stage.folder / "first", (*public, keys / "server" / "server.key"))
    first.open()
    codename = send(first.visit(), OLD, ()).codename()
    to_desk(stage, run(stage, first, "export", "stick"))
    stage.commands.look_up("khomo-reviewer", "reply", "1", steps_desk.REPLY, *steps_desk.UNLOCK)
    run(stage, first, "import", str(outbox(stage)))
    assert steps_desk.REPLY in first.read(codename).text
    first.close()
    shutil.rmtree(first.folder)  # seized

    amend = ("--bundle", str(public[0]), "--root-key", str(next(keys.glob("take-away/root*.age"))))
    servers = ("--retire-server", "1", "--add-server", "2")
    script = ("--passphrase-file", PASSPHRASE_FILE)
    stage.commands.look_up("khomo-keys", "amend", "next", *amend, *servers, *script)
    amended = stage.folder / "next"
    (new_key,) = amended.rglob("server*.key")
    second = Machine(stage.folder / "second", (amended / "public-bundle.note", public[1], new_key))
    second.open()
    try:
        assert steps_desk.REPLY not in second.read(codename).text
        stage.commands.look_up("khomo-reviewer", "keys", "--bundle", "next/public-bundle.note", *steps_desk.UNLOCK)
        bundle = outbox(stage)
        with pytest.raises(CommandFailedError, match="--confirm"):
            run(stage, second, "import", str(bundle))
        run(stage, second, "import", "--confirm", str(bundle))
        assert steps_desk.REPLY in second.read(codename).text
        send(second.visit(), NEW, ())
        exported = run(stage, second, "export", "stick")
        to_desk(stage, exported)
        listed = json.loads(stage.commands.look_up("khomo-reviewer", "list", "--json", *steps_desk.UNLOCK))
        assert {OLD, NEW} == {case_text(stage, int(case["case"])) for case in listed["cases"]}
    finally:
        second.close()


def case_text(stage: Stage, case: int) -> str:
    shown = stage.commands.look_up("khomo-reviewer", "show", str(case), *steps_desk.UNLOCK)
    return next(text for text in (OLD, NEW) if text in shown)


def test_the_runbook_names_the_commands_that_are_walked_here() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/seized-server-runbook.md").read_text()
    for words in (
        "khomo-keys amend next --bundle public-bundle.note --root-key root.key.age --retire-server 1 --add-server 2",
        "khomo-reviewer keys --bundle next/public-bundle.note",
        "khomo-reviewer outbox",
        "khomo-intake import --confirm",
    ):
        assert words in page
