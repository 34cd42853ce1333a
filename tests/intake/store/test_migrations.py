from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
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
