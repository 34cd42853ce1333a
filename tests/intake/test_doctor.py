from __future__ import annotations

import dataclasses
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from intake.doctor import Doctor
from intake.store import StoreSettings
from intake.store.settings import FILE_TIME
from intake.upkeep_commands import doctor_command
from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Policy
from tests.intake.upkeep import Premises
from tests.intake.world import TODAY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path)


def test_a_sound_server_is_sound(premises: Premises) -> None:
    premises.put()
    diagnosis = premises.diagnose()
    assert diagnosis.findings == ()
    assert diagnosis.exit_code == 0


def test_a_server_that_never_ran_has_no_store_yet(premises: Premises) -> None:
    assert premises.found() == [("store", "warning", False)]
    assert not (premises.folder / "store").exists()


def test_a_folder_that_is_no_store_yet_is_made_one(premises: Premises) -> None:
    (premises.folder / "store").mkdir(mode=0o700)
    assert premises.found() == []


def test_a_blob_without_a_row_is_an_orphan_and_is_removed_by_repair_only(premises: Premises) -> None:
    kept = premises.blob(premises.put())
    orphan = kept.with_name("ab" * 16)
    stray = kept.with_name("notes.txt")
    for path in (orphan, stray):
        path.write_bytes(b"x")
        path.chmod(0o600)
        os.utime(path, (315_532_800, 315_532_800))
    assert premises.found() == [("orphans", "warning", False)] * 2
    assert premises.diagnose().exit_code == 3
    assert premises.found(repair=True) == [("orphans", "warning", True)] * 2
    assert premises.diagnose().findings == ()
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize("damage", ["missing", "has another size", "has other content"])
def test_a_row_whose_blob_is_wrong_is_damage_that_no_repair_touches(premises: Premises, damage: str) -> None:
    row = premises.put(b"sealed")
    path = premises.blob(row)
    path.unlink()
    if damage == "has another size":
        path.write_bytes(b"seal")
    if damage == "has other content":
        path.write_bytes(b"SEALED")
    diagnosis = premises.diagnose(repair=True)
    [finding] = [one for one in diagnosis.findings if one.check == "rows"]
    assert row.hex() in finding.message
    assert damage in finding.message
    assert (finding.gravity, finding.repaired, diagnosis.exit_code) == ("damage", False, 4)
    with premises.open() as store:
        assert store.has_row(row)


def test_a_blob_that_the_disk_cannot_read_is_damage(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    premises.put()

    def fail(*_arguments: object) -> None:
        raise OSError(5, "injected")

    monkeypatch.setattr("intake.store.inspection.hashlib.file_digest", fail)
    [finding] = premises.diagnose().findings
    assert "cannot be read" in finding.message


def test_a_row_deleted_while_the_doctor_looks_is_no_damage(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    path = premises.blob(premises.put())
    path.unlink()
    monkeypatch.setattr("intake.store.store.Store.has_row", lambda _store, _row: False)
    assert premises.found() == []


def test_a_damaged_database_is_named(premises: Premises) -> None:
    with premises.open() as store:
        path = store.gate.current().database.path
    path.write_bytes(path.read_bytes()[:8192] + bytes(8192))
    assert [(one.check, one.gravity.value) for one in premises.diagnose().findings][-1] in {
        ("store", "damage"), ("database", "damage"),
    }  # fmt: skip
    assert premises.diagnose().exit_code == 4


def test_faults_that_only_the_integrity_check_sees_are_counted(premises: Premises) -> None:
    with premises.open() as store:
        path = store.gate.current().database.path
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("INSERT INTO mailboxes VALUES (?, ?)", (b"a" * 16, b"short"))
    connection.close()
    found = premises.diagnose().findings
    assert [one.check for one in found] == ["database", "letters"]
    assert "1 letter has not the size" in found[1].message


def test_what_a_dead_process_left_is_found_and_swept(premises: Premises) -> None:
    premises.put()
    left = premises.folder / "store" / "incoming" / "0123456789abcdef"
    left.mkdir(mode=0o700)
    (left / "upload").write_bytes(b"x")
    assert ("incoming", "warning", False) in premises.found()
    assert not left.exists()  # opening the store sweeps it, whoever opens it
    left.mkdir(mode=0o700)
    (left / "upload").write_bytes(b"x")
    assert premises.found(repair=True) == [("incoming", "warning", True)]


def test_an_empty_folder_of_a_process_that_is_gone_is_nothing_to_warn_of(premises: Premises) -> None:
    premises.put()
    left = premises.folder / "store" / "incoming" / "0123456789abcdef"
    left.mkdir(mode=0o700)
    assert premises.found() == []
    assert not left.exists()


def test_a_hot_journal_is_told_of_and_undone(premises: Premises) -> None:
    premises.put()
    with premises.open() as store:
        database = store.gate.current().database.path
    interrupt = f"""
import os, sqlite3
connection = sqlite3.connect({str(database)!r}, isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("PRAGMA journal_mode = PERSIST")
connection.execute("BEGIN")
for number in range(40):
    connection.execute("INSERT INTO mailboxes VALUES (?, zeroblob(32768))", (number.to_bytes(16, "big"),))
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", interrupt], check=False)
    assert premises.found() == [("journal", "warning", True)]
    assert premises.found() == []
    with premises.open() as store:
        assert store.letter(bytes(16)) is None  # type: ignore[arg-type]


def test_a_generation_left_by_a_crash_is_removed_by_repair(premises: Premises) -> None:
    premises.put()
    left = premises.folder / "store" / "generation-0123456789abcdef"
    left.mkdir(mode=0o700)
    assert premises.found() == [("generations", "warning", False)]
    assert premises.found(repair=True) == [("generations", "warning", True)]
    assert not left.exists()


def test_a_running_rewrite_is_left_alone(premises: Premises) -> None:
    premises.put()
    left = premises.folder / "store" / "generation-0123456789abcdef"
    left.mkdir(mode=0o700)
    with premises.open() as store, store.gate.rewriting.held():
        assert premises.found(repair=True) == []
    assert left.exists()


def test_modes_and_times_are_put_right(premises: Premises) -> None:
    path = premises.blob(premises.put())
    path.chmod(0o644)
    os.utime(path)
    assert premises.found() == [("modes", "warning", False), ("times", "warning", False)]
    assert premises.found(repair=True) == [("modes", "warning", True), ("times", "warning", True)]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mtime == 315_532_800


@pytest.mark.parametrize("half", [b"", b"half of"])
def test_a_copy_of_a_rewrite_that_died_is_found_and_removed_and_its_original_stays(
    premises: Premises, half: bytes
) -> None:
    row = premises.put(b"half of it")
    original = premises.blob(row)
    copy = original.parents[1] / "blobs" / row.hex()
    copy.touch(0o600)
    copy.write_bytes(half)
    os.utime(copy, (FILE_TIME, FILE_TIME))
    assert premises.found() == [("copies", "warning", False)]
    assert premises.found(repair=True) == [("copies", "warning", True)]
    assert premises.found() == []
    assert (premises.blob(row), original.read_bytes()) == (original, b"half of it")


def test_reports_that_wait_too_long_are_told_of(premises: Premises) -> None:
    premises.put()
    premises.pass_days(14)
    premises.rewrite()
    [finding] = premises.diagnose().findings
    assert finding.message == "Reports have been waiting for a desk for 14 days."


def test_an_onion_that_was_not_seen_for_days_is_told_of(premises: Premises) -> None:
    with premises.open() as store:
        store.note_published()
    premises.pass_days(2)
    assert premises.found() == []
    premises.pass_days(1)
    assert premises.found() == [("onion", "warning", False)]


def test_an_interrupted_export_is_told_of(premises: Premises) -> None:
    with premises.open() as store:
        store.chains.open_chain(ChainId.begin("server-one", Direction.TO_DESK))
    assert premises.found() == []
    with premises.open() as store:
        store.chains.begin_bundle(lambda _chain, _rows: (b"manifest", "head"))
    assert premises.found() == [("export", "warning", False)]
    with premises.open() as store:
        store.chains.finish_bundle(1)
    assert premises.found() == []


def test_a_clock_that_went_back_is_told_of(premises: Premises) -> None:
    premises.put()
    premises.pass_days(-1)
    [finding] = premises.diagnose().findings
    assert finding.check == "clock"
    assert "a report came on 2026-11-20" in finding.message


def test_a_public_bundle_from_the_future_shows_a_wrong_clock(premises: Premises) -> None:
    premises.put()
    premises.issue(issued=TODAY + timedelta(days=2))
    [finding] = premises.diagnose().findings
    assert (finding.check, finding.gravity) == ("clock", "damage")


def test_the_organisation_s_policy_says_when_a_waiting_report_is_told_of(premises: Premises) -> None:
    premises.put()
    premises.pass_days(2)
    premises.rewrite()
    for days, found in ((3, []), (2, [("health", "warning", False)])):
        premises.issue(policy=Policy(days_without_bundle=days))
        assert premises.found() == found


def test_epochs_that_end_or_have_ended_are_told_of(premises: Premises) -> None:
    premises.put()
    [desk] = premises.world.bundle().desks
    [epoch] = desk.epochs
    for days, found in ((31, []), (30, [("epoch", "warning", False)])):
        ending = dataclasses.replace(epoch, not_after=TODAY + timedelta(days=days))
        premises.issue(desks=(dataclasses.replace(desk, epochs=(ending,)),))
        assert premises.found() == found
    ended = dataclasses.replace(epoch, not_after=date(2026, 11, 1))
    premises.issue(desks=(dataclasses.replace(desk, epochs=(ended,)),))
    assert premises.found() == [("epoch", "damage", False)]


def test_a_public_bundle_with_a_wrong_signature_is_told_of(premises: Premises) -> None:
    premises.put()
    note = premises.world.bundle().to_note(SigningKey.generate("root"))
    (premises.folder / "public-bundle.note").write_bytes(note)
    assert premises.found() == [("papers", "damage", False)]


def test_a_full_disk_is_told_of(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    premises.put()
    monkeypatch.setattr("intake.store.store.Store.free_bytes", lambda _store: 0)
    assert premises.found() == [("health", "warning", False)]


def test_a_file_that_goes_away_while_modes_are_looked_at_is_no_matter(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    premises.put()
    real = os.lstat
    gone = threading.Event()

    def vanish(path: Path) -> os.stat_result:
        if path.name == "incoming" and not gone.is_set():
            gone.set()
            raise FileNotFoundError
        return real(path)

    monkeypatch.setattr("pathlib.Path.lstat", vanish)
    assert premises.found() == []
    assert gone.is_set()


def test_progress_is_told_to_the_last_byte(premises: Premises) -> None:
    premises.put(bytes(1000))
    told: list[tuple[str, int, int]] = []
    Doctor(premises.config, premises.today, progress=lambda *step: told.append(step)).diagnose()
    assert told == [("checking", 1000, 1000)]


def run(premises: Premises, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(doctor_command, ["--config", str(premises.config_file), *options])
    return result.exit_code, result.output


def test_the_command_says_that_all_is_well(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.upkeep_commands.utc_today", premises.today)
    premises.put()
    assert run(premises) == (0, "All is well.\n")
    assert run(premises, "--json") == (0, '{"findings": []}\n')


def test_the_command_exits_with_3_for_warnings_4_for_damage_and_0_once_repaired(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.upkeep_commands.utc_today", premises.today)
    path = premises.blob(premises.put())
    path.chmod(0o640)
    code, told = run(premises)
    assert code == 3
    assert told == f"warning: Others on this machine may look into {path}. Run: khomo-intake doctor --repair\n"
    assert run(premises, "--repair") == (0, f"repaired: Others on this machine may look into {path}.\n")
    path.unlink()
    assert run(premises)[0] == 4


def test_without_a_configuration_it_cannot_look(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor_command, ["--config", str(tmp_path / "none.toml")])
    assert result.exit_code == 1


def test_the_settings_of_the_configuration_reach_the_store(premises: Premises) -> None:
    with premises.open() as store:
        assert store.settings == StoreSettings(free_floor_bytes=64 << 20, warn_after_days=14)


def test_a_row_whose_file_is_lost_is_given_up_after_a_question(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.upkeep_commands.utc_today", premises.today)
    lost, kept = premises.put(), premises.put(b"other")
    premises.blob(lost).unlink()
    code, told = run(premises)
    assert code == 4
    assert f"khomo-intake doctor --forget-row {lost.hex()}" in told
    result = CliRunner().invoke(
        doctor_command, ["--config", str(premises.config_file), "--forget-row", lost.hex()], input="n\n"
    )
    assert result.exit_code == 1
    assert "its file is missing. The report in it is lost" in result.stderr
    with premises.open() as store:
        assert store.count() == 2
    code, told = run(premises, "--forget-row", lost.hex(), "--yes")
    assert code == 0
    assert told.endswith("All is well.\n")
    with premises.open() as store:
        assert [row.id for row in store.rows()] == [kept]


def test_what_is_left_of_a_file_goes_with_its_row(premises: Premises) -> None:
    row = premises.put()
    path = premises.blob(row)
    path.write_bytes(b"SEALED")
    assert run(premises, "--forget-row", row.hex(), "--yes")[0] == 0
    assert not path.exists()
    assert path.parent.stat().st_mtime == 315_532_800


@pytest.mark.parametrize(
    ("row", "code", "told"),
    [("ab" * 16, 1, "There is no row abab"), ("AB" * 16, 2, "32 hex digits"), ("../current", 2, "32 hex digits")],
)
def test_only_a_row_that_is_there_can_be_given_up(premises: Premises, row: str, code: int, told: str) -> None:
    premises.put()
    ended, output = run(premises, "--forget-row", row, "--yes")
    assert ended == code
    assert told in output


def test_a_row_whose_file_is_whole_is_not_given_up(premises: Premises) -> None:
    row = premises.put()
    code, told = run(premises, "--forget-row", row.hex(), "--yes")
    assert code == 1
    assert "is whole" in told
    with premises.open() as store:
        assert store.has_row(row)
