"""A night that did not run, or not to its end, is heard of: by the doctor, in the status, in every bundle."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from intake.store import Store, StoreFull, StoreUnusable
from intake.store.nights import FILE_NAME, Nights, note_done, note_failed, read_nights
from intake.store.settings import FILE_TIME

if TYPE_CHECKING:
    from pathlib import Path

    from tests.intake.store.conftest import Calendar, Sender

DAY = date(2026, 11, 20)


def test_what_was_noted_is_read_back(tmp_path: Path) -> None:
    assert read_nights(tmp_path) == Nights()
    note_failed(tmp_path, DAY, "No room.")
    assert read_nights(tmp_path) == Nights(None, DAY, "No room.")
    note_done(tmp_path, DAY)
    assert read_nights(tmp_path) == Nights(DAY)
    note_failed(tmp_path, DAY + timedelta(days=1), "No room.")
    assert read_nights(tmp_path) == Nights(DAY, DAY + timedelta(days=1), "No room.")


def test_the_file_tells_days_and_bears_the_time_of_the_store(tmp_path: Path) -> None:
    note_done(tmp_path, DAY)
    text = '{"version": 1, "done": "2026-11-20", "failed": null, "why": ""}\n'
    assert (tmp_path / FILE_NAME).read_text() == text
    assert (tmp_path / FILE_NAME).stat().st_mtime == tmp_path.stat().st_mtime == FILE_TIME
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 5000, '{"version": 2}', '{"version": 1, "done": "today"}'])
def test_a_file_that_says_nothing_is_no_file(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert read_nights(tmp_path) == Nights()


def test_a_rewrite_that_nobody_started_is_said_once_a_row_has_lain_through_two_midnights(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    send.put(b"x")
    calendar.pass_days(1)
    assert store.health().warnings == ()
    calendar.pass_days(1)
    [warning] = store.health().warnings
    assert warning.startswith("The nightly rewrite has never run. A stolen disk shows order and times of all that")
    store.rewrite_night()
    assert (store.health().warnings, store.health().rewritten) == ((), calendar.day)
    calendar.pass_days(5)
    assert store.health().warnings == ()  # nothing came: nothing shows
    send.put(b"y")
    calendar.pass_days(2)
    [warning] = store.health().warnings
    assert warning.startswith(
        "The nightly rewrite has not run since 2026-11-22. A stolen disk shows order and times of"
    )


def test_one_that_fails_is_said_at_once_until_one_runs_to_its_end(
    store: Store, send: Sender, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.rewrite_night()
    send.put(b"x")
    calendar.pass_days(1)

    def fail(*_arguments: object) -> None:
        raise OSError(5, "injected")

    with monkeypatch.context() as patch:
        patch.setattr("intake.store.layout.Layout.put_in_force", fail)
        with pytest.raises(StoreUnusable):
            store.rewrite_night()
    for _ in range(3):
        [warning] = store.health().warnings
        assert "failed on 2026-11-21: The store's disk answered EIO. A stolen disk shows" in warning
        assert "all since 2026-11-20. Run: khomo-intake rewrite" in warning
        calendar.pass_days(1)
    store.rewrite_night()
    assert store.health().warnings == ()


def test_a_disk_on_which_not_even_that_can_be_noted_says_what_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "injected")

    monkeypatch.setattr("intake.store.nights.atomic_write", full)
    monkeypatch.setattr("intake.store.rewrite.Rewrite._delete_settled", full)
    with pytest.raises(StoreFull):
        store.rewrite_night()
    assert store.health().rewrite_trouble == ""
