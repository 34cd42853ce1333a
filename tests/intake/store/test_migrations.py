from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from intake.store import StoreUnusable
from intake.store.database import Database, migrations
from intake.store.models import Base

if TYPE_CHECKING:
    from pathlib import Path


def schema(path: Path) -> dict[str, list[str]]:
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name != 'alembic_version'").fetchall()
    connection.close()
    found = {}
    for name, sql in tables:
        inner, end = re.sub(r"\s+", " ", sql or "").rsplit(")", 1)
        parts = re.split(r", (?=[a-z_]+ [A-Z]|PRIMARY|CONSTRAINT)", inner.split("(", 1)[1].strip())
        found[name] = [*sorted(part.strip() for part in parts), end.strip()]
    return found


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    path = tmp_path / "migrated.db"
    database = Database(path, 1)
    database.migrate()
    database.close()
    return path


def test_an_empty_database_is_brought_to_the_newest_schema_and_again_changes_nothing(migrated: Path) -> None:
    before = migrated.read_bytes()
    database = Database(migrated, 1)
    database.migrate()
    database.close()
    assert migrated.read_bytes() == before


def test_the_migrations_make_what_the_models_say(migrated: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert schema(migrated) == schema(tmp_path / "models.db")


def test_alembic_finds_nothing_to_add(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_the_steps_form_one_line() -> None:
    assert len(ScriptDirectory.from_config(migrations()).get_heads()) == 1


def migrate_back(path: Path, schema: str) -> None:
    database = Database(path, 1)
    try:
        with database._writing.begin() as connection:
            command.downgrade(migrations(connection), schema)
    finally:
        database.close()


def filled_before_whole_days(path: Path) -> None:
    """Make a database of the second schema: a row that travelled, one that did not, a settled one, and a lost one."""
    database = Database(path, 1)
    database.migrate()
    database.close()
    migrate_back(path, "0002")
    with sqlite3.connect(path) as connection:
        for number, first, settled in ((1, 4, None), (2, None, None), (3, None, "2026-11-19")):
            values = (bytes([number]) * 16, "2026-11-18", 100, bytes(32), first, settled)
            insert = "INSERT INTO submissions (id, day, size, sha256, first_bundle, settled_day)"
            connection.execute(f"{insert} VALUES (?, ?, ?, ?, ?, ?)", values)
        connection.execute("INSERT INTO lost_rows VALUES (?, '2026-11-17', 4)", (bytes(16),))
    connection.close()


def rows_of(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_which_bundle_carried_a_row_is_forgotten_and_every_row_stays(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    filled_before_whole_days(path)
    database = Database(path, 1)
    database.migrate()
    database.close()
    days = rows_of(path, "SELECT day, held_day, settled_day, size FROM submissions ORDER BY id")
    assert days == [("2026-11-18", None, settled, 100) for settled in (None, None, "2026-11-19")]
    assert rows_of(path, "SELECT id, day, given_up FROM lost_rows") == [(bytes(16), "2026-11-17", "2026-11-17")]
    assert rows_of(path, "SELECT * FROM sent_bundles") == []


def test_an_older_version_finds_every_row_and_lets_what_is_not_settled_travel_anew(tmp_path: Path) -> None:
    path = tmp_path / "back.db"
    filled_before_whole_days(path)
    before = schema(path)
    database = Database(path, 1)
    database.migrate()
    database.close()
    migrate_back(path, "0002")
    assert schema(path) == before
    found = rows_of(path, "SELECT day, first_bundle, settled_day FROM submissions ORDER BY id")
    assert found == [("2026-11-18", None, settled) for settled in (None, None, "2026-11-19")]
    assert rows_of(path, "SELECT * FROM lost_rows") == [(bytes(16), "2026-11-17", None)]


def test_every_step_goes_back_to_nothing_and_forward_again(migrated: Path) -> None:
    newest = schema(migrated)
    migrate_back(migrated, "base")
    assert schema(migrated) == {}
    database = Database(migrated, 1)
    database.migrate()
    database.close()
    assert schema(migrated) == newest


def test_a_schema_of_a_newer_version_is_refused_and_left_alone(migrated: Path) -> None:
    connection = sqlite3.connect(migrated)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = migrated.read_bytes()
    with pytest.raises(StoreUnusable, match="newer version"):
        Database(migrated, 1).migrate()
    assert migrated.read_bytes() == before


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "half.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE outgoing_chain (something)")
    connection.close()
    database = Database(path, 1)
    with pytest.raises(StoreUnusable):
        database.migrate()
    database.close()
    assert set(schema(path)) == {"outgoing_chain"}


def test_a_store_from_before_is_taken_for_one_that_was_not_restored_and_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    database = Database(path, 1)
    database.migrate()
    database.close()
    migrate_back(path, "0003")
    before = schema(path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO outgoing_chain VALUES ('to_desk', 'server/to-desk/0', 0, NULL, NULL, 1, NULL)")
    connection.close()
    database = Database(path, 1)
    database.migrate()
    database.close()
    assert rows_of(path, "SELECT number, complete, letters_away FROM outgoing_chain") == [(0, 1, 0)]
    migrate_back(path, "0003")
    assert schema(path) == before
    assert rows_of(path, "SELECT number, complete FROM outgoing_chain") == [(0, 1)]
