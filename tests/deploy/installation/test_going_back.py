"""An upgrade that fails or disappoints is taken back; what is removed is the program, never what it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.installation import building, configuring, installing, store, switching, system
from deploy.installation.going_back import roll_back, uninstall
from deploy.installation.places import Places, Release
from deploy.installation.placing import Placed, placed_files
from deploy.installation.telling import RefusedError, Teller

if TYPE_CHECKING:
    from pathlib import Path

NEW_CONFIG, OLD_CONFIG = "new configuration", "old configuration"
PROFILE = "# a profile\n"


class Machine:
    """A machine on which release "two" follows release "one", with a store that "two" has brought forward."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places = Places(root)
        self.said: list[str] = []
        self.readable = {"one": {OLD_CONFIG}, "two": {NEW_CONFIG, OLD_CONFIG}}
        self.schema = "0002"
        monkeypatch.setattr(system, "PROFILE", root / "etc/apparmor.d/khomo-intake")
        monkeypatch.setattr(system, "start", lambda names, _teller, **_rest: self.said.append(f"start {names}"))
        monkeypatch.setattr(system, "run", lambda *words: self.said.append(" ".join(map(str, words))))
        monkeypatch.setattr(system, "_active", lambda _names: True)
        monkeypatch.setattr(configuring, "check", self._check)
        known = {"one": "0001", "two": "0002"}
        monkeypatch.setattr(store, "known_schema", lambda release, _config: known[release.name])
        monkeypatch.setattr(store, "knows", lambda release, _config, schema: schema <= known[release.name])
        monkeypatch.setattr(store, "stored_schema", lambda _release, _config: self.schema)
        monkeypatch.setattr(store, "bring_to", self._bring_to)
        self.one, self.two = self._release("one"), self._release("two")
        for release in (self.one, self.two):
            switching.switch(self.places, release)
        for file in placed_files(self.places, self.two.files):
            file.put()
        self.places.config.write_text(NEW_CONFIG)
        (self.places.state / "store").mkdir(parents=True)
        (self.places.state / "store" / "current").symlink_to("generation-1")

    def _release(self, name: str) -> Release:
        release = Release(self.places.releases / name)
        for folder, file, text in (
            ("systemd", f"khomo-{name}.service", "[Service]\n\n[Install]\nWantedBy=multi-user.target\n"),
            ("apparmor.d", "khomo-intake", f"{PROFILE}# {name}\n"),
        ):
            (release.files / folder).mkdir(parents=True)
            (release.files / folder / file).write_text(text)
        (release.files / "torrc").write_text(f"# {name}\n")
        release.done.touch()
        return release

    def _check(self, release: Release, config: Path, *_words: str) -> None:
        if config.read_text() not in self.readable[release.name]:
            raise RefusedError(f"{release.name} does not read {config.read_text()}")

    def _bring_to(self, release: Release, _config: Path, schema: str) -> None:
        self.said.append(f"{release.name} brings the store to {schema}")
        self.schema = schema


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_myself: None) -> Machine:
    return Machine(tmp_path / "root", monkeypatch)


def test_the_newer_release_brings_the_store_back_before_the_older_one_is_in_use(machine: Machine) -> None:
    machine.places.config.write_text(OLD_CONFIG)
    roll_back(machine.places, Teller())
    assert machine.said == [
        "systemctl stop khomo-two.service",
        "two brings the store to 0001",
        "start ['khomo-one.service']",
    ]
    assert switching.is_in_use(machine.places, machine.one)
    assert [path.name for path in machine.places.units.iterdir()] == ["khomo-one.service"]
    assert (machine.places.settings / "torrc").read_text() == "# one\n"
    assert machine.places.config.read_text() == OLD_CONFIG


def test_one_can_go_back_and_forth(machine: Machine) -> None:
    machine.places.config.write_text(OLD_CONFIG)
    roll_back(machine.places, Teller())
    roll_back(machine.places, Teller())
    assert switching.is_in_use(machine.places, machine.two)
    moved = [words for words in machine.said if "brings" in words]
    assert moved == ["two brings the store to 0001", "two brings the store to 0002"]


def test_a_configuration_that_the_older_release_cannot_read_gives_way_to_its_own(machine: Machine) -> None:
    machine.one.config.write_text(OLD_CONFIG)
    roll_back(machine.places, Teller())
    assert machine.places.config.read_text() == OLD_CONFIG
    assert machine.two.config.read_text() == NEW_CONFIG
    assert sorted(path.name for path in machine.places.settings.iterdir()) == ["config.toml", "torrc"]


@pytest.mark.parametrize("kept", [None, "something that nobody reads"])
def test_where_the_older_release_reads_no_configuration_nothing_is_stopped(machine: Machine, kept: str | None) -> None:
    if kept is not None:
        machine.one.config.write_text(kept)
    with pytest.raises(RefusedError, match="one does not read"):
        roll_back(machine.places, Teller())
    assert machine.said == []
    assert switching.is_in_use(machine.places, machine.two)
    assert machine.places.config.read_text() == NEW_CONFIG


def test_without_an_older_release_there_is_nothing_to_go_back_to(machine: Machine) -> None:
    machine.one.done.unlink()
    with pytest.raises(RefusedError, match="no previous release"):
        roll_back(machine.places, Teller())
    assert machine.said == []


@pytest.mark.parametrize("what", [roll_back, uninstall])
def test_a_dry_run_changes_nothing(machine: Machine, what: object, capsys: pytest.CaptureFixture[str]) -> None:
    machine.places.config.write_text(OLD_CONFIG)
    before = sorted(str(path) for path in machine.places.root.rglob("*"))
    what(machine.places, Teller(dry=True))  # type: ignore[operator]
    assert sorted(str(path) for path in machine.places.root.rglob("*")) == before
    assert [words for words in machine.said if not words.startswith("start ")] == []
    assert "nothing was changed" in capsys.readouterr().out


def test_the_store_keys_and_configuration_stay_when_the_program_goes(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    uninstall(machine.places, Teller())
    assert not machine.places.home.exists()
    assert not list(machine.places.units.iterdir())
    assert not machine.places.command.exists()
    assert machine.places.config.read_text() == NEW_CONFIG
    assert (machine.places.state / "store" / "current").is_symlink()
    assert "rm -r /var/lib/khomo /etc/khomo" in capsys.readouterr().out
    with pytest.raises(RefusedError, match="not installed here"):
        uninstall(machine.places, Teller())


def test_a_store_that_cannot_be_brought_forward_leaves_the_old_release_and_its_configuration(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = machine._release("three")
    machine.readable["three"] = {NEW_CONFIG, "newest"}
    given = configuring.Given(Placed(machine.places.config, b"newest"), ())
    monkeypatch.setattr(building, "release_of_tree", lambda _places: three)
    monkeypatch.setattr(building, "SERVER", three.files)
    monkeypatch.setattr(installing, "read_given", lambda _path, _places: given)
    monkeypatch.setattr(store, "known_schema", lambda _release, _config: "0003")
    monkeypatch.setattr(system, "bring_packages", lambda _teller: None)
    monkeypatch.setattr(system, "make_users_and_folders", lambda: None)

    def fail(*_all: object) -> None:
        raise RefusedError("the step to 0003 failed")

    monkeypatch.setattr(store, "bring_to", fail)
    with pytest.raises(RefusedError, match="0003 failed"):
        installing.install(machine.places, Teller(), tmp_path / "mine.toml", for_restore=False)
    assert machine.places.config.read_text() == NEW_CONFIG
    assert switching.is_in_use(machine.places, machine.two)
    assert [path.name for path in machine.places.units.iterdir()] == ["khomo-two.service"]
    assert machine.said == ["systemctl stop khomo-two.service", "start ['khomo-two.service']"]
