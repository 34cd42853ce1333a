from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest

from intake.courier.errors import BeforeRestoreError, CourierError, OtherBackupError
from intake.courier.line.parcels import Parcels
from intake.store import Store, StoreFull, StoreSettings
from intake.store.settings import HANDED_BYTES, WRITEBACK_BYTES
from keys.sealing.age import HybridIdentity
from keys.sealing.bundle import Fork, Gap, Replay, UnknownChain
from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.courier_line import PIECE_BYTES, padded_piece, piece_count
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.limits import COPY_BYTES, MIB
from keys.sealing.manifest import Acknowledgement
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Desk as DeskEntry
from keys.sealing.public_bundle import Epoch, PublicBundle
from keys.sealing.values import Sealed
from tests.intake.courier.conftest import Calendar, Desk, Server, new_address, new_letter

if TYPE_CHECKING:
    from pathlib import Path


def letters_of(server: Server, addresses: list[bytes]) -> list[object]:
    return [server.store.letter(address) for address in addresses]  # type: ignore[arg-type]


def test_every_letter_is_replaced_and_unknown_mailboxes_are_added(server: Server, desk: Desk) -> None:
    known, fictitious, unknown = new_address(), new_address(), new_address()
    untouched = new_letter()
    server.store.replace_letters([(known, new_letter()), (unknown, untouched)])
    letters = {known: new_letter(), fictitious: new_letter()}
    taken = server.importer().take_in(desk.write(letters))
    assert (taken.desk, taken.number, taken.letters, taken.repeated) == ("main", 1, 2, False)
    assert {address: server.store.letter(address) for address in letters} == letters
    assert server.store.letter(unknown) == untouched
    again = {address: new_letter() for address in letters}
    server.importer().take_in(desk.write(again))
    assert {address: server.store.letter(address) for address in letters} == again


def test_a_bundle_of_some_mebibytes_is_taken_in_whole(server: Server, desk: Desk) -> None:
    letters = {new_address(): new_letter() for _ in range(65)}
    path = desk.write(letters)
    assert 0 < path.stat().st_size % COPY_BYTES < HANDED_BYTES, "the last piece waits for more before it is written"
    assert server.importer().take_in(path).letters == 65
    assert {address: server.store.letter(address) for address in letters} == letters


@pytest.fixture
def flooded(server: Server) -> Server:
    """A server to which strangers have brought the files of a day, and texts for the rest of the disk."""
    server.put(b"x" * 18 * MIB)
    server.store.close()
    settings = StoreSettings(free_floor_bytes=1 << 50, day_bytes=20 * MIB, day_text_bytes=2 * MIB)
    server.store = Store(server.folder / "store", settings, server.calendar)
    with pytest.raises(StoreFull):
        server.store.check_room(0)
    return server


def test_what_strangers_have_brought_holds_no_letter_back(flooded: Server, desk: Desk) -> None:
    letters = {new_address(): new_letter() for _ in range(300)}
    newer = dataclasses.replace(flooded.world.bundle(), serial=flooded.world.bundle().serial + 1)
    path = desk.write(letters, public_bundle=newer.to_note(flooded.world.root).decode())
    assert path.stat().st_size > WRITEBACK_BYTES
    taken = flooded.importer().take_in(path)
    assert (taken.letters, taken.serial) == (300, newer.serial)
    assert {address: flooded.store.letter(address) for address in letters} == letters


def test_nor_over_the_line(flooded: Server, desk: Desk) -> None:
    content = desk.write({new_address(): new_letter() for _ in range(300)}).read_bytes()
    parcels = Parcels(flooded.store)
    assert parcels.announce(len(content), hashlib.sha256(content).hexdigest()) == 0
    for number in range(piece_count(len(content))):
        piece = content[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
        parcels.take(number, padded_piece(piece))
    with parcels.whole() as file:
        assert flooded.importer().take_in(file).letters == 300


def test_a_disk_without_room_for_a_bundle_says_so_and_takes_nothing(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = new_address()
    path = desk.write({address: new_letter()})
    monkeypatch.setattr(Store, "free_bytes", lambda _store: 2 * path.stat().st_size - 1)
    with pytest.raises(StoreFull, match="no room for this bundle"):
        server.importer().take_in(path)
    with pytest.raises(StoreFull, match="no room for this bundle"):
        Parcels(server.store).announce(path.stat().st_size, "00" * 32)
    assert server.store.letter(address) is None
    monkeypatch.setattr(Store, "free_bytes", lambda _store: 2 * path.stat().st_size)
    assert server.importer().take_in(path).letters == 1


def test_what_a_desk_sends_counts_for_no_share_of_a_day(server: Server) -> None:
    with server.store.incoming_from_desk() as upload:
        upload.write(bytes(3 * MIB))
        assert server.store._incoming.growing_bytes() == server.store._incoming.reserved_bytes() == 0


def test_an_acknowledgement_settles_what_the_desk_has(
    server: Server, desk: Desk, stick: Path, calendar: Calendar
) -> None:
    server.put(b"x")
    calendar.pass_days(1)
    desk.read(server.exporter.export(stick).path)
    late = server.put(b"late")
    taken = server.importer().take_in(desk.write())
    assert (taken.acknowledged, taken.waiting) == (1, 1)
    assert server.waiting() == {late}


def test_the_same_bundle_again_changes_nothing(server: Server, desk: Desk) -> None:
    address = new_address()
    path = desk.write({address: new_letter()})
    server.importer().take_in(path)
    newer = new_letter()
    server.store.replace_letters([(address, newer)])
    taken = server.importer().take_in(path)
    assert (taken.repeated, taken.letters) == (True, 0)
    assert server.store.letter(address) == newer


def test_an_old_bundle_is_refused(server: Server, desk: Desk) -> None:
    first = desk.write()
    server.importer().take_in(first)
    server.importer().take_in(desk.write())
    with pytest.raises(Replay, match="Take the newest bundle"):
        server.importer().take_in(first)


def test_a_gap_is_explained_and_can_be_confirmed(server: Server, desk: Desk) -> None:
    server.importer().take_in(desk.write())
    desk.write()
    address, letter = new_address(), new_letter()
    third = desk.write({address: letter})
    with pytest.raises(Gap, match=r"bundle 2 did not arrive.*--confirm"):
        server.importer().take_in(third)
    assert server.store.letter(address) is None
    assert server.importer().take_in(third, confirmed=True).number == 3
    assert server.store.letter(address) == letter


def test_a_desk_that_was_set_up_anew_needs_a_confirmation(server: Server, desk: Desk) -> None:
    server.importer().take_in(desk.write())
    desk.begin_chain()
    path = desk.write()
    with pytest.raises(UnknownChain, match="--confirm"):
        server.importer().take_in(path)
    assert server.importer().take_in(path, confirmed=True).number == 1
    assert server.importer().take_in(desk.write()).number == 2
    assert server.store.chains.incoming()["main"].former[0].number == 1


def test_a_fork_is_refused_even_if_confirmed(server: Server, desk: Desk) -> None:
    server.importer().take_in(desk.write())
    fork = desk.write({new_address(): new_letter()}, number=1, previous=None)
    with pytest.raises(Fork):
        server.importer().take_in(fork, confirmed=True)


def test_a_bundle_that_goes_to_a_desk_is_refused(server: Server, desk: Desk) -> None:
    desk.chain = ChainId.begin(desk.key.name, Direction.TO_DESK)
    with pytest.raises(FormatError, match="At the server, import a khomo-to-server"):
        server.importer().take_in(desk.write())


def test_a_bundle_by_a_stranger_is_refused(server: Server, desk: Desk, tmp_path: Path) -> None:
    stranger = Desk(SigningKey.generate("desk-one"), desk.server, tmp_path)
    with pytest.raises(SignatureError):
        server.importer().take_in(stranger.write())


def test_a_bundle_by_the_server_itself_is_refused_as_one_for_the_desk(server: Server, stick: Path) -> None:
    with pytest.raises(FormatError, match="This bundle is for the desk"):
        server.importer().take_in(server.exporter.export(stick).path)


def test_a_changed_or_cut_off_bundle_is_refused_and_changes_nothing(server: Server, desk: Desk) -> None:
    address = new_address()
    path = desk.write({address: new_letter()})
    whole = path.read_bytes()
    middle = len(whole) - 20_000
    for data in (whole[:-1], whole[: len(whole) // 2], whole[:middle] + b"?" + whole[middle + 1 :], whole + b"more"):
        path.write_bytes(data)
        with pytest.raises(FormatError):
            server.importer().take_in(path)
    assert server.store.letter(address) is None
    assert server.store.chains.incoming() == {}
    assert [file for file in server.store.gate.layout.incoming.rglob("*") if file.is_file()] == []


def test_a_blob_that_is_no_letter_is_refused_with_the_whole_bundle(server: Server, desk: Desk) -> None:
    good, bad = sorted((new_address(), new_address()))
    path = desk.write({good: new_letter(), bad: Sealed(b"short")})
    with pytest.raises(FormatError, match="not a letter"):
        server.importer().take_in(path)
    assert server.store.letter(good) is None


def test_an_acknowledgement_of_what_was_never_sent_shows_a_restored_server(
    server: Server, desk: Desk, stick: Path
) -> None:
    server.put(b"x")
    written = server.exporter.export(stick)
    desk.read(written.path)
    chain = server.store.chains.outgoing()
    assert chain is not None
    address, letter = new_address(), new_letter()
    path = desk.write({address: letter}, acknowledges=Acknowledgement(chain.chain, 9))
    with pytest.raises(OtherBackupError, match="--new-chain"):
        server.importer().take_in(path)
    server.exporter.begin_chain()
    with pytest.raises(BeforeRestoreError, match="--confirm"):
        server.importer().take_in(path)
    assert server.importer().take_in(path, confirmed=True).letters == 1
    assert server.store.letter(address) == letter
    assert len(server.waiting()) == 1


def test_an_import_before_the_first_export_is_fine(server: Server, desk: Desk) -> None:
    ours = ChainId.begin("server-one", Direction.TO_DESK)
    assert server.importer().take_in(desk.write(acknowledges=Acknowledgement(ours, 3))).acknowledged == 3


def renewed(server: Server, **changes: object) -> PublicBundle:
    return dataclasses.replace(server.world.bundle(), **{"serial": 2, "organisation": "New name", **changes})  # type: ignore[arg-type]


def test_a_newer_public_bundle_is_taken_in(server: Server, desk: Desk) -> None:
    note = renewed(server).to_note(server.world.root)
    taken = server.importer().take_in(desk.write(public_bundle=note.decode()))
    assert taken.serial == 2
    assert (server.folder / "public-bundle.note").read_bytes() == note


@pytest.mark.parametrize("serial", [1, 5])
def test_a_public_bundle_that_is_not_newer_is_left_aside(server: Server, desk: Desk, serial: int) -> None:
    note = server.world.bundle().to_note(server.world.root)
    before = (server.folder / "public-bundle.note").read_bytes()
    present = dataclasses.replace(server.world.bundle(), serial=serial)
    taken = server.importer(present).take_in(desk.write(public_bundle=note.decode()))
    assert (taken.serial, taken.repeated) == (None, False)
    assert (server.folder / "public-bundle.note").read_bytes() == before


def test_a_public_bundle_that_the_root_did_not_sign_stops_the_import(server: Server, desk: Desk) -> None:
    note = renewed(server).to_note(SigningKey.generate("root"))
    with pytest.raises(SignatureError):
        server.importer().take_in(desk.write(public_bundle=note.decode()))
    assert server.store.chains.incoming() == {}


def test_a_second_public_bundle_of_the_same_serial_stops_the_import(server: Server, desk: Desk) -> None:
    note = renewed(server, serial=1).to_note(server.world.root)
    with pytest.raises(Fork, match="two different public bundles"):
        server.importer().take_in(desk.write(public_bundle=note.decode()))


def second_desk(key: SigningKey, *, lost: bool = False) -> DeskEntry:
    epoch = Epoch("second-one", str(HybridIdentity.generate().recipient()), date(2020, 1, 1), date(2099, 1, 1))
    return DeskEntry("second", "Second desk", key.verify_key, (epoch,), lost=lost)


def test_rows_wait_for_every_desk_and_each_desk_has_its_own_chain(
    server: Server, desk: Desk, stick: Path, tmp_path: Path, calendar: Calendar
) -> None:
    other = Desk(SigningKey.generate("desk-two"), desk.server, tmp_path)
    both = dataclasses.replace(server.world.bundle(), desks=(*server.world.bundle().desks, second_desk(other.key)))
    row = server.put(b"x")
    calendar.pass_days(1)
    path = server.exporter.export(stick).path
    desk.read(path)
    other.read(path)
    server.importer(both).take_in(desk.write())
    assert server.waiting() == {row}
    assert server.importer(both).take_in(other.write()).desk == "second"
    assert server.waiting() == set()
    manifest = desk.read(server.exporter.export(stick).path).manifest
    assert manifest.acknowledges is None


def test_a_lost_desk_is_not_believed(server: Server, desk: Desk, tmp_path: Path) -> None:
    lost = Desk(SigningKey.generate("desk-two"), desk.server, tmp_path)
    bundle = dataclasses.replace(
        server.world.bundle(), desks=(*server.world.bundle().desks, second_desk(lost.key, lost=True))
    )
    with pytest.raises(SignatureError):
        server.importer(bundle).take_in(lost.write())


def test_a_desk_that_its_own_bundle_declares_lost_is_not_believed_any_more(server: Server, desk: Desk) -> None:
    [main] = server.world.bundle().desks
    newer = renewed(server, desks=(dataclasses.replace(main, lost=True),))
    note = newer.to_note(server.world.root)
    with pytest.raises(CourierError, match="declared lost"):
        server.importer().take_in(desk.write(public_bundle=note.decode()))


def test_what_is_not_there_or_no_file_is_explained(server: Server, stick: Path) -> None:
    with pytest.raises(CourierError, match="is not there"):
        server.importer().take_in(stick / "nothing")
    with pytest.raises(CourierError, match="is a folder"):
        server.importer().take_in(stick)
    (stick / "photo.jpg").write_bytes(b"a photo")
    with pytest.raises(FormatError, match="not a bundle"):
        server.importer().take_in(stick / "photo.jpg")


def test_a_stick_that_fails_while_it_is_read_is_explained(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.write()

    def fail(*_arguments: object) -> None:
        raise OSError(5, "injected")

    monkeypatch.setattr("pathlib.Path.open", fail)
    with pytest.raises(CourierError, match="EIO"):
        server.importer().take_in(path)


def test_progress_is_told_to_the_last_letter(server: Server, desk: Desk) -> None:
    path = desk.write({new_address(): new_letter() for _ in range(3)})
    told: list[tuple[str, int, int]] = []
    importer = server.importer()
    importer._progress = lambda *step: told.append(step)
    importer.take_in(path)
    assert ("copying", path.stat().st_size, path.stat().st_size) in told
    assert told[-1] == ("replacing", 3, 3)


KILLED_IMPORT = """
import os, sys
from unittest import mock
from intake.courier.commands import import_command
with mock.patch(sys.argv[3], lambda *_a: os._exit(9)):
    import_command(["--config", sys.argv[1], sys.argv[2]])
"""


@pytest.mark.parametrize("step", ["intake.store.chains._settle", "keys.sealing.bundle._check_layout"])
def test_a_killed_import_is_run_again(server: Server, desk: Desk, step: str) -> None:
    address, letter = new_address(), new_letter()
    path = desk.write({address: letter})
    command = [sys.executable, "-c", KILLED_IMPORT, str(server.config), str(path), step]
    assert subprocess.run(command, check=False).returncode == 9
    assert server.store.letter(address) is None
    assert server.importer().take_in(path).letters == 1
    assert server.store.letter(address) == letter
