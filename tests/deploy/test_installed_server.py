"""A server that was installed in a fresh Debian takes a report, is backed up, destroyed, restored, and delivers."""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from deploy.installation.building import BUILD_LOCK, INTAKE_LOCK, names_in
from deploy.rehearsal import steps_desk, steps_server, steps_source
from deploy.rehearsal.commands import CommandFailedError
from deploy.rehearsal.door import CONFIG
from deploy.rehearsal.stage import Stage
from deploy.rehearsal.telling import Teller
from intake.store.schema import schemas
from tests.deploy.apparmor_rules import Profile, deeds
from tests.deploy.debian_root import ROOT, DebianRoot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.rehearsal.private_tor import PrivateTor

pytestmark = [pytest.mark.long, pytest.mark.tor]

OPEN_SECONDS = 180
STORE_MIB = 3000
"""A disk that small has a journal of 64 MiB."""
FIRST, SECOND, THIRD = (f"The bridge was paid for {times}." for times in ("twice", "three times", "four times"))
INSTALLED_PATHS = {
    "store_dir": "/var/lib/khomo/store",
    "run_dir": "/run/khomo",
    "tor_dir": "/var/lib/khomo/tor",
    "public_bundle": "/etc/khomo/public-bundle.note",
    "root_key": "/etc/khomo/root.pub",
    "server_key": "/etc/khomo/server.key",
}
ONION = 'tor = "system"\ncontrol_socket = "/run/khomo/tor/control"\n'
CONFINED = ("khomo-intake", "khomo-rewrite", "khomo-decoy")
PROGRAM = "/opt/khomo/bin/khomo-intake"
RESTORE = ("khomo-intake", "restore", "/media/stick/khomo-server.backup", "--yes")
ENABLED = ("khomo-tor.service", "khomo-intake.service", "khomo-rewrite.timer", "khomo-decoy.timer")


@dataclass
class Premises:
    """A Debian with a server on it, and the desk on this machine."""

    root: DebianRoot
    stage: Stage

    def open_door(self, trace: Path | None = None) -> str:
        """Start tor and pages as the units would; returns the address."""
        lines = self.stage.network.service_lines()
        self.root.at("/etc/khomo/torrc-defaults").write_text("\n".join(lines) + "\n")
        self.root.start("khomo-tor")
        log = self.root.start("khomo-intake", trace)
        deadline = time.monotonic() + OPEN_SECONDS
        while not (found := re.search(r"The door is open: +http://([a-z2-7]{56}\.onion)", log.read_text())):
            assert self.root.processes["khomo-intake"].poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        self.stage.onion = found[1]
        self.stage.network.forget_descriptors()  # of a door that was open before under this address
        return found[1]

    def report(self, message: str) -> str:
        """Send a report over Tor; returns the eight words."""
        return steps_source.send(steps_source.visit(self.stage), message, ()).codename()

    def read(self, codename: str) -> str:
        """Open a mailbox over Tor; returns what the page says."""
        return steps_source.open_box(self.stage, codename).text

    def carry_to_desk(self, *words: str) -> str:
        """Export inside, import at the desk; returns what the desk says."""
        before = set(self.root.stick.iterdir())
        self.root.run("khomo-intake", "export", "/media/stick")
        (bundle,) = set(self.root.stick.iterdir()) - before
        return self.stage.commands.look_up(
            "khomo-reviewer", "import", self.stage.shown(bundle), *words, *steps_desk.UNLOCK
        )

    def carry_back(self) -> None:
        """Fill the outbox at the desk, import inside."""
        before = set(self.root.stick.iterdir())
        self.stage.commands.look_up("khomo-reviewer", "outbox", "stick", *steps_desk.UNLOCK)
        (bundle,) = (path for path in set(self.root.stick.iterdir()) - before if "server" in path.name)
        self.root.run("khomo-intake", "import", f"/media/stick/{bundle.name}")

    def at_desk(self) -> str:
        """Return what the desk shows of all cases."""
        listed = json.loads(self.stage.commands.look_up("khomo-reviewer", "list", "--json", *steps_desk.UNLOCK))
        shown = [
            self.stage.commands.look_up("khomo-reviewer", "show", str(case["case"]), *steps_desk.UNLOCK)
            for case in listed["cases"]
        ]
        return "\n".join(shown)


@pytest.fixture(scope="module")
def pip_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pip")


@pytest.fixture(params=["bookworm", "trixie"])
def premises(
    request: pytest.FixtureRequest, private_tor: PrivateTor, pip_cache: Path, tmp_path: Path
) -> Iterator[Premises]:
    stage = Stage.build(tmp_path / "stage", Teller(StringIO()))
    stage.network = private_tor
    root = DebianRoot.boot(request.param, tmp_path / "debian", stage.machine("stick"), pip_cache)
    try:
        yield Premises(root, stage)
    finally:
        root.stop()
        root.take_disks()
        shutil.rmtree(root.folder)


def operators_folder(premises: Premises) -> None:
    """Put configuration and papers on the stick, as the desk hands them over."""
    steps_server.make_keys(premises.stage)
    stick, keys = premises.root.stick / "mine", premises.stage.machine("ceremony") / "keys"
    stick.mkdir()
    for paper in (keys / "public-bundle.note", keys / "root.pub", keys / "server" / "server.key"):
        shutil.copy2(paper, stick)
    text = CONFIG.format(sockets="/run/khomo", tor="/usr/bin/tor", additions=ONION)
    for key, path in INSTALLED_PATHS.items():
        text = re.sub(rf'^{key} = ".*"$', f'{key} = "{path}"', text, flags=re.MULTILINE)
    (stick / "config.toml").write_text(text)


def test_a_fresh_debian_becomes_a_server_that_can_be_lost_and_stands_again(premises: Premises) -> None:
    root, stage = premises.root, premises.stage
    operators_folder(premises)
    look_before(root)
    root.give_disk("/var/lib/khomo/store", STORE_MIB)  # as the operator guide advises
    said = root.install("/media/stick/mine/config.toml")
    assert "systemd does not run here" in said
    shutil.rmtree(root.stick / "mine")
    look_at_installation(root)
    assert "Nothing had to be done" in root.install()

    traces = {name: root.folder.with_name(f"{name}.trace") for name in CONFINED}
    address = premises.open_door(traces["khomo-intake"])
    first = premises.report(FIRST)
    for name in ("khomo-rewrite", "khomo-decoy"):
        root.run_unit(name, traces[name])
    steps_desk.make_vault(stage)
    premises.carry_to_desk()
    assert FIRST in premises.at_desk()
    premises.carry_back()
    letter = premises.read(first)
    second = premises.report(SECOND)  # not carried anywhere when the server is lost
    paper = json.loads(root.run("khomo-intake", "backup", "new-identity", "--json"))["identity"]
    root.run("khomo-intake", "backup", "write", "/media/stick")
    owners = root.run("find", "/var/lib/khomo/store", "!", "-user", "khomo")
    assert owners == "/var/lib/khomo/store/lost+found\n"  # the disk's own
    assert "There is a store at" in root.run(*RESTORE, code=1, feed=f"{paper}\n")
    root.stop()
    profile = Profile(root.folder, "khomo-intake")
    assert "/store/noise-" in traces["khomo-rewrite"].read_text()  # the file system's journal was turned over
    for name, trace in traces.items():
        assert profile.refused(deeds(trace.read_text(), root.folder, PROGRAM)) == [], name

    destroy(root)
    root.install("--for-restore")
    (root.stick / "paper").write_text(paper)
    assert "Restored." in root.run(*RESTORE, "--identity-file", "/media/stick/paper")
    root.install()
    assert premises.open_door() == address
    for codename in (first, second):  # a blank letter opens for nobody, until the desk has written again
        with pytest.raises(steps_source.PageError, match="do not open a box"):
            premises.read(codename)
    third = premises.report(THIRD)
    with pytest.raises(CommandFailedError, match="was restored from a backup"):
        premises.carry_to_desk()
    bundle = max(root.stick.glob("khomo-to-desk-*.bundle"), key=lambda path: path.stat().st_mtime_ns)
    stage.commands.look_up("khomo-reviewer", "import", stage.shown(bundle), "--confirm", *steps_desk.UNLOCK)
    seen = premises.at_desk()
    assert THIRD in seen
    assert SECOND not in seen
    premises.carry_back()
    assert premises.read(third)
    assert premises.read(first) == letter


def look_before(root: DebianRoot) -> None:
    """A dry run, an upgrade and a rollback on an empty machine change nothing."""
    root.install("--dry-run", "/media/stick/mine/config.toml")
    assert not root.at("/opt/khomo").exists()
    assert not root.at("/etc/khomo").exists()


def look_at_installation(root: DebianRoot) -> None:
    """What is there is what a server needs, and no more."""
    libraries = root.run("sh", "-c", "ls -d /opt/khomo/current/lib/python3*/site-packages/* | xargs -n 1 basename")
    there = {re.split(r"-\d", name)[0].lower().replace("_", "-") for name in libraries.split() if "dist-info" in name}
    assert there & names_in(BUILD_LOCK) <= names_in(INTAKE_LOCK)
    assert there - {"khomo"} <= names_in(INTAKE_LOCK)
    assert "opening" not in root.run("ls", *(_packages(root, "keys")))
    assert root.run("apparmor_parser", "-Q", "-K", "/etc/apparmor.d/khomo-intake") is not None
    assert root.run("stat", "-c", "%a %U %G", "/etc/khomo/server.key").split() == ["400", "khomo", "khomo"]
    assert root.run("stat", "-c", "%a %U %G", "/etc/khomo/config.toml").split() == ["640", "root", "khomo"]
    enabled = root.run(
        "systemctl", "is-enabled", "khomo-tor", "khomo-intake", "khomo-rewrite.timer", "khomo-decoy.timer"
    )
    assert enabled.split() == ["enabled"] * 4
    writable = root.run("find", "/opt/khomo", "!", "-user", "root", "-o", "-perm", "/022", "!", "-type", "l")
    assert writable == ""


def _packages(root: DebianRoot, name: str) -> list[str]:
    (folder,) = root.at("/opt/khomo/current/").resolve().parent.glob(f"*/lib/python3*/site-packages/{name}")
    return [f"/{folder.relative_to(root.folder)}"]


def destroy(root: DebianRoot) -> None:
    """Nothing of Khomo is left on the machine, but its packages."""
    root.install("--uninstall")
    assert root.at("/var/lib/khomo/store/current").is_symlink()
    assert not root.at("/opt/khomo").exists()
    root.take_disks()
    assert root.run("find", "/etc/systemd", "-name", "khomo*") == ""
    for folder in ("/var/lib/khomo", "/etc/khomo", "/run/khomo"):
        root.run("rm", "-r", folder)


@pytest.mark.parametrize("premises", ["bookworm"], indirect=True)
def test_an_upgrade_brings_the_store_forward_and_a_rollback_brings_it_back(premises: Premises, tmp_path: Path) -> None:
    root = premises.root
    operators_folder(premises)
    root.install("/media/stick/mine/config.toml")
    premises.open_door()
    premises.report(FIRST)
    root.stop()
    before = root.run("khomo-intake", "migrate", "--show")
    root.tree = newer_tree(tmp_path / "newer")
    assert "would: bringing" not in root.install("--dry-run")
    root.install()
    assert root.run("/opt/khomo/bin/khomo-intake", "--version").split()[-1] == "99.0"
    assert "9999" in root.run("khomo-intake", "migrate", "--show")
    premises.open_door()
    premises.report(SECOND)
    root.stop()
    root.install("--rollback")
    assert root.run("khomo-intake", "migrate", "--show") == before
    assert "bringing the store to 9999" in root.install("--rollback")
    assert "bringing the store to " in root.install("--rollback")
    assert root.run("khomo-intake", "migrate", "--show") == before
    assert root.run("/opt/khomo/bin/khomo-intake", "--version").split()[-1] != "99.0"
    premises.open_door()
    premises.report(THIRD)
    steps_desk.make_vault(premises.stage)
    premises.carry_to_desk()
    seen = premises.at_desk()
    assert [words for words in (FIRST, SECOND, THIRD) if words not in seen] == []
    root.stop()


NEWER = '''\
"""A step of a version that there is not yet."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make a table with something in it."""
    op.create_table("of_the_future", sa.Column("day", sa.Date(), primary_key=True))
    op.execute("INSERT INTO of_the_future VALUES ('2099-01-01')")


def downgrade() -> None:
    """Remove it."""
    op.drop_table("of_the_future")
'''


def newer_tree(folder: Path) -> Path:
    """Copy this tree and make a newer version of it, whose store has one step more."""
    names = ("keys", "intake", "reviewer", "caselog", "deploy", "requirements")
    for name in names:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, folder)
    version = folder / "keys" / "__init__.py"
    version.write_text(re.sub(r'__version__ = ".*"', '__version__ = "99.0"', version.read_text()))
    step = folder / "intake/store/migrations/versions/v9999_future.py"
    step.write_text(NEWER.format(newest=schemas()[0]))
    return folder
