from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from intake.store import Store, StoreBusy, StoreSettings, StoreUnusable
from intake.store.database import Database
from intake.store.layout import open_quietly, row_of

if TYPE_CHECKING:
    from pathlib import Path


def test_every_folder_is_private(store: Store, folder: Path) -> None:
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert store.gate.current().database.path.stat().st_mode & 0o777 == 0o600


def test_every_connection_erases_what_it_deletes_and_syncs_fully(store: Store) -> None:
    engine = store.gate.current().database._engine
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            asked = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("secure_delete", "synchronous", "journal_mode", "foreign_keys", "busy_timeout")
            }
            assert asked == {
                "secure_delete": 1,
                "synchronous": 2,
                "journal_mode": "persist",
                "foreign_keys": 1,
                "busy_timeout": 200,
            }


def test_a_library_that_refuses_a_setting_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.store.database._PRAGMAS", {"secure_delete": ("OFF", 1)})
    with pytest.raises(StoreUnusable, match="refuses secure_delete"):
        Database(tmp_path / "x.db", 1).migrate()


def test_a_vanished_link_is_named(store: Store, folder: Path) -> None:
    (folder / "current").unlink()
    with pytest.raises(StoreUnusable, match="link is gone"):
        store.count()


def test_a_link_that_leads_outside_is_not_followed(store: Store, folder: Path) -> None:
    (folder / "current").unlink()
    (folder / "current").symlink_to("../elsewhere")
    with pytest.raises(StoreUnusable, match="outside"):
        store.count()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnusable, match="ENOTDIR"):
        Store(tmp_path / "file" / "store")


def test_a_reader_overtaken_by_a_switch_looks_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    overtaken = store.gate.current()
    store.rewrite_night()
    overtaken.database.close()
    real, asked = store.gate.current, []

    def late() -> object:
        asked.append(1)
        return overtaken if len(asked) == 1 else real()

    monkeypatch.setattr(store.gate, "current", late)
    assert store.count() == 0
    assert len(asked) == 2


def test_a_store_held_by_another_is_busy(store: Store, folder: Path) -> None:
    impatient = StoreSettings(lock_seconds=0.05)
    with store.gate.lock.held(), pytest.raises(StoreBusy):
        Store(folder, impatient)


def test_names_that_no_row_has_are_told_apart(tmp_path: Path) -> None:
    assert row_of(tmp_path / ("ab" * 16)) == bytes.fromhex("ab" * 16)
    assert row_of(tmp_path / ("AB" * 16)) is None
    assert row_of(tmp_path / "abcd") is None
    assert row_of(tmp_path / "notes.txt") is None


def test_a_file_of_another_owner_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"x")
    real = os.open

    def refuse_noatime(path: Path, flags: int) -> int:
        if flags & os.O_NOATIME:
            raise PermissionError
        return real(path, flags)

    monkeypatch.setattr("intake.store.layout.os.open", refuse_noatime)
    with open_quietly(tmp_path / "x") as file:
        assert file.read() == b"x"


def test_no_table_has_a_rowid_but_the_one_of_the_migrations(store: Store) -> None:
    with sqlite3.connect(store.gate.current().database.path) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    assert {name for name, sql in tables if "WITHOUT ROWID" not in sql} == {"alembic_version"}
