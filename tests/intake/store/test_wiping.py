"""What is removed leaves no bytes behind, and nobody who reads is cut off."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from intake.store import Store, StoreUnusable, wiping
from intake.store.clearing import clear_away
from intake.store.layout import FreshNames, Generation, open_locked
from intake.store.settings import FILE_TIME
from intake.store.wiping import file_system, journal_bytes, overwrite, remove_wiped, turn_journal
from keys.sealing.limits import GIB, LETTER_BYTES, MIB
from keys.sealing.values import MailboxAddress, Sealed, new_row_id

if TYPE_CHECKING:
    from pathlib import Path

    from tests.intake.store.conftest import Sender


def test_a_removed_file_holds_zeros_for_whoever_still_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(secrets.token_bytes(3_000_000))
    with path.open("rb") as kept:
        remove_wiped(path)
        assert kept.read() == bytes(3_000_000)
    assert not path.exists()
    remove_wiped(path)


def test_overwriting_keeps_size_and_leaves_no_time(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"x" * 5000)
    with path.open("r+b") as file:
        overwrite(file.fileno())
    assert path.read_bytes() == bytes(5000)
    assert path.stat().st_mtime == FILE_TIME


def test_a_file_with_another_name_is_only_unlinked(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"kept")
    other.hardlink_to(one)
    remove_wiped(one)
    assert other.read_bytes() == b"kept"


def test_who_wipes_waits_for_who_reads(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"read to the end")
    wiping = threading.Thread(target=remove_wiped, args=(path,))
    with open_locked(path) as blob:
        wiping.start()
        wiping.join(0.1)
        assert wiping.is_alive()
        assert blob.read() == b"read to the end"
    wiping.join()
    assert not path.exists()


def test_a_blob_that_was_wiped_between_look_and_lock_counts_as_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"x")
    real = os.open

    def late(name: Path, flags: int) -> int:
        descriptor = real(name, flags)
        name.unlink()
        return descriptor

    monkeypatch.setattr("intake.store.layout.os.open", late)
    with pytest.raises(FileNotFoundError):
        open_locked(path)


def test_a_generation_whose_database_is_read_for_long_stays_until_the_next_night(
    store: Store, send: Sender, folder: Path
) -> None:
    row, _ = send.put(b"x")
    old = store.gate.current().files
    with closing(sqlite3.connect(old.database, isolation_level=None)) as reader:

        def read(_done: int, _all: int) -> None:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM submissions").fetchall()

        store.rewrite_night(read)
        [left] = folder.glob("removed-*")
        assert (left / "khomo.db").read_bytes()[:6] == b"SQLite"
    with store.gate.rewriting.held():
        assert clear_away(store.gate) == 1
    assert list(folder.glob("removed-*")) == []
    assert store.has_row(row)


def test_what_was_begun_to_be_overwritten_is_finished(store: Store, folder: Path) -> None:
    left = folder / "removed-0123456789abcdef"
    left.mkdir()
    (left / "khomo.db").write_bytes(bytes(4096) + b"not begun with")
    store.rewrite_night()
    assert not left.exists()


def test_names_of_the_day_tell_no_row_without_their_key(store: Store, send: Sender) -> None:
    row, _ = send.put(b"x")
    files = store.gate.current().files
    [blob] = files.fresh.iterdir()
    assert blob.name == files.names.of(row)
    assert blob.name != FreshNames(bytes(32)).of(row) != row.hex()
    key = files.names.key
    store.rewrite_night()
    assert store.gate.current().files.names.key != key


def test_a_key_that_was_not_finished_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "name.key.next").write_bytes(b"half")
    made = Generation(tmp_path)
    made.make_names()
    key = made.names.key
    assert len(key) == 32
    made.make_names()
    assert made.names.key == key
    assert [path.name for path in tmp_path.iterdir()] == ["name.key"]


def test_a_large_journal_is_cut_off_and_a_small_one_stays_as_zeros(store: Store) -> None:
    address = [MailboxAddress(secrets.token_bytes(16)) for _ in range(64)]
    journal = store.gate.current().files.database.with_name("khomo.db-journal")
    store.replace_letters([(one, Sealed(secrets.token_bytes(LETTER_BYTES))) for one in address])
    assert 0 < journal.stat().st_size <= MIB
    assert not journal.read_bytes().strip(b"\0")
    store.replace_letters([(one, Sealed(secrets.token_bytes(LETTER_BYTES))) for one in address])
    assert journal.stat().st_size == 0
    assert all(store.letter(one) is not None for one in address)


def test_a_journal_that_still_counts_is_left_alone(store: Store, send: Sender) -> None:
    send.put(b"x")
    database = store.gate.current().database
    hot = bytes.fromhex("d9d505f920a163d7") + b"pages"
    database._journal.write_bytes(hot)
    database._empty_journal()
    assert database.is_interrupted()
    assert database._journal.read_bytes() == hot
    database._journal.unlink()
    database._empty_journal()


def disk(monkeypatch: pytest.MonkeyPatch, blocks: int, free: int = 1 << 20) -> None:
    found = os.statvfs_result((4096, 4096, blocks, free, free, free, free, free, 0, 255))
    monkeypatch.setattr("intake.store.wiping.os.statvfs", lambda _path: found)


@pytest.mark.parametrize(
    ("disk_gib", "journal_mib"), [(0.05, 4), (0.5, 16), (10, 64), (25, 128), (40, 256), (100, 512), (500, 1024)]
)
def test_noise_is_as_much_as_ext4_gives_its_journal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, disk_gib: float, journal_mib: int
) -> None:
    disk(monkeypatch, int(disk_gib * GIB) // 4096)
    assert journal_bytes(tmp_path) == journal_mib * MIB


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - {kind} /dev/sda1 rw
30 22 0:25 / /proc rw,nosuid - proc proc rw
"""


@pytest.mark.parametrize("kind", ["ext4", "btrfs"])
def test_the_file_system_of_a_folder_is_read_from_the_mounts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    mounts = tmp_path / "mountinfo"
    device = tmp_path.stat().st_dev
    mounts.write_text(MOUNTS.format(kind=kind).replace("8:1", f"{os.major(device)}:{os.minor(device)}"))
    monkeypatch.setattr(wiping, "_MOUNTS", mounts)
    assert file_system(tmp_path) == kind


def test_a_file_system_that_no_mount_names_or_nobody_may_ask_for_is_not_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr(wiping, "_MOUNTS", mounts)
    assert file_system(tmp_path) == ""
    mounts.write_text(MOUNTS.format(kind="ext4").replace("8:1", "999:999"))
    assert file_system(tmp_path) == ""


def test_without_room_no_noise_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    disk(monkeypatch, 1 << 20, free=100)
    assert turn_journal(tmp_path, MIB) == 0
    assert list(tmp_path.iterdir()) == []


def test_noise_that_a_crash_left_is_removed_at_night(store: Store, folder: Path) -> None:
    left = folder / "noise-0123456789abcdef"
    left.mkdir()
    (left / "1").symlink_to("noise")
    store.rewrite_night()
    assert not left.exists()


def test_a_row_is_found_wherever_it_lies_and_another_is_not(store: Store, send: Sender) -> None:
    row, _ = send.put(b"x")
    files = store.gate.current().files
    assert files.find(row) == files.fresh / files.names.of(row)
    assert files.find(new_row_id()) is None
    with pytest.raises(StoreUnusable):
        store.open_blob(new_row_id())
