"""``khomo-intake status``: days and counts, and what a bundle carries of them to the desk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from intake.commands import main
from intake.config import load_config
from intake.courier import Exporter
from intake.server.acted import FILE_NAME
from intake.status import LIMIT_DAYS, take_status
from intake.store import Commit, NewRow, Store, StoreSettings
from intake.store.nights import note_failed
from keys.sealing.values import new_row_id
from tests.intake.world import CONFIG, TODAY, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from intake.status import Status


class Machine:
    """A server and its calendar."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.day = folder, TODAY
        (folder / "config.toml").write_text(CONFIG)
        self.world = World()
        self.world.write_papers(folder)
        self.config = load_config(folder / "config.toml")
        self.store = Store(folder / "store", StoreSettings(free_floor_bytes=0), lambda: self.day)

    def put(self) -> None:
        with self.store.incoming() as incoming:
            incoming.write(b"row")
            self.store.commit(Commit((NewRow(new_row_id(), incoming, 3, incoming.digest()),)))

    def look(self) -> Status:
        return take_status(self.config, self.store, self.world.bundle(), self.day)

    def said(self) -> str:
        return "\n".join(self.look().lines())

    def acted(self, **days: dict[str, int]) -> None:
        record = {"version": 1, "days": {day.replace("_", "-"): counts for day, counts in days.items()}}
        (self.folder / "store" / FILE_NAME).write_text(json.dumps(record))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.store.close()


def test_a_fresh_server_says_what_is_not_there_yet(machine: Machine) -> None:
    said = machine.said()
    for expected in ("none yet", "nothing for a desk", "no bundle yet", "none acted", "on 0 days of the last 30"):
        assert expected in said
    assert "couriers" not in said


def test_the_addresses_are_said(machine: Machine) -> None:
    for name in ("service", "courier"):
        (machine.folder / "tor" / name).mkdir(parents=True)
        (machine.folder / "tor" / name / "hostname").write_text(f"{name}.onion\n")
    assert "Address:     service.onion" in machine.said()
    assert "For couriers courier.onion" in machine.said()


def test_days_without_a_page_are_named_from_the_first_day_on(machine: Machine) -> None:
    for step in (0, 1, 3):
        machine.day = TODAY + timedelta(days=step)
        machine.store.note_published()
    machine.day = TODAY + timedelta(days=5)
    status = machine.look()
    assert status.reachable == 3
    assert status.unreachable == (TODAY + timedelta(days=2), TODAY + timedelta(days=4)), "today may still come"


def test_a_night_that_failed_or_is_overdue_stands_out(machine: Machine) -> None:
    assert "Rewritten:   never yet" in machine.said()
    machine.store.rewrite_night()
    assert f"Rewritten:   on {TODAY}" in machine.said()
    assert "ATTENTION" not in machine.said()
    machine.put()
    machine.day = TODAY + timedelta(days=2)
    assert f"ATTENTION:   The nightly rewrite has not run since {TODAY}." in machine.said()
    note_failed(machine.folder / "store", machine.day, "No room.")
    assert f"ATTENTION:   The nightly rewrite failed on {machine.day}: No room." in machine.said()
    health = Exporter(machine.store, machine.world.server_key).begin().manifest.health
    assert health is not None
    assert [one for one in health.warnings if "No room." in one]


def test_what_waits_and_what_was_carried_is_counted(machine: Machine, tmp_path: Path) -> None:
    machine.put()
    assert "Waiting:     1 row for a desk, the oldest since today" in machine.said()
    machine.day = TODAY + timedelta(days=3)
    assert "Waiting:     1 row for a desk, the oldest for 3 days" in machine.said()
    (tmp_path / "stick").mkdir()
    Exporter(machine.store, machine.world.server_key).export(tmp_path / "stick")
    status = machine.look()
    assert (status.last_bundle, status.emptied) == (1, {})
    assert "our last bundle is 1" in machine.said()
    assert "no desk has acknowledged one" in machine.said()


def test_limits_of_the_last_week_are_told_and_older_ones_are_not(machine: Machine) -> None:
    old = (TODAY - timedelta(days=LIMIT_DAYS + 1)).isoformat().replace("-", "_")
    new = (TODAY - timedelta(days=1)).isoformat().replace("-", "_")
    machine.acted(**{old: {"malformed": 1000}, new: {"malformed": 2, "too-slow": 1}})
    assert machine.look().limits == {"malformed": 2, "too-slow": 1}
    assert "2 requests that are not HTTP were refused; 1 connections" in machine.said()


def test_a_bundle_tells_the_desk_which_limits_acted(machine: Machine) -> None:
    yesterday = (TODAY - timedelta(days=1)).isoformat().replace("-", "_")
    machine.acted(**{yesterday: {"malformed": 2}})
    offered = Exporter(machine.store, machine.world.server_key).begin()
    assert offered.manifest.health is not None
    assert "Since the last bundle: 2 requests that are not HTTP were refused." in offered.manifest.health.warnings


def test_the_last_day_of_a_desks_keys_is_said(machine: Machine) -> None:
    assert "the desk main can be written to until 2099-01-01" in machine.said()
    desk = machine.world.bundle().desks[0]
    without = replace(machine.world.bundle(), desks=(replace(desk, epochs=()),))
    assert take_status(machine.config, machine.store, without, TODAY).epochs == {}


def run(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["status", "--config", str(folder / "config.toml"), *options])


def test_the_command_says_it_to_people_and_to_scripts(machine: Machine) -> None:
    machine.store.close()
    said = run(machine.folder)
    assert said.exit_code == 0, said.output
    assert "Space:" in said.stdout
    answer = json.loads(run(machine.folder, "--json").stdout)
    assert answer["waiting"] == 0
    assert answer["epochs"] == {"main": "2099-01-01"}


def test_without_papers_it_says_why(machine: Machine) -> None:
    (machine.folder / "public-bundle.note").unlink()
    assert run(machine.folder).exit_code == 1
