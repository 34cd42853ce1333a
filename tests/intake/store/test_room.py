"""What a flood can take of a disk, and what a stranger can learn of it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from intake.store import AlreadyThere, Commit, NewRow, Store, StoreFull, StoreSettings
from intake.store.room import Room, ToldRoom
from keys.sealing.limits import GIB, KIB, MIB
from keys.sealing.values import new_row_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from keys.sealing.values import MailboxAddress, Sealed
    from tests.intake.store.conftest import Calendar, Sender

TEXT = 132 * KIB
DISK = 24 * MIB
SETTINGS = StoreSettings(
    free_floor_bytes=2 * MIB, upkeep_bytes=MIB, day_bytes=8 * MIB, day_text_bytes=2 * MIB, lock_seconds=5.0,
    step_bytes=1, step_seconds=0.0,
)  # fmt: skip
EMPTY = Room(free=10 * GIB, database=0, largest=0, texts=0, files_today=GIB)


@pytest.fixture
def store(folder: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store on a small disk that holds nothing else."""

    def free(*_where: object) -> int:
        files = {path.stat().st_ino: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
        return DISK - sum(files.values())

    with Store(folder, SETTINGS, calendar) as opened:
        monkeypatch.setattr(opened, "free_bytes", free)
        monkeypatch.setattr("intake.store.rewrite._room", free)
        yield opened


def flood(store: Store, send: Sender, letter: Callable[[], tuple[MailboxAddress, Sealed]]) -> tuple[int, str]:
    """Send texts until one is refused; returns how many went in, and why no more."""
    sent = 0
    while True:
        before = store.count()
        try:
            send.put(secrets.token_bytes(TEXT), letters=(letter(),))
        except StoreFull as full:
            refused = full.message
            break
        sent += 1
    assert store.count() == before
    return sent, refused


def test_a_flood_of_texts_takes_half_of_the_room_and_the_night_and_the_desk_have_theirs(
    store: Store, send: Sender, letter: Callable[[], tuple[MailboxAddress, Sealed]], calendar: Calendar
) -> None:
    days = []
    for _ in range(4):
        sent, refused = flood(store, send, letter)
        assert refused == "The texts of this day have taken half of the room."
        days.append(sent)
        room = store.room()
        assert abs(2 * room.texts - room.for_text(SETTINGS)) < 4 * TEXT
        assert room.free > 3 * room.database + SETTINGS.upkeep_bytes
        calendar.pass_days(1)
        assert store.rewrite_night().copied == days[-1]
        assert store.health().warnings in {(), ("The disk is nearly full: files are refused, text still goes in.",)}
        assert store.takes_text()
    for before, after in pairwise(days):
        assert abs(after - before / 2) <= 2
    assert days[-1] > 2
    store.replace_letters([letter() for _ in range(20)])
    assert list(store.gate.current().files.fresh.iterdir()) == []


def test_health_says_when_texts_have_taken_half_of_the_room(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    send.put(b"x" * TEXT)
    kept = store.free_bytes() - store.room().for_text(SETTINGS)
    monkeypatch.setattr(store, "free_bytes", lambda: kept + 2 * TEXT)
    [warning] = store.health().warnings
    assert warning == "The texts of this day have taken half of the room: until tomorrow nothing goes in, text neither."
    monkeypatch.setattr(store, "free_bytes", lambda: kept + 2 * TEXT + 1)
    [warning] = store.health().warnings
    assert warning == "The disk is nearly full: files are refused, text still goes in."


def test_the_same_text_once_more_is_no_new_one(store: Store, monkeypatch: pytest.MonkeyPatch, send: Sender) -> None:
    row, _ = send.put(b"x" * TEXT)
    monkeypatch.setattr(store, "free_bytes", lambda: 0)
    assert send.put(b"x" * TEXT, row)[1] == AlreadyThere()
    with pytest.raises(StoreFull, match="The disk of the store is full"):
        send.put(b"y" * TEXT)
    assert not store.takes_text()


def test_files_leave_to_text_what_is_its_alone(store: Store, send: Sender) -> None:
    while store.has_room(MIB):
        with store.incoming(MIB) as upload:
            upload.write(secrets.token_bytes(MIB))
            store.commit(Commit((NewRow(new_row_id(), upload, MIB, upload.digest()),)))
    room = store.room()
    assert room.for_text(SETTINGS) >= SETTINGS.free_floor_bytes or room.files_today < MIB
    assert store.takes_text()
    send.put(b"x" * TEXT)


def test_files_that_announced_nothing_take_nothing_that_is_text_s_either(
    store: Store, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small ones, of which nobody asks while they grow: each alone is let in, together they were too many."""
    row, _ = send.put(b"x" * MIB)
    kept = store.free_bytes() - store.room().for_files(SETTINGS)
    with store.incoming() as one, store.incoming() as other:
        one.write(secrets.token_bytes(MIB))
        other.write(secrets.token_bytes(MIB))
        monkeypatch.setattr(store, "free_bytes", lambda: kept)
        store.commit(Commit((NewRow(new_row_id(), one, MIB, one.digest()),)))
        monkeypatch.setattr(store, "free_bytes", lambda: kept - 1)
        with pytest.raises(StoreFull, match="nearly full"):
            store.commit(Commit((NewRow(new_row_id(), other, MIB, other.digest()),)))
    assert store.count() == 2
    assert send.put(b"x" * MIB, row)[1] == AlreadyThere()


def test_what_is_kept_is_the_database_thrice_or_the_largest_row_that_came() -> None:
    settings = replace(SETTINGS, upkeep_bytes=10)
    assert replace(EMPTY, free=100, database=20).for_text(settings) == 100 - 3 * 20 - 10
    assert replace(EMPTY, free=100, database=20, largest=70).for_text(settings) == 100 - 70 - 10
    assert replace(EMPTY, free=100, texts=40).text_of_today(settings) == 100 - 10 - 2 * 40
    assert replace(EMPTY, free=100).for_files(replace(settings, free_floor_bytes=30)) == 100 - 10 - 30


def test_a_file_that_is_larger_than_what_is_kept_asks_for_the_room_of_its_copy_too() -> None:
    assert replace(EMPTY, database=10).asked_by(30) == 30
    assert replace(EMPTY, database=10).asked_by(31) == 32
    assert replace(EMPTY, largest=GIB).asked_by(GIB) == GIB


# What a stranger learns.


def test_a_number_is_told_in_steps_never_too_high_and_drawn_anew_with_each_time() -> None:
    now, drawn = [0.0], iter([0, 99, 50])
    told = ToldRoom(StoreSettings(step_bytes=100, step_seconds=600.0), lambda: now[0], lambda _below: next(drawn))
    assert told.told(lambda: 1050, 1 << 40) == 1000
    assert told.told(lambda: 3, 1 << 40) == 1000
    now[0] = 599.0
    assert told.told(lambda: 3, 1 << 40) == 1000
    now[0] = 600.0
    assert told.told(lambda: 1050, 1 << 40) == 900
    assert told.told(lambda: 1050, 1 << 40, of="another day") == 1000


def test_little_room_is_told_in_smaller_steps() -> None:
    told = ToldRoom(StoreSettings(), draw=lambda below: below - 1)
    assert MIB * 62 <= told.told(lambda: 64 * MIB, 64 * MIB) <= 64 * MIB


def test_nobody_learns_what_others_send_meanwhile(folder: Path, calendar: Calendar) -> None:
    """Announcements without end tell one number, whatever comes; only where nothing is left at all is it told."""
    settings = StoreSettings(free_floor_bytes=0, day_bytes=64 * MIB, day_text_bytes=MIB)
    with Store(folder, settings, calendar) as store:
        before = largest_that_fits(store)
        assert before < 63 * MIB
        with store.incoming(8 * MIB) as others:
            others.write(secrets.token_bytes(5_300_017))
            assert largest_that_fits(store) == before
            others.digest()
            store.commit(Commit((NewRow(new_row_id(), others, others.size, others.digest()),)))
        assert largest_that_fits(store) == before
        with store.incoming() as others:
            others.write(bytes(7 * MIB))
            others.write(bytes(51 * MIB))
            assert not store.has_room(0)


def largest_that_fits(store: Store) -> int:
    low, high = 0, GIB
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if store.has_room(middle) else (low, middle - 1)
    return low
