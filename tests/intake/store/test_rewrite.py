from __future__ import annotations

import os
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from intake.store import Committed, Store, StoreBusy, StoreFull
from intake.store.chains import Arrival
from intake.store.inspection import Gravity, inspect
from intake.store.layout import Layout
from intake.store.rewrite import _copy, _fitting
from intake.store.settings import FILE_TIME
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.manifest import Acknowledgement
from keys.sealing.values import RowId

SENT_BY_EACH = 150

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from intake.store.rewrite import RewriteResult
    from keys.sealing.values import MailboxAddress, Sealed
    from tests.intake.store.conftest import Calendar, Sender

    MakeLetter = Callable[[], tuple[MailboxAddress, Sealed]]


def settle(store: Store, acknowledged: int) -> None:
    """Let the one desk acknowledge a bundle."""
    chain = store.chains.outgoing()
    assert chain is not None
    said = Acknowledgement(chain.chain, acknowledged)
    position = ChainPosition(ChainId.begin("desk", Direction.TO_SERVER), 1, "aa" * 32)
    store.chains.accept(Arrival("desk", position, said, ()), {"desk"})


def carry(store: Store) -> None:
    """Let a bundle take everything along."""
    if store.chains.outgoing() is None:
        store.chains.open_chain(ChainId.begin("server", Direction.TO_DESK))
    begun = store.chains.begin_bundle(lambda _chain, _rows: (b"manifest", "digest"))
    store.chains.finish_bundle(begun.number)


def contents(store: Store, rows: dict[RowId, bytes]) -> dict[RowId, bytes]:
    found = {}
    for row in rows:
        with store.open_blob(row) as blob:
            found[row] = blob.read()
    return found


def test_everything_is_still_there_afterwards(store: Store, send: Sender, letter: MakeLetter) -> None:
    kept = [letter() for _ in range(5)]
    rows = {send.put(data, letters=(one,))[0]: data for one in kept for data in [secrets.token_bytes(300_000)]}
    before = store.unacknowledged()
    result = store.rewrite_night()
    assert (result.deleted, result.copied, result.linked) == (0, 5, 0)
    assert contents(store, rows) == rows
    assert store.unacknowledged() == before
    assert all(store.letter(address) == sealed for address, sealed in kept)


class DiedError(BaseException):
    """The process is gone: nothing catches this."""


@pytest.mark.parametrize("repaired_first", [True, False])
def test_a_death_while_originals_are_overwritten_loses_no_row(
    store: Store, send: Sender, folder: Path, monkeypatch: pytest.MonkeyPatch, *, repaired_first: bool
) -> None:
    sent = {send.put(data)[0]: data for data in (secrets.token_bytes(2000) for _ in range(4))}

    def die(descriptor: int) -> None:
        os.pwrite(descriptor, bytes(1000), 0)
        raise DiedError

    with monkeypatch.context() as patched:
        patched.setattr("intake.store.wiping.overwrite", die)
        with pytest.raises(DiedError):
            store.rewrite_night()
    assert contents(store, sent) == sent
    with Store(folder) as again:
        if repaired_first:
            assert not [found for found in inspect(again, repair=True) if found.gravity is Gravity.DAMAGE]
            assert contents(again, sent) == sent
        again.rewrite_night()
        assert contents(again, sent) == sent
        assert list(inspect(again, repair=False)) == []
    assert list(folder.glob("removed-*")) == []


def test_blobs_are_copied_once_and_linked_on_later_nights(store: Store, send: Sender) -> None:
    old = {send.put(b"old")[0]: b"old"}
    store.rewrite_night()
    inode = next(store.gate.current().files.present()).stat().st_ino
    new = {send.put(b"new")[0]: b"new"}
    result = store.rewrite_night()
    assert (result.copied, result.linked) == (1, 1)
    assert contents(store, old | new) == old | new
    assert inode in {path.stat().st_ino for path in store.gate.current().files.present()}
    assert all(path.stat().st_nlink == 1 for path in store.gate.current().files.present())


def test_one_generation_remains_and_every_name_in_it_bears_one_time(store: Store, send: Sender, folder: Path) -> None:
    for _ in range(3):
        send.put(b"x")
    store.rewrite_night()
    [generation] = folder.glob("generation-*")
    assert {path.stat().st_mtime for path in [generation, *generation.rglob("*")]} == {FILE_TIME}
    assert {path.stat().st_atime for path in (generation / "blobs").iterdir()} == {FILE_TIME}


def test_an_open_store_goes_on_after_a_rewrite_by_another_process(
    store: Store, send: Sender, folder: Path, letter: MakeLetter
) -> None:
    kept = letter()
    send.put(b"before", letters=(kept,))
    with Store(folder) as other:
        other.rewrite_night()
    assert store.letter(kept[0]) == kept[1]
    assert send.put(b"after")[1] == Committed()
    assert store.count() == 2


def test_commits_during_rewrites_are_neither_lost_nor_doubled(store: Store, send: Sender) -> None:
    sent: dict[RowId, bytes] = {}

    def keep_sending() -> None:
        for _ in range(SENT_BY_EACH):
            data = secrets.token_bytes(2000)
            sent[send.put(data)[0]] = data

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(keep_sending) for _ in range(4)]
        results = []
        while not all(future.done() for future in futures):
            results.append(store.rewrite_night())
        for future in futures:
            future.result()
    results.append(store.rewrite_night())
    assert sum(result.copied > 0 for result in results) > 1
    assert contents(store, sent) == sent
    assert store.count() == len(sent) == 4 * SENT_BY_EACH
    assert len(list(store.gate.current().files.present())) == len(sent)


def test_what_came_while_blobs_were_copied_stays_fresh_until_the_next_night(store: Store, send: Sender) -> None:
    send.put(b"early")
    late: list[RowId] = []

    def meanwhile(_done: int, _all: int) -> None:
        late.append(send.put(b"late")[0])

    store.rewrite_night(meanwhile)
    files = store.gate.current().files
    assert list(files.fresh.iterdir()) == [files.find(late[0])]
    assert store.rewrite_night().copied == 1
    assert contents(store, {late[0]: b""}) == {late[0]: b"late"}


def test_a_second_rewrite_at_the_same_time_is_refused(store: Store, send: Sender) -> None:
    send.put(b"x")
    with ThreadPoolExecutor(1) as pool:
        refused: list[BaseException | None] = []

        def again(_done: int, _all: int) -> None:
            refused.append(pool.submit(store.rewrite_night).exception())

        store.rewrite_night(again)
    assert isinstance(refused[0], StoreBusy)


def test_without_room_for_the_copy_nothing_is_touched(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    rows = {send.put(b"x")[0]: b"x"}
    before = store.gate.layout.current_name()
    with monkeypatch.context() as patch:
        patch.setattr("intake.store.rewrite._room", lambda _folder: 0)
        with pytest.raises(StoreFull, match="no room to write the database anew"):
            store.rewrite_night()
    assert store.gate.layout.current_name() == before
    assert list(store.gate.current().files.blobs.iterdir()) == []
    assert contents(store, rows) == rows
    assert [path.name for path in folder.glob("generation-*")] == [before]
    [warning] = store.health().warnings
    assert "no room to write the database anew" in warning


def test_without_room_for_all_it_goes_in_rounds_and_ends_with_all_of_it(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Room for ten small blobs and once for a large one; twenty-five and two there are."""
    rows = {send.put(data)[0]: data for data in [secrets.token_bytes(20_000) for _ in range(25)]}
    rows |= {send.put(data)[0]: data for data in [secrets.token_bytes(300_000) for _ in range(2)]}
    rounds: list[list[int]] = []

    def room(_folder: Path) -> int:
        return 400_000 - sum(path.stat().st_size for path in copies())

    def copies() -> list[Path]:
        files = store.gate.current().files
        there = {path.name for path in files.fresh.iterdir()}
        return [path for path in files.blobs.iterdir() if files.names.of(RowId(bytes.fromhex(path.name))) in there]

    def chosen(sizes: dict[Path, int], free: int) -> list[Path]:
        found = _fitting(sizes, free)
        rounds.append([sizes[path] for path in found])
        return found

    with monkeypatch.context() as patch:
        patch.setattr("intake.store.rewrite._room", room)
        patch.setattr("intake.store.rewrite._fitting", chosen)
        result = store.rewrite_night()
    assert result.copied == 27
    assert sorted(map(len, rounds))[:3] == [0, 1, 1]
    assert all(sum(one) <= 200_000 or one == [300_000] for one in rounds)
    assert contents(store, rows) == rows
    files = store.gate.current().files
    assert list(files.fresh.iterdir()) == []
    assert {path.name for path in files.blobs.iterdir()} == {row.hex() for row in rows}
    assert len(list(folder.glob("generation-*"))) == 1
    assert store.health().warnings == ()


def test_what_a_round_has_copied_is_overwritten_before_the_next_one_begins(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        send.put(secrets.token_bytes(1000))
    fresh = store.gate.current().files.fresh
    originals = [path.open("rb") for path in fresh.iterdir()]
    left: list[int] = []

    def room(_folder: Path) -> int:
        left.append(len(list(fresh.iterdir())))
        empty = sum(1 for one in originals if not os.pread(one.fileno(), 1000, 0).strip(b"\0"))
        assert empty == len(originals) - left[-1]
        return 4000

    with monkeypatch.context() as patch:
        patch.setattr("intake.store.rewrite._room", room)
        with pytest.raises(StoreFull, match="database anew"):
            store.rewrite_night()
    assert left[:4] == [6, 4, 2, 0]
    for one in originals:
        one.close()


def test_a_blob_that_does_not_fit_stays_and_the_others_lose_their_order(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch, calendar: Calendar
) -> None:
    rows = {send.put(data)[0]: data for data in [secrets.token_bytes(2_000_000), b"small", b"too"]}
    with monkeypatch.context() as patch:
        patch.setattr("intake.store.rewrite._room", lambda _folder: 1_000_000)
        with pytest.raises(StoreFull, match="no room to copy 1 row of 3"):
            store.rewrite_night()
    files = store.gate.current().files
    assert [path.stat().st_size for path in files.fresh.iterdir()] == [2_000_000]
    assert len(list(files.blobs.iterdir())) == 2
    assert contents(store, rows) == rows
    [warning] = store.health().warnings
    assert "failed on 2026-11-20: The rewrite had no room to copy 1 row of 3. A stolen disk shows" in warning
    calendar.pass_days(1)
    assert store.rewrite_night().copied == 1
    assert contents(store, rows) == rows
    assert store.health().warnings == ()


@pytest.mark.parametrize("half", [b"", b"half of"])
def test_a_copy_that_a_crash_left_half_made_is_made_anew(store: Store, send: Sender, half: bytes) -> None:
    row, _ = send.put(b"half of it")
    (store.gate.current().files.blobs / row.hex()).write_bytes(half)
    assert contents(store, {row: b""}) == {row: b"half of it"}
    assert store.rewrite_night().copied == 1
    assert contents(store, {row: b""}) == {row: b"half of it"}
    assert len(list(store.gate.current().files.present())) == 1


def test_a_disk_that_fills_in_the_midst_of_a_copy_costs_nothing_and_is_told(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {send.put(data)[0]: data for data in (b"one", b"two", b"three")}
    copied: list[Path] = []

    def copy(source: Path, target: Path) -> int:
        copied.append(target)
        if len(copied) == 2:
            target.write_bytes(b"ha")
            raise OSError(28, "injected")
        return _copy(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("intake.store.rewrite._copy", copy)
        with pytest.raises(StoreFull):
            store.rewrite_night()
    assert not copied[1].exists()
    assert contents(store, rows) == rows
    [warning] = store.health().warnings
    assert "The nightly rewrite failed on 2026-11-20: The disk of the store is full." in warning
    assert store.rewrite_night().copied == 3
    assert contents(store, rows) == rows


DIE_AT = """
import os, sys
from pathlib import Path
from unittest import mock
from intake.store import Store
store = Store(Path(sys.argv[1]))
with mock.patch(sys.argv[2], lambda *_a, **_k: os._exit(9)):
    store.rewrite_night()
"""
STEPS = [
    "intake.store.rewrite.Rewrite._delete_settled",
    "intake.store.rewrite.Rewrite._carry_over",
    "intake.store.rewrite._copy",
    "intake.store.rewrite._link",
    "intake.store.database.Database.vacuum_into",
    "intake.store.layout.Layout.put_in_force",
    "intake.store.layout.sync_folder",
    "intake.store.layout.Layout.set_aside",
    "intake.store.clearing._wipe",
    "intake.store.wiping.overwrite",
    "intake.store.clearing.shutil.rmtree",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_leaves_all_of_it_and_the_next_night_cleans_up(
    store: Store, send: Sender, step: str, folder: Path
) -> None:
    rows = {send.put(b"first")[0]: b"first"}
    store.rewrite_night()
    rows[send.put(b"second")[0]] = b"second"
    store.close()
    assert subprocess.run([sys.executable, "-c", DIE_AT, str(folder), step], check=False).returncode == 9
    with Store(folder) as again:
        assert contents(again, rows) == rows
        assert again.count() == 2
        again.rewrite_night()
        assert contents(again, rows) == rows
    assert len(list(folder.glob("generation-*"))) == 1
    assert not list(folder.glob("removed-*"))


def test_a_failed_rewrite_removes_what_it_had_built(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    send.put(b"x")

    def fail(*_arguments: object) -> None:
        raise OSError(5, "injected")

    with monkeypatch.context() as patch:
        patch.setattr(Layout, "put_in_force", fail)
        with pytest.raises(Exception, match="EIO"):
            store.rewrite_night()
    assert len(list(folder.glob("generation-*"))) == 1
    assert not list(folder.glob("removed-*"))


def test_rows_that_no_desk_has_are_never_deleted(store: Store, send: Sender, calendar: Calendar) -> None:
    rows = {send.put(b"x")[0]: b"x"}
    calendar.pass_days(4000)
    assert store.rewrite_night().deleted == 0
    assert contents(store, rows) == rows


def test_acknowledged_rows_are_deleted_after_their_time_with_their_blobs(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    send.put(b"x")
    send.put(b"y")
    calendar.pass_days(1)
    carry(store)
    kept = {send.put(b"unsent")[0]: b"unsent"}
    settle(store, 1)
    results: list[RewriteResult] = [store.rewrite_night()]
    calendar.pass_days(29)
    results.append(store.rewrite_night())
    calendar.pass_days(1)
    results.append(store.rewrite_night())
    assert [result.deleted for result in results] == [0, 0, 2]
    assert contents(store, kept) == kept
    assert [path.name for path in store.gate.current().files.present()] == [row.hex() for row in kept]


def test_nothing_is_deleted_while_an_export_is_unfinished(store: Store, send: Sender, calendar: Calendar) -> None:
    send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    settle(store, 1)
    store.chains.begin_bundle(lambda _chain, _rows: (b"manifest", "digest"))
    calendar.pass_days(365)
    assert store.rewrite_night().deleted == 0
    store.chains.finish_bundle(2)
    assert store.rewrite_night().deleted == 1
