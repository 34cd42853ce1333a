"""SQLite's own pages, as a thief reads them."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from intake.store.pages import Place, RawPages, out_of_order

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 400


def made(path: Path, letters: int = 32_768) -> list[bytes]:
    keys = [secrets.token_bytes(16) for _ in range(ROWS)]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE submissions (id BLOB PRIMARY KEY, day TEXT) WITHOUT ROWID")
        database.execute("CREATE TABLE mailboxes (address BLOB PRIMARY KEY, letter BLOB) WITHOUT ROWID")
        for key in keys:
            database.execute("INSERT INTO submissions VALUES (?, '2026-11-20')", (key,))
            database.execute("INSERT INTO mailboxes VALUES (?, ?)", (key, bytes(letters)))
    return keys


def places(path: Path, table: str) -> list[tuple[bytes, Place]]:
    with closing(sqlite3.connect(path)) as database:
        [root] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return list(RawPages(path.read_bytes()).places(root))


def test_keys_come_in_their_order_and_are_those_of_the_table(tmp_path: Path) -> None:
    keys = made(tmp_path / "db")
    for table in ("submissions", "mailboxes"):
        found = [key for key, _ in places(tmp_path / "db", table)]
        assert found == sorted(found)
        assert set(found) <= set(keys)
        assert len(found) > 0.8 * ROWS  # the others lie on inner pages


def test_what_came_in_any_order_lies_so_until_the_file_is_written_anew(tmp_path: Path) -> None:
    made(tmp_path / "db")
    with closing(sqlite3.connect(tmp_path / "db")) as database:
        database.execute("VACUUM INTO ?", (str(tmp_path / "anew"),))
    for table in ("submissions", "mailboxes"):
        before = out_of_order([place for _, place in places(tmp_path / "db", table)])
        after = out_of_order([place for _, place in places(tmp_path / "anew", table)])
        assert before > 0.3 * ROWS
        assert after <= 0.02 * ROWS


def test_a_letter_lies_where_its_long_part_begins_in_the_order_of_writing(tmp_path: Path) -> None:
    keys = made(tmp_path / "db")
    found = dict(places(tmp_path / "db", "mailboxes"))
    written = [found[key] for key in keys if key in found]
    assert written == sorted(written)


def test_a_key_of_another_kind_is_none_of_ours(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db")) as database, database:
        database.execute("CREATE TABLE other (name TEXT PRIMARY KEY) WITHOUT ROWID")
        database.execute("INSERT INTO other VALUES ('x')")
    assert [key for key, _ in places(tmp_path / "db", "other")] == [b""]


def test_free_pages_are_seen_and_whether_anything_is_left_in_them(tmp_path: Path) -> None:
    found = {}
    for erasing in ("ON", "OFF"):
        path = tmp_path / erasing
        made(path)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"PRAGMA secure_delete = {erasing}")
            database.execute("DELETE FROM mailboxes")
        pages = RawPages(path.read_bytes())
        free = list(pages.free_pages())
        assert len(free) > ROWS
        found[erasing] = sum(not pages.is_empty(page) for page in free)
    assert found["ON"] == 0
    assert found["OFF"] > 0


def test_how_many_are_out_of_order_is_how_few_would_have_to_be_moved() -> None:
    def spots(*pages: int) -> list[Place]:
        return [Place(page, 0) for page in pages]

    assert out_of_order([]) == 0
    assert out_of_order(spots(1, 2, 3)) == 0
    assert out_of_order(spots(3, 2, 1)) == 2
    assert out_of_order(spots(1, 9, 2, 3)) == 1
