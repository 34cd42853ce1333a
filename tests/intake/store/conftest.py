"""A store in a temporary folder, a day that can be moved, and rows of random bytes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from intake.store import Commit, NewRow, Outcome, Store, StoreSettings
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.values import MailboxAddress, RowId, Sealed, new_row_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Calendar:
    """The day, for whoever asks."""

    day: date = date(2026, 11, 20)

    def __call__(self) -> date:
        return self.day

    def pass_days(self, days: int) -> None:
        self.day += timedelta(days=days)


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def settings() -> StoreSettings:
    return StoreSettings(
        busy_seconds=0.2, lock_seconds=5.0, free_floor_bytes=0, upkeep_bytes=0, step_bytes=1, step_seconds=0.0
    )


@pytest.fixture
def store(folder: Path, settings: StoreSettings, calendar: Calendar) -> Iterator[Store]:
    with Store(folder, settings, calendar) as opened:
        yield opened


@pytest.fixture
def letter() -> Callable[[], tuple[MailboxAddress, Sealed]]:
    def make() -> tuple[MailboxAddress, Sealed]:
        return MailboxAddress(secrets.token_bytes(16)), Sealed(secrets.token_bytes(LETTER_BYTES))

    return make


@dataclass
class Sender:
    """Puts random rows into a store."""

    store: Store

    def put(
        self, data: bytes, row: RowId | None = None, letters: tuple[tuple[MailboxAddress, Sealed], ...] = ()
    ) -> tuple[RowId, Outcome]:
        row = row or new_row_id()
        with self.store.incoming(len(data)) as incoming:
            incoming.write(data)
            new = NewRow(row, incoming, len(data), hashlib.sha256(data).hexdigest())
            return row, self.store.commit(Commit((new,), letters))


@pytest.fixture
def send(store: Store) -> Sender:
    return Sender(store)
