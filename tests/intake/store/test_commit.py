from __future__ import annotations

import gc
import hashlib
import secrets
import sqlite3
import stat
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from intake.store import (
    AlreadyThere,
    Commit,
    Committed,
    NewRow,
    Store,
    StoreBusy,
    StoreFull,
    StoreSettings,
    StoreUnusable,
)
from intake.store.layout import open_locked
from intake.store.settings import FILE_TIME
from keys.sealing.atomic import sync_folder
from keys.sealing.errors import FormatError
from keys.sealing.values import MailboxAddress, RowId, Sealed, new_row_id
from tests.intake.store.conftest import Sender

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.intake.store.conftest import Calendar

    MakeLetter = Callable[[], tuple[MailboxAddress, Sealed]]


def blobs(store: Store) -> dict[str, bytes]:
    """Return what lies in `fresh` and `blobs`, by the name of its row where there is one."""
    files = store.gate.current().files
    names = files.names.rows(row.id for row in store.rows())
    found = {path.name: path.read_bytes() for path in files.present()}
    return {names[name].hex() if name in names else name: data for name, data in found.items()}


def wait_for_queue(store: Store, length: int) -> None:
    deadline = time.monotonic() + 10
    while store._committer._queue.qsize() < length:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_committed_row_and_its_letter_are_there(
    store: Store, send: Sender, letter: MakeLetter, calendar: Calendar
) -> None:
    address, sealed = letter()
    row, outcome = send.put(b"sealed bytes", letters=((address, sealed),))
    assert outcome == Committed()
    assert store.letter(address) == sealed
    [stored] = store.unacknowledged()
    assert (stored.id, stored.day, stored.size) == (row, calendar.day, 12)
    assert stored.sha256 == hashlib.sha256(b"sealed bytes").hexdigest()
    with store.open_blob(row) as blob:
        assert blob.read() == b"sealed bytes"
    assert store.count() == 1


def test_a_blob_is_named_for_its_row_only_after_the_night_private_and_of_no_time(store: Store, send: Sender) -> None:
    row, _ = send.put(b"x")
    path = store.gate.current().files.find(row)
    assert path is not None
    assert (len(path.name), path.name == row.hex()) == (32, False)
    store.rewrite_night()
    path = store.gate.current().files.find(row)
    assert path is not None
    found = path.stat()
    assert path.name == row.hex()
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_mtime == FILE_TIME


def test_reading_a_blob_leaves_no_access_time(store: Store, send: Sender) -> None:
    row, _ = send.put(b"x")
    with store.open_blob(row) as blob:
        blob.read()
    path = store.gate.current().files.find(row)
    assert path is not None
    assert path.stat().st_atime == FILE_TIME


def test_the_same_row_again_is_already_there_and_changes_nothing(
    store: Store, send: Sender, letter: MakeLetter
) -> None:
    address, sealed = letter()
    row, _ = send.put(b"first", letters=((address, sealed),))
    other = letter()
    assert send.put(b"second", row, (other, (address, letter()[1])))[1] == AlreadyThere()
    assert blobs(store) == {row.hex(): b"first"}
    assert store.letter(address) == sealed
    assert store.letter(other[0]) is None


def test_of_two_rows_the_one_that_is_new_goes_in(store: Store, send: Sender) -> None:
    old, _ = send.put(b"old")
    new = new_row_id()
    with store.incoming() as first, store.incoming() as second:
        first.write(b"again")
        second.write(b"new")
        digest = "00" * 32
        assert store.commit(Commit((NewRow(old, first, 5, digest), NewRow(new, second, 3, digest)))) == Committed()
    assert blobs(store) == {old.hex(): b"old", new.hex(): b"new"}


def test_the_same_row_many_times_at_once_is_committed_once(store: Store, send: Sender) -> None:
    row = new_row_id()
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda _: send.put(b"once", row)[1], range(32)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyThere"] * 31 + ["Committed"]
    assert blobs(store) == {row.hex(): b"once"}


def test_intake_never_overwrites_a_letter(store: Store, letter: MakeLetter) -> None:
    address, sealed = letter()
    store.replace_letters([(address, sealed)])
    assert store.commit(Commit(letters=((address, letter()[1]),))) == Committed()
    assert store.letter(address) == sealed


def test_a_desk_replaces_letters_and_adds_unknown_ones(store: Store, letter: MakeLetter) -> None:
    first, second = letter(), letter()
    store.commit(Commit(letters=(first,)))
    newer = letter()[1]
    assert store.replace_letters([(first[0], newer), second]) == 2
    assert store.letter(first[0]) == newer
    assert store.letter(second[0]) == second[1]


def test_a_letter_of_another_size_is_refused(store: Store, letter: MakeLetter) -> None:
    address, sealed = letter()
    with pytest.raises(FormatError, match="size of every other letter"):
        Commit(letters=((address, Sealed(sealed[:-1])),))
    with pytest.raises(FormatError):
        store.replace_letters([(MailboxAddress(b"short"), sealed)])
    assert store.letter(address) is None


@pytest.mark.parametrize(
    ("row", "size", "digest"), [(b"short", 1, "00" * 32), (b"x" * 16, 0, "00" * 32), (b"x" * 16, 1, "00")]
)
def test_a_row_without_proper_name_size_or_digest_is_refused(store: Store, row: bytes, size: int, digest: str) -> None:
    with store.incoming() as incoming, pytest.raises(FormatError):
        NewRow(RowId(row), incoming, size, digest)


def test_a_size_that_does_not_fit_fails_alone(store: Store, send: Sender) -> None:
    with store.incoming() as incoming:
        incoming.write(b"four")
        wrong = NewRow(new_row_id(), incoming, 5, "00" * 32)
        with pytest.raises(StoreUnusable, match="another size"):
            store.commit(Commit((wrong,)))
    send.put(b"fine")
    assert store.count() == 1


def test_an_upload_that_vanished_is_named(store: Store) -> None:
    with store.incoming() as incoming:
        incoming.write(b"four")
        incoming.path.unlink()
        with pytest.raises(StoreUnusable, match="vanished"):
            store.commit(Commit((NewRow(new_row_id(), incoming, 4, "00" * 32),)))
    assert store.count() == 0


def test_nothing_is_lost_at_concurrency_32(store: Store, send: Sender) -> None:
    contents = [secrets.token_bytes(100) for _ in range(320)]
    with ThreadPoolExecutor(32) as pool:
        rows = [row for row, _ in pool.map(send.put, contents)]
    assert blobs(store) == {row.hex(): data for row, data in zip(rows, contents, strict=True)}
    assert store.count() == 320


def test_commits_that_wait_together_share_one_folder_sync(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    real, begun, waiting = sync_folder, threading.Event(), threading.Event()

    def slow_sync(folder: Path) -> None:
        synced.append(folder)
        begun.set()
        assert waiting.wait(10)
        real(folder)

    monkeypatch.setattr("intake.store.committer.sync_folder", slow_sync)
    with ThreadPoolExecutor(16) as pool:
        first = pool.submit(send.put, b"first")
        assert begun.wait(10)
        others = [pool.submit(send.put, b"other") for _ in range(15)]
        wait_for_queue(store, 15)
        waiting.set()
        assert all(future.result()[1] == Committed() for future in [first, *others])
    assert len(synced) == 2


def test_a_locked_database_changes_nothing_and_the_same_upload_can_be_committed_later(store: Store) -> None:
    row = new_row_id()
    with store.incoming() as incoming:
        incoming.write(b"patient")
        commit = Commit((NewRow(row, incoming, 7, hashlib.sha256(b"patient").hexdigest()),))
        other = sqlite3.connect(store.gate.current().database.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy, match="Another program"):
            store.commit(commit)
        with pytest.raises(StoreBusy):
            store.letter(MailboxAddress(b"x" * 16))
        other.execute("ROLLBACK")
        other.close()
        assert blobs(store) == {}
        assert store.commit(commit) == Committed()
    assert blobs(store) == {row.hex(): b"patient"}


def fill_database(store: Store) -> None:
    """Let SQLite find the disk full at its present size."""
    database = store.gate.current().database
    database.close()

    @event.listens_for(database._engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_under_the_database_half_stores_nothing(store: Store, letter: MakeLetter, send: Sender) -> None:
    row, _ = send.put(b"before")
    fill_database(store)
    with store.incoming() as incoming:
        incoming.write(b"too late")
        commit = Commit((NewRow(new_row_id(), incoming, 8, "00" * 32),), (letter(),))
        with pytest.raises(StoreFull, match=r"full\. Free space"):
            store.commit(commit)
        assert incoming.path.read_bytes() == b"too late"
    assert blobs(store) == {row.hex(): b"before"}
    assert store.count() == 1


def test_a_failure_of_the_folder_sync_gives_the_blob_back(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_folder: Path) -> None:
        raise OSError(5, "injected")

    monkeypatch.setattr("intake.store.committer.sync_folder", fail)
    with pytest.raises(StoreUnusable, match="EIO"):
        send.put(b"x")
    monkeypatch.undo()
    assert blobs(store) == {}
    assert store.count() == 0
    assert send.put(b"y")[1] == Committed()


def test_a_read_only_database_is_called_so(store: Store, send: Sender) -> None:
    database = store.gate.current().database
    database.close()

    @event.listens_for(database._engine, "connect")
    def forbid(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    with pytest.raises(StoreUnusable, match="cannot be written"):
        send.put(b"x")
    assert blobs(store) == {}


def test_a_damaged_database_is_called_so(folder: Path, settings: StoreSettings) -> None:
    with Store(folder, settings) as store:
        path = store.gate.current().database.path
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreUnusable, match="SQLITE_NOTADB"):
        Store(folder, settings)


def test_the_row_of_a_vanished_blob_is_reported_when_it_is_opened(store: Store, send: Sender) -> None:
    row, _ = send.put(b"x")
    path = store.gate.current().files.find(row)
    assert path is not None
    path.unlink()
    with pytest.raises(StoreUnusable, match="missing"):
        store.open_blob(row)


def test_a_store_opens_again_with_what_it_had(folder: Path, settings: StoreSettings, letter: MakeLetter) -> None:
    kept = letter()
    with Store(folder, settings) as store:
        store.commit(Commit(letters=(kept,)))
    with Store(folder, settings) as store:
        assert store.letter(kept[0]) == kept[1]


def test_closing_finishes_what_waits(
    folder: Path, settings: StoreSettings, letter: MakeLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(folder, settings)
    first, second = letter(), letter()
    real, begun, closing = store._committer._store, threading.Event(), threading.Event()

    def slow(*arguments: Any) -> None:
        begun.set()
        assert closing.wait(10)
        real(*arguments)

    monkeypatch.setattr(store._committer, "_store", slow)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(store.commit, Commit(letters=(first,)))]
        assert begun.wait(10)
        waiting.append(pool.submit(store.commit, Commit(letters=(second,))))
        wait_for_queue(store, 1)
        ended = pool.submit(store.close)
        wait_for_queue(store, 2)
        closing.set()
        ended.result()
        assert [one.result() for one in waiting] == [Committed()] * 2
    with Store(folder, settings) as again:
        assert (again.letter(first[0]), again.letter(second[0])) == (first[1], second[1])


def test_a_blob_that_a_rewrite_moves_is_found_in_its_new_place(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = send.put(b"moved")
    looked: list[Path] = []
    real = open_locked

    def late(path: Path) -> object:
        if not looked:
            looked.append(path)
            store.rewrite_night()
        return real(path)

    monkeypatch.setattr("intake.store.store.open_locked", late)
    with store.open_blob(row) as blob:
        assert blob.read() == b"moved"


def test_two_processes_worth_of_stores_share_a_folder(store: Store, folder: Path, settings: StoreSettings) -> None:
    with Store(folder, settings) as other, ThreadPoolExecutor(8) as pool:
        senders = [Sender(store), Sender(other)]
        list(pool.map(lambda number: senders[number % 2].put(b"data"), range(60)))
        assert store.count() == other.count() == 60


class Words:
    """What a source wrote, while somebody holds it."""


@pytest.mark.parametrize("fails", [False, True], ids=["done", "failed"])
def test_nothing_of_a_commit_or_of_who_asked_for_it_is_kept_while_nothing_comes(store: Store, *, fails: bool) -> None:
    """An error holds the frames that it went through, and they hold a report; a commit says what belongs together."""
    held: list[weakref.ref[Any]] = []

    def take_in() -> None:
        words = Words()
        with store.incoming() as incoming:
            incoming.write(b"sealed")
            held.extend([weakref.ref(words), weakref.ref(incoming)])
            store.commit(Commit((NewRow(new_row_id(), incoming, 6 + fails, incoming.digest()),)))

    with pytest.raises(StoreUnusable) if fails else nullcontext():
        take_in()
    deadline = time.monotonic() + 10
    while any(one() is not None for one in held) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert [one() for one in held] == [None, None]
