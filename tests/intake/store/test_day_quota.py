"""A day brings so many bytes of files and no more; text goes in, a restart does not begin anew, a new day does."""

from __future__ import annotations

import secrets
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from intake.store import Store, StoreDayOver, StoreFull, StoreSettings
from intake.store.day_quota import DayQuota, is_text
from intake.store.settings import DAY_COUNT_KEPT_SECONDS, WRITEBACK_BYTES
from keys.sealing.age import HYBRID_HEADER_BYTES, sealed_size
from keys.sealing.limits import KIB, MIB
from keys.sealing.sizes import size_classes
from keys.sealing.values import new_row_id
from tests.intake.store.conftest import Calendar, Sender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = sealed_size(next(size_classes()), HYBRID_HEADER_BYTES)
DAY, KEPT = 4 * MIB, 1 * MIB
TOLD_EXACTLY = StoreSettings(free_floor_bytes=0, lock_seconds=5.0, step_bytes=1, step_seconds=0.0)
SETTINGS = replace(TOLD_EXACTLY, day_bytes=DAY, day_text_bytes=KEPT)


@pytest.fixture
def store(folder: Path, calendar: Calendar) -> Iterator[Store]:
    with Store(folder, SETTINGS, calendar) as opened:
        yield opened


def left(store: Store) -> int:
    return store._day.left_for_files()


def test_files_stop_before_what_is_kept_for_text(store: Store, send: Sender) -> None:
    store.check_room(DAY - KEPT)
    with pytest.raises(StoreDayOver):
        store.check_room(DAY - KEPT + 1)
    send.put(secrets.token_bytes(2 * MIB))
    store.check_room(MIB)
    with pytest.raises(StoreDayOver):
        store.check_room(MIB + 1)
    assert not store.has_room(MIB + 1)


def test_texts_use_their_part_first_and_then_that_of_files(store: Store, send: Sender) -> None:
    for _ in range(KEPT // TEXT):
        send.put(bytes(TEXT))
    assert left(store) == DAY - KEPT
    for _ in range(3):
        send.put(bytes(TEXT))
    assert left(store) == DAY - (KEPT // TEXT + 3) * TEXT


def test_a_text_goes_in_whatever_the_day_has_brought(store: Store, send: Sender) -> None:
    send.put(bytes(DAY))
    assert left(store) < 0
    row, _ = send.put(bytes(TEXT))
    assert store.has_row(row)


def test_a_restart_does_not_begin_anew_and_a_new_day_does(folder: Path, calendar: Calendar) -> None:
    with Store(folder, SETTINGS, calendar) as first:
        Sender(first).put(bytes(3 * MIB))
        Sender(first).put(bytes(TEXT))
        before = left(first)
    with Store(folder, SETTINGS, calendar) as again:
        assert left(again) == before == 0
        calendar.pass_days(1)
        assert left(again) == DAY - KEPT
        again.check_room(DAY - KEPT)


def test_the_count_is_that_of_the_rows_while_the_day_lasts(store: Store, send: Sender, calendar: Calendar) -> None:
    left(store)
    for size in (TEXT, 300 * KIB, MIB, TEXT):
        send.put(secrets.token_bytes(size))
    anew = DayQuota(store.gate, SETTINGS, calendar)
    assert left(store) == anew.left_for_files() == DAY - KEPT - 300 * KIB - MIB


def test_the_same_report_again_counts_once(store: Store, send: Sender) -> None:
    left(store)
    row = new_row_id()
    for _ in range(3):
        send.put(bytes(MIB), row)
    assert left(store) == DAY - KEPT - MIB


def test_rows_of_other_processes_count_from_the_next_look(folder: Path, store: Store, calendar: Calendar) -> None:
    now = [0.0]
    quota = DayQuota(store.gate, SETTINGS, calendar, clock=lambda: now[0])
    before = quota.left_for_files()
    with Store(folder, SETTINGS, calendar) as other:
        Sender(other).put(bytes(MIB))
    assert quota.left_for_files() == before
    now[0] += DAY_COUNT_KEPT_SECONDS
    assert quota.left_for_files() == before - MIB


def test_what_running_uploads_have_brought_counts(store: Store) -> None:
    with store.incoming() as upload:
        upload.write(bytes(2 * MIB))
        store.check_room(MIB)
        with pytest.raises(StoreDayOver):
            store.check_room(MIB + 1)
    store.check_room(DAY - KEPT)


def test_an_upload_that_said_less_than_it_brings_stops_at_the_share(folder: Path, calendar: Calendar) -> None:
    settings = StoreSettings(free_floor_bytes=0, day_bytes=WRITEBACK_BYTES + MIB, day_text_bytes=MIB)
    with Store(folder, settings, calendar) as store, store.incoming() as upload:
        upload.write(bytes(WRITEBACK_BYTES))
        upload.digest()
        upload.write(bytes(WRITEBACK_BYTES))
        with pytest.raises(StoreDayOver):
            upload.digest()


def test_health_says_when_the_day_has_brought_its_share(store: Store, send: Sender) -> None:
    assert store.health().warnings == ()
    send.put(bytes(DAY))
    [warning] = store.health().warnings
    assert "until tomorrow files are refused" in warning


def test_the_disk_is_looked_at_first(folder: Path, calendar: Calendar) -> None:
    settings = StoreSettings(free_floor_bytes=1 << 62, day_bytes=0, day_text_bytes=0)
    with Store(folder, settings, calendar) as store, pytest.raises(StoreFull) as caught:
        store.check_room(0)
    assert not isinstance(caught.value, StoreDayOver)


def test_only_the_smallest_class_counts_as_text() -> None:
    sealed = [sealed_size(size, HYBRID_HEADER_BYTES) for size in islice(size_classes(), 9)]
    assert [is_text(size) for size in sealed] == [True] + 8 * [False]


def test_the_quota_leaves_nothing_on_the_disk(store: Store, send: Sender, folder: Path) -> None:
    """No file but those of any store; of the count nothing but the rows themselves."""
    names = {path.name for path in folder.rglob("*")}
    row, _ = send.put(bytes(DAY))
    with pytest.raises(StoreDayOver):
        store.check_room(1)
    blob = store.gate.current().files.find(row)
    assert blob is not None
    assert {path.name for path in folder.rglob("*")} == names | {blob.name, *_own_folder(folder)}


def _own_folder(folder: Path) -> set[str]:
    return {path.name for path in (folder / "incoming").iterdir()}
