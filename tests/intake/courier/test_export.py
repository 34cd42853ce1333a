from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import keys
from intake.courier.errors import CourierError
from intake.store import StoreBusy
from intake.store.giving_up import give_up, look_at_row
from keys.sealing.bundle import Fork, RestoredChain, UnknownChain, UntrustedBundle
from keys.sealing.chain_position import ChainPosition
from keys.sealing.errors import FormatError
from keys.sealing.manifest import Acknowledgement, Manifest
from keys.sealing.notes import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from keys.sealing.values import RowId
    from tests.intake.courier.conftest import Calendar, Desk, Server


def test_a_bundle_carries_every_waiting_row_and_the_desk_reads_it(server: Server, desk: Desk, stick: Path) -> None:
    rows = {server.put(data).hex(): data for data in (b"one", b"two", bytes(100_000))}
    written = server.exporter.export(stick)
    bundle = desk.read(written.path)
    assert desk.rows == rows
    assert (written.number, written.rows, written.repeated, written.left_out) == (1, 3, False, 0)
    assert written.size == written.path.stat().st_size
    assert written.head == bundle.digest
    assert written.path.parent == stick


def test_an_empty_bundle_is_a_sign_of_life(server: Server, desk: Desk, stick: Path) -> None:
    assert desk.read(server.exporter.export(stick).path).manifest.blobs == ()


def test_health_travels_along(server: Server, desk: Desk, stick: Path, calendar: Calendar) -> None:
    server.store.note_published()
    health = desk.read(server.exporter.export(stick).path).manifest.health
    assert health is not None
    assert (health.published_days, health.version, health.warnings) == (1, keys.__version__, ())
    assert health.free_bytes > 0
    server.put(b"x")
    for _ in range(14):
        calendar.pass_days(1)
        server.store.note_published()
        server.store.rewrite_night()
    health = desk.read(server.exporter.export(stick).path).manifest.health
    assert health is not None
    assert health.published_days == 14
    assert health.warnings == ("Reports have been waiting for a desk for 14 days.",)


def test_bundles_follow_each_other_and_repeat_what_is_not_acknowledged(
    server: Server, desk: Desk, stick: Path, calendar: Calendar
) -> None:
    first = server.put(b"1")
    desk.read(server.exporter.export(stick).path)
    second = server.put(b"2")
    bundle = desk.read(server.exporter.export(stick).path)
    assert {entry.id for entry in bundle.manifest.blobs} == {first.hex(), second.hex()}
    server.importer().take_in(desk.write())
    calendar.pass_days(1)
    bundle = desk.read(server.exporter.export(stick).path)
    assert {entry.id for entry in bundle.manifest.blobs} == {first.hex(), second.hex()}
    server.importer().take_in(desk.write())
    bundle = desk.read(server.exporter.export(stick).path)
    assert bundle.manifest.blobs == ()
    assert bundle.manifest.acknowledges == Acknowledgement(desk.chain, 2)


def test_a_file_name_can_be_given(server: Server, desk: Desk, stick: Path) -> None:
    assert server.exporter.export(stick / "mine.bundle").path == stick / "mine.bundle"


class Unplugged(BaseException):
    """The stick is gone."""


def interrupt(server: Server, stick: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def unplug(*_arguments: object, **_named: object) -> None:
        raise Unplugged

    with monkeypatch.context() as patch:
        patch.setattr(step, unplug)
        with pytest.raises(Unplugged):
            server.exporter.export(stick)


STEPS = [
    "intake.courier.exporting.write_bundle",
    "keys.sealing.bundle._read_back",
    "intake.store.chains.Chains.finish_bundle",
]


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_export_is_made_again_with_the_same_manifest(
    server: Server, desk: Desk, stick: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = server.put(b"1")
    interrupt(server, stick, monkeypatch, step)
    begun = server.store.chains.outgoing()
    assert begun is not None
    assert not begun.complete
    server.put(b"came later")
    written = server.exporter.export(stick)
    assert (written.number, written.head, written.repeated) == (1, begun.head, True)
    desk.read(written.path)
    assert set(desk.rows) == {first.hex()}
    assert [path.name for path in stick.iterdir()] == [written.path.name]
    desk.read(server.exporter.export(stick).path)
    assert len(desk.rows) == 2


def test_what_a_killed_export_left_on_the_stick_is_removed(server: Server, stick: Path) -> None:
    (stick / ".partial-0123").write_bytes(b"half a bundle")
    written = server.exporter.export(stick)
    assert list(stick.iterdir()) == [written.path]


def test_a_name_that_is_taken_by_something_else_is_left_alone(server: Server, stick: Path) -> None:
    (stick / "mine.bundle").write_bytes(b"a photo")
    with pytest.raises(CourierError, match="is another file"):
        server.exporter.export(stick / "mine.bundle")
    assert (stick / "mine.bundle").read_bytes() == b"a photo"
    assert server.store.chains.outgoing() is None
    assert server.exporter.export(stick / "other.bundle").number == 1


def test_an_interrupted_bundle_is_not_written_over_another_file(
    server: Server, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(server, stick, monkeypatch, STEPS[0])
    (stick / "mine.bundle").write_bytes(b"a photo")
    with pytest.raises(CourierError, match="is another file"):
        server.exporter.export(stick / "mine.bundle")
    assert (stick / "mine.bundle").read_bytes() == b"a photo"


UNUSABLE = {
    "a name without the ending": ("nope", "is not a folder. Mount the stick and name its folder."),
    "a file": ("file", "is not a folder."),
    "a name in a folder that is not there": ("nowhere/mine.bundle", "is not a folder."),
    "a name below a file": ("file/mine.bundle", "is not a folder."),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_nothing_is_written_or_numbered_for_a_destination_that_cannot_be_used(
    server: Server, stick: Path, case: str
) -> None:
    server.put(b"x")
    (stick / "file").write_bytes(b"")
    name, words = UNUSABLE[case]
    with pytest.raises(CourierError, match=words):
        server.exporter.export(stick / name)
    assert server.store.chains.outgoing() is None
    assert [path.name for path in stick.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_numbered(
    server: Server, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_named: object) -> None:
        raise OSError(errno.EROFS, "injected")

    monkeypatch.setattr("intake.courier.destination.tempfile.NamedTemporaryFile", fail)
    with pytest.raises(CourierError, match="write protection"):
        server.exporter.export(stick)
    assert server.store.chains.outgoing() is None


def test_the_last_bundle_can_be_written_again_byte_for_byte(server: Server, stick: Path) -> None:
    server.put(b"x")
    first = server.exporter.export(stick / "first.bundle")
    server.put(b"y")
    again = server.exporter.export_again(stick / "again.bundle")
    assert (again.number, again.repeated) == (1, True)
    assert again.path.read_bytes() == first.path.read_bytes()


def test_after_the_night_the_last_bundle_cannot_be_written_again_and_nothing_is_lost(
    server: Server, desk: Desk, stick: Path
) -> None:
    row = server.put(b"x")
    server.exporter.export(stick / "lost.bundle")
    server.store.rewrite_night()
    for write in (server.exporter.export_again, server.exporter.export_manifest):
        with pytest.raises(CourierError, match="bundle 1 carried was forgotten at night"):
            write(stick)
    server.exporter.export(stick / "next.bundle")
    with pytest.raises(UnknownChain):
        desk.read(stick / "next.bundle")
    found = UntrustedBundle(stick / "next.bundle").verify([server.world.server_key.verify_key])
    assert [entry.id for entry in found.manifest.blobs] == [row.hex()]


def test_before_the_first_bundle_there_is_nothing_to_write_again(server: Server, stick: Path) -> None:
    with pytest.raises(CourierError, match="Nothing has been exported"):
        server.exporter.export_again(stick)
    with pytest.raises(CourierError, match="Nothing has been exported"):
        server.exporter.export_manifest(stick)


def test_the_manifest_alone_is_what_stands_in_the_bundle(server: Server, stick: Path) -> None:
    row = server.put(b"x")
    bundle = UntrustedBundle(server.exporter.export(stick).path).verify([server.world.server_key.verify_key])
    written = server.exporter.export_manifest(stick)
    assert written.path.read_bytes() == bundle.note
    manifest = Manifest.from_note(written.path.read_bytes(), [server.world.server_key.verify_key])
    assert [entry.id for entry in manifest.blobs] == [row.hex()]
    assert server.exporter.export_manifest(stick) == written
    (stick / "other.manifest").write_bytes(b"other")
    with pytest.raises(CourierError, match="there already"):
        server.exporter.export_manifest(stick / "other.manifest")


def test_a_restored_server_begins_a_chain_that_names_the_last_known_head(
    server: Server, desk: Desk, stick: Path
) -> None:
    row = server.put(b"x")
    last = server.exporter.export(stick)
    desk.read(last.path)
    server.exporter.begin_chain()
    for number in (1, 2):
        manifest = (
            UntrustedBundle(server.exporter.export(stick).path).verify([server.world.server_key.verify_key]).manifest
        )
        assert manifest.number == number
        assert manifest.resumes is not None
        assert (manifest.resumes.number, manifest.resumes.head) == (1, last.head)
        assert [entry.id for entry in manifest.blobs] == [row.hex()]
    with pytest.raises(RestoredChain, match="restored from a backup"):
        desk.read(max(stick.iterdir(), key=os.path.getmtime))


def test_a_server_that_goes_on_from_a_backup_without_saying_so_is_found_out(
    server: Server, desk: Desk, stick: Path, tmp_path: Path
) -> None:
    desk.read(server.exporter.export(stick).path)
    server.store.close()
    subprocess.run(["cp", "-a", server.folder / "store", tmp_path / "backup"], check=True)
    server.open()
    server.put(b"x")
    desk.read(server.exporter.export(stick).path)
    server.store.close()
    subprocess.run(["rm", "-r", server.folder / "store"], check=True)
    subprocess.run(["mv", tmp_path / "backup", server.folder / "store"], check=True)
    server.open()
    server.put(b"y")
    with pytest.raises(Fork, match="two different bundles"):
        desk.read(server.exporter.export(stick / "after-restore.bundle").path)


def test_a_server_with_a_new_key_is_told_to_begin_a_new_chain(server: Server, stick: Path) -> None:
    server.exporter.export(stick)
    other = type(server.exporter)(server.store, SigningKey.generate("server-two"))
    with pytest.raises(CourierError, match="--new-chain"):
        other.export(stick)
    other.begin_chain()
    assert other.export(stick).number == 1


DAMAGES: dict[str, Callable[[Path], object]] = {
    "other bytes": lambda path: path.write_bytes(b"BAD ONE"),
    "missing": lambda path: path.unlink(),
    "shorter": lambda path: os.truncate(path, 3),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_stays_is_reported_and_is_not_acknowledged(
    server: Server, desk: Desk, stick: Path, damage: str, calendar: Calendar
) -> None:
    good, bad = server.put(b"good"), server.put(b"bad one")
    calendar.pass_days(1)
    path = server.store.gate.current().files.find(bad)
    assert path is not None
    content = path.read_bytes()
    DAMAGES[damage](path)
    written = server.exporter.export(stick)
    bundle = desk.read(written.path)
    assert written.left_out == 1
    assert [entry.id for entry in bundle.manifest.blobs] == [good.hex()]
    assert bundle.manifest.left_out == (bad.hex(),)
    assert bundle.manifest.health is not None
    assert bundle.manifest.health.warnings == ("1 row could not be exported: damaged on the disk.",)
    server.importer().take_in(desk.write())
    assert server.waiting() == {bad}
    path.write_bytes(content)
    assert desk.read(server.exporter.export(stick).path).manifest.left_out == ()
    assert set(desk.rows) == {good.hex(), bad.hex()}


def test_rows_still_here_travel_again_when_a_desk_has_lost_them(
    server: Server, desk: Desk, stick: Path, calendar: Calendar
) -> None:
    row = server.put(b"x")
    calendar.pass_days(1)
    desk.read(server.exporter.export(stick).path)
    server.importer().take_in(desk.write())
    assert server.waiting() == set()
    server.exporter.resend()
    assert [entry.id for entry in desk.read(server.exporter.export(stick).path).manifest.blobs] == [row.hex()]


def test_two_exports_at_once_are_refused(server: Server, stick: Path) -> None:
    with server.store.gate.exporting.held(), pytest.raises(StoreBusy):
        server.exporter.export(stick)


def test_a_rewrite_between_manifest_and_bundle_does_no_harm(
    server: Server, desk: Desk, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(b"x")
    interrupt(server, stick, monkeypatch, "intake.courier.exporting.write_bundle")
    server.store.rewrite_night()
    desk.read(server.exporter.export(stick).path)
    assert list(desk.rows.values()) == [b"x"]


def test_a_stick_without_room_is_told_before_anything_is_written(
    server: Server, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(b"x")
    real = os.statvfs

    def full(path: object) -> object:
        found = real(path)  # type: ignore[arg-type]
        return os.statvfs_result((found.f_bsize, found.f_frsize, 0, 0, 0, 0, 0, 0, 0, 255))

    monkeypatch.setattr("intake.courier.destination.os.statvfs", full)
    with pytest.raises(CourierError, match=f"needs 1 MB, and {stick} has 0 MB free. Take a larger"):
        server.exporter.export(stick)
    with pytest.raises(CourierError, match="needs 1 MB"):
        server.exporter.check(stick)
    assert list(stick.iterdir()) == []
    assert server.store.chains.outgoing() is None


@pytest.mark.parametrize(
    ("code", "words"), [(28, "larger stick"), (27, "exFAT"), (30, "write protection"), (13, "Mount it"), (5, "EIO")]
)
def test_what_the_medium_answers_is_explained(
    server: Server, stick: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(code, "injected")

    monkeypatch.setattr("intake.courier.exporting.write_bundle", fail)
    with pytest.raises(CourierError, match=words):
        server.exporter.export(stick)


def test_progress_is_told_to_the_last_byte(server: Server, stick: Path) -> None:
    server.put(bytes(1000))
    server.put(bytes(500))
    told: list[tuple[str, int, int]] = []
    type(server.exporter)(server.store, server.world.server_key, lambda *step: told.append(step)).export(stick)
    assert ("checking", 1500, 1500) in told
    assert told[-1] == ("writing", 1500, 1500)


def test_a_row_that_breaks_between_check_and_copy_costs_a_number_and_nothing_else(
    server: Server, desk: Desk, stick: Path, monkeypatch: pytest.MonkeyPatch, calendar: Calendar
) -> None:
    row, other = server.put(b"x"), server.put(b"other")
    calendar.pass_days(1)
    path = server.store.gate.current().files.find(row)
    assert path is not None
    with monkeypatch.context() as patch:
        patch.setattr("intake.courier.exporting._is_whole", lambda _store, _row: True)
        path.write_bytes(b"y")
        with pytest.raises(FormatError, match="not the one in the manifest"):
            server.exporter.export(stick)
    assert list(stick.iterdir()) == []
    written = server.exporter.export(stick)
    assert (written.number, written.left_out, written.repeated) == (2, 1, False)
    desk.seen = ChainPosition(server.exporter._chain().chain, 2, written.head)
    server.importer().take_in(desk.write())
    assert server.waiting() == {row}
    assert server.store.has_row(other)


KILLED_EXPORT = """
import os, sys
from pathlib import Path
from click.testing import CliRunner
from unittest import mock
from intake.courier.commands import export_command
with mock.patch("keys.sealing.bundle._read_back", lambda *_a: os._exit(9)):
    export_command(["--config", sys.argv[1], sys.argv[2]])
"""


def test_a_killed_export_is_made_again(server: Server, desk: Desk, stick: Path) -> None:
    server.put(b"x")
    command = [sys.executable, "-c", KILLED_EXPORT, str(server.config), str(stick)]
    assert subprocess.run(command, check=False).returncode == 9
    assert [path.name[:9] for path in stick.iterdir()] == [".partial-"]
    written = server.exporter.export(stick)
    assert written.repeated
    desk.read(written.path)
    assert list(stick.iterdir()) == [written.path]


def lose(server: Server, row: RowId) -> bool:
    """Lose a row's file, and give the row up; returns whether every desk has it."""
    path = server.store.gate.current().files.find(row)
    assert path is not None
    path.unlink()
    found = look_at_row(server.store, row)
    give_up(server.store, found)
    return found.delivered


def warnings_of(desk: Desk, path: Path) -> tuple[str, ...]:
    health = desk.read(path).manifest.health
    assert health is not None
    return health.warnings


def test_a_row_that_was_given_up_is_told_of_until_the_desk_knows(
    server: Server, desk: Desk, stick: Path, calendar: Calendar
) -> None:
    row = server.put(b"1")
    calendar.pass_days(1)
    assert not lose(server, row)
    told = (f"Row {row.hex()} of 2026-11-20 is lost: its file is gone, and it was given up.",)
    assert warnings_of(desk, server.exporter.export(stick).path) == told
    server.importer().take_in(desk.write())
    assert warnings_of(desk, server.exporter.export(stick).path) == told
    calendar.pass_days(1)
    assert warnings_of(desk, server.exporter.export(stick).path) == told
    server.importer().take_in(desk.write())
    assert warnings_of(desk, server.exporter.export(stick).path) == ()


def test_after_a_restore_a_lost_row_is_told_of_again(server: Server, stick: Path) -> None:
    row = server.put(b"1")
    lose(server, row)
    server.exporter.export(stick)
    server.exporter.begin_chain()
    path = server.exporter.export(stick).path
    health = UntrustedBundle(path).verify([server.world.server_key.verify_key]).manifest.health
    assert health is not None
    assert row.hex() in health.warnings[0]


def test_of_a_row_that_every_desk_has_nothing_is_lost(
    server: Server, desk: Desk, stick: Path, calendar: Calendar
) -> None:
    row = server.put(b"1")
    calendar.pass_days(1)
    desk.read(server.exporter.export(stick).path)
    server.importer().take_in(desk.write())
    assert lose(server, row)
    assert warnings_of(desk, server.exporter.export(stick).path) == ()


def test_an_interrupted_export_of_a_row_that_was_given_up_leaves_its_number_out(
    server: Server, desk: Desk, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = server.put(b"1")
    interrupt(server, stick, monkeypatch, STEPS[0])
    lose(server, row)
    written = server.exporter.export(stick)
    assert (written.number, written.rows, written.repeated) == (2, 0, False)
    with pytest.raises(UnknownChain):
        desk.read(written.path)
