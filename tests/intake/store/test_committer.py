"""The committer alone: what groups share, who gets which answer, and what is given back after a failure."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from intake.store import AlreadyThere, Commit, Committed, NewRow, StoreUnusable
from intake.store.committer import Committer
from intake.store.database import Database
from intake.store.settings import FILE_TIME
from keys.sealing.values import RowId, new_row_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from intake.store import Store
    from keys.sealing.values import MailboxAddress, Sealed
    from tests.intake.store.conftest import Calendar

    MakeLetter = Callable[[], tuple[MailboxAddress, Sealed]]

T = TypeVar("T")
PATIENCE = 6.0
"""Seconds until what has not ended is held to wait for ever."""


class Patient:
    """A committer whose callers do not wait for ever, and that holds each group back while it is told to."""

    def __init__(self, store: Store, calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
        self.committer = Committer(store.gate, calendar)
        self.groups: list[int] = []
        self._go, self._at_work = threading.Event(), threading.Event()
        self._go.set()
        self._store = self.committer._store
        monkeypatch.setattr(self.committer, "_store", self._counted)

    def _counted(self, group: Any, generation: Any) -> None:
        self.groups.append(len(group.waiting))
        self._at_work.set()
        assert self._go.wait(PATIENCE)
        self._store(group, generation)

    def begin(self, action: Callable[[], T]) -> Future[T]:
        """Do something in a thread of its own."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(action())
            except BaseException as error:  # noqa: BLE001  # whatever it was belongs to the test
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future

    def end(self, future: Future[T]) -> T:
        """Return the result; fails early when nobody is left who would answer."""
        deadline = time.monotonic() + PATIENCE
        while not future.done() and time.monotonic() < deadline and self._somebody_works():
            time.sleep(0.002)
        return future.result(min(2, max(0, deadline - time.monotonic())))

    def _somebody_works(self) -> bool:
        thread = self.committer._thread
        return thread is None or thread.ident is None or thread.is_alive()

    def commit(self, *rows: NewRow, letters: tuple[tuple[MailboxAddress, Sealed], ...] = ()) -> Any:
        return self.end(self.begin(lambda: self.committer.commit(Commit(rows, letters))))

    def hold(self) -> None:
        self._at_work.clear()
        self._go.clear()

    def queue_behind_a_first(self, *commits: Commit) -> list[Future[Any]]:
        """Begin commits so that the first makes a group of its own and the others wait together, in this order."""
        self.hold()
        futures = [self.begin(lambda: self.committer.commit(commits[0]))]
        assert self._at_work.wait(PATIENCE)
        for number, commit in enumerate(commits[1:], 1):
            futures.append(self.begin(lambda commit=commit: self.committer.commit(commit)))  # type: ignore[misc]
            self.wait_for_queue(number)
        return futures

    def wait_for_queue(self, length: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.committer._queue.qsize() < length:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def release(self, futures: list[Future[Any]]) -> list[Any]:
        self._go.set()
        return [self.end(future) for future in futures]

    def close(self) -> None:
        self._go.set()
        self.end(self.begin(self.committer.close))


@pytest.fixture
def patient(store: Store, calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patient]:
    made = Patient(store, calendar, monkeypatch)
    yield made
    made.close()


@pytest.fixture
def upload(store: Store) -> Callable[..., NewRow]:
    """Bring one sealed row to the disk, as the threads do that call the committer."""

    def make(data: bytes = b"sealed", row: RowId | None = None, size: int | None = None) -> NewRow:
        incoming = store.incoming()
        incoming.write(data)
        incoming.make_durable()
        return NewRow(row or new_row_id(), incoming, len(data) if size is None else size, "5a" * 32)

    return make


def fresh(store: Store) -> dict[str, bytes]:
    """Return what lies in `fresh`, by the name of its row where there is one."""
    files = store.gate.current().files
    rows = files.names.rows(row.id for row in store.rows())
    found = {path.name: path.read_bytes() for path in files.fresh.iterdir()}
    return {rows[name].hex() if name in rows else name: data for name, data in found.items()}


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "committer"]


# Answers.


def test_a_committed_row_is_in_the_fresh_folder_and_in_the_database(
    store: Store, patient: Patient, upload: Callable[..., NewRow], calendar: Calendar, letter: MakeLetter
) -> None:
    row, mailbox = upload(), letter()
    assert patient.commit(row, letters=(mailbox,)) == Committed()
    assert fresh(store) == {row.id.hex(): b"sealed"}
    assert row.incoming.moved
    assert not row.incoming.path.exists()
    [stored] = store.rows()
    assert (stored.id, stored.day, stored.size, stored.sha256) == (row.id, calendar.day, 6, "5a" * 32)
    assert store.letter(mailbox[0]) == mailbox[1]
    assert store.gate.current().files.fresh.stat().st_mtime == FILE_TIME


def test_letters_alone_are_committed(store: Store, patient: Patient, letter: MakeLetter) -> None:
    first, second = letter(), letter()
    assert patient.commit(letters=(first, second)) == Committed()
    assert [store.letter(address) for address, _ in (first, second)] == [first[1], second[1]]


def test_rows_that_are_there_are_answered_so_and_bring_nothing_in(
    store: Store, patient: Patient, upload: Callable[..., NewRow], letter: MakeLetter
) -> None:
    row, mailbox = upload(b"first"), letter()
    patient.commit(row)
    assert patient.commit(upload(b"again", row.id), letters=(mailbox,)) == AlreadyThere()
    assert fresh(store) == {row.id.hex(): b"first"}
    assert store.letter(mailbox[0]) is None


def test_of_two_rows_the_one_that_is_new_is_committed(
    store: Store, patient: Patient, upload: Callable[..., NewRow]
) -> None:
    old, new = upload(b"old"), upload(b"new")
    patient.commit(old)
    assert patient.commit(upload(b"again", old.id), new) == Committed()
    assert fresh(store) == {old.id.hex(): b"old", new.id.hex(): b"new"}


def test_an_upload_that_vanished_or_has_another_size_fails_alone_in_its_group(
    store: Store, patient: Patient, upload: Callable[..., NewRow]
) -> None:
    gone, longer, fine = upload(), upload(b"seven b", size=6), upload()
    gone.incoming.path.unlink()
    *refused, other = patient.queue_behind_a_first(*(Commit((row,)) for row in (upload(), gone, longer, fine)))[1:]
    patient.release([])
    for future, says in zip(refused, ("vanished", "another size"), strict=True):
        with pytest.raises(StoreUnusable, match=says):
            patient.end(future)
    assert patient.end(other) == Committed()
    assert patient.groups == [1, 3]
    assert fine.id.hex() in fresh(store)
    assert longer.id.hex() not in fresh(store)
    assert store.count() == 2


# Groups.


def test_what_waits_together_shares_one_folder_sync(
    patient: Patient, upload: Callable[..., NewRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("intake.store.committer.sync_folder", synced.append)
    futures = patient.queue_behind_a_first(*(Commit((upload(),)) for _ in range(4)))
    assert patient.release(futures) == [Committed()] * 4
    assert (patient.groups, len(synced)) == ([1, 3], 2)


def test_a_group_has_a_largest_size(
    patient: Patient, upload: Callable[..., NewRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.store.committer.GROUP_LARGEST", 3)
    futures = patient.queue_behind_a_first(*(Commit((upload(),)) for _ in range(6)))
    assert patient.release(futures) == [Committed()] * 6
    assert patient.groups == [1, 3, 2]


def test_of_equal_rows_in_one_group_the_first_wins(
    store: Store, patient: Patient, upload: Callable[..., NewRow], letter: MakeLetter
) -> None:
    row = new_row_id()
    (address, kept), other = letter(), letter()
    commits = [
        Commit((upload(),)),
        Commit((upload(b"first", row),), ((address, kept),)),
        Commit((upload(b"second", row),), (other,)),
        Commit(letters=((address, other[1]),)),
    ]
    outcomes = patient.release(patient.queue_behind_a_first(*commits))
    assert outcomes == [Committed(), Committed(), AlreadyThere(), Committed()]
    assert patient.groups == [1, 3]
    assert fresh(store)[row.hex()] == b"first"
    assert store.letter(address) == kept
    assert store.letter(other[0]) is None


# Failures.


def test_a_failed_sync_is_told_to_all_that_wait_and_gives_their_uploads_back(
    store: Store, patient: Patient, upload: Callable[..., NewRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_folder: Path) -> None:
        raise OSError(5, "injected")

    rows = [upload(b"first"), upload(b"second"), upload(b"third")]
    with monkeypatch.context() as failing:
        failing.setattr("intake.store.committer.sync_folder", fail)
        futures = patient.queue_behind_a_first(*(Commit((row,)) for row in rows))
        patient.release([])
        for future in futures:
            with pytest.raises(StoreUnusable, match="EIO"):
                patient.end(future)
    assert (fresh(store), store.count()) == ({}, 0)
    assert [row.incoming.path.read_bytes() for row in rows] == [b"first", b"second", b"third"]
    assert not any(row.incoming.moved for row in rows), "who gives up such an upload removes it"
    assert patient.commit(*rows) == Committed()


def test_a_failure_after_the_rows_are_in_the_database_leaves_their_blobs_where_they_are(
    store: Store, patient: Patient, upload: Callable[..., NewRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.gate.current().database.writing

    @contextmanager
    def commit_then_fail() -> Iterator[Session]:
        with real() as session:
            yield session
        raise OSError(5, "injected after the commit")

    row = upload()
    with monkeypatch.context() as failing:
        failing.setattr(Database, "writing", lambda _database: commit_then_fail())
        with pytest.raises(StoreUnusable, match="EIO"):
            patient.commit(row)
    assert fresh(store) == {row.id.hex(): b"sealed"}
    assert patient.commit(upload(b"again", row.id)) == AlreadyThere()


# The thread.


def test_one_thread_serves_all_commits_and_keeps_no_process_alive(
    patient: Patient, upload: Callable[..., NewRow]
) -> None:
    before = threads()
    assert [patient.commit(upload()) for _ in range(3)] == [Committed()] * 3
    [thread] = [one for one in threads() if one not in before]
    assert thread.daemon
    patient.close()
    assert not thread.is_alive()


def test_closing_waits_for_what_waits_and_may_be_repeated(
    store: Store, patient: Patient, upload: Callable[..., NewRow]
) -> None:
    futures = patient.queue_behind_a_first(*(Commit((upload(),)) for _ in range(3)))
    closing = patient.begin(patient.committer.close)
    patient.wait_for_queue(3)
    with pytest.raises(TimeoutError):
        closing.result(0.2)
    assert patient.release(futures) == [Committed()] * 3
    patient.end(closing)
    assert store.count() == 3
    patient.close()


def test_a_closed_committer_begins_anew(store: Store, patient: Patient, upload: Callable[..., NewRow]) -> None:
    patient.close()
    assert patient.commit(upload()) == Committed()
    patient.close()
    assert patient.commit(upload()) == Committed()
    assert store.count() == 2


def test_a_child_of_the_process_has_a_thread_of_its_own_and_leaves_the_parents_alone(
    store: Store, patient: Patient, upload: Callable[..., NewRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = threads()
    patient.commit(upload())
    [parents] = [one for one in threads() if one not in before]
    queue = patient.committer._queue
    monkeypatch.setattr("intake.store.committer.os", SimpleNamespace(getpid=lambda: os.getpid() + 1))
    patient.close()
    assert parents.is_alive()
    patient.committer._thread = parents
    assert patient.commit(upload()) == Committed()
    assert patient.committer._thread is not parents
    assert store.count() == 2
    queue.put(None)
    parents.join(PATIENCE)
    assert not parents.is_alive()
