"""The schema of a store, forward to what this program knows and back to what an older one knew.

Opening a store brings it forward by itself (`Gate`). Going back is asked for, while nobody else has the store open:
the older program, once it is there, opens it as it always did. Each step is one transaction; rows, letters and chains
stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from intake.store.database import Database, migrations
from intake.store.errors import StoreUnusable, translated
from intake.store.layout import Layout
from intake.store.lock import FairLock

if TYPE_CHECKING:
    from pathlib import Path

    from intake.store.settings import StoreSettings


def schemas() -> list[str]:
    """Return every schema that this program knows, the newest first."""
    return [step.revision for step in ScriptDirectory.from_config(migrations()).walk_revisions()]


def stored_schema(folder: Path, settings: StoreSettings) -> str | None:
    """Return the schema of a store without changing it; None where there is none yet."""
    database = _database(folder, settings)
    if database is None:
        return None
    try:
        return database.schema()
    finally:
        database.close()


def bring_to(folder: Path, settings: StoreSettings, schema: str) -> None:
    """Bring a store to a schema, forward or back, all or nothing.

    Raises:
        StoreUnusable: there is no store, or no such schema, or the store is newer than this program.
        StoreBusy: somebody writes to it.
    """
    known = schemas()
    if schema not in known:
        raise StoreUnusable(f"This program knows no schema {schema}.", f"It knows {', '.join(reversed(known))}.")
    database = _database(folder, settings)
    if database is None:
        raise StoreUnusable(f"There is no store at {folder} yet.", "The first start of the service makes it.")
    try:
        if database.schema() not in known:
            raise StoreUnusable("The store was made by a newer version.", "Install that version or a later one.")
        busy = FairLock(folder, "rewrite", 0.0), FairLock(folder, "export", 0.0)
        with busy[0].held(), busy[1].held(), FairLock(folder, "store", settings.lock_seconds).held():
            database.bring_to(schema, forward=known.index(schema) <= known.index(database.schema() or schema))
    finally:
        database.close()


class _Movable(Database):
    """A database whose schema may go both ways."""

    def schema(self) -> str | None:
        """Return the schema that the file has."""
        with translated(), self._engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def bring_to(self, schema: str, *, forward: bool) -> None:
        """Take the steps to another schema, all or nothing."""
        move = command.upgrade if forward else command.downgrade
        with translated(), self._writing.begin() as connection:
            move(migrations(connection), schema)


def _database(folder: Path, settings: StoreSettings) -> _Movable | None:
    layout = Layout(folder)
    with translated():
        name = layout.current_name()
    return None if name is None else _Movable(layout.generation(name).database, settings.busy_seconds)
