"""SQLite as this store wants it: pragmas on every connect, BEGIN said by us, errors in our family.

Rules:
- `secure_delete` belongs to a connection, not to the file: it is set on every connect, and verified.
- PERSIST, not WAL: a WAL keeps the order of pages of days. Not TRUNCATE either: what it cuts off stays in free blocks,
  where no night finds it. After each write the journal is overwritten where it lies, unless it still counts.
- FULL, so that an answer means "on the disk".
- A write begins IMMEDIATE: two writers queue up instead of failing half-way.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from intake.store.errors import StoreUnusable, translated
from intake.store.layout import level_time, open_quietly
from intake.store.wiping import overwrite
from keys.sealing.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRAGMAS = {
    "foreign_keys": ("ON", 1),
    "secure_delete": ("ON", 1),
    "journal_mode": ("PERSIST", "persist"),
    "synchronous": ("FULL", 2),
    "temp_store": ("MEMORY", 2),
    "trusted_schema": ("OFF", 0),
}
_MIGRATIONS = Path(__file__).parent / "migrations"
_READERS = 8
_HOT = bytes.fromhex("d9d505f920a163d7")
"""What a journal begins with while it counts (sqlite.org/fileformat2.html); a commit overwrites it."""

_JOURNAL_KEPT = MIB
"""A journal up to this size stays as zeros; a larger one, as an import leaves it, is cut off once they are down."""


def _prepare(connection: Any, busy_seconds: float) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
    for name, (value, expected) in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}").close()
        if connection.execute(f"PRAGMA {name}").fetchone()[0] != expected:
            raise StoreUnusable(f"SQLite refuses {name} = {value}.", "Use an SQLite library that offers it.")


def _engine(path: Path, busy_seconds: float) -> Engine:
    engine = create_engine(f"sqlite:///{path}", pool_size=_READERS, max_overflow=_READERS)
    event.listen(engine, "connect", lambda connection, _record: _prepare(connection, busy_seconds))
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


class Database:
    """The database file of one generation."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.path = path
        self._engine = _engine(path, busy_seconds)
        self._writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give one consistent view."""
        with translated(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a transaction that is durable when the block ends, and undone when it raises."""
        with translated():
            try:
                with Session(self._writing, expire_on_commit=False) as session, session.begin():
                    yield session
            finally:
                self._empty_journal()

    @property
    def _journal(self) -> Path:
        return self.path.with_name(f"{self.path.name}-journal")

    def is_interrupted(self) -> bool:
        """Tell whether the journal counts: a write is under way, or was when the power went."""
        try:
            with open_quietly(self._journal) as journal:
                return journal.read(len(_HOT)) == _HOT
        except FileNotFoundError:
            return False

    def _empty_journal(self) -> None:
        """Overwrite what the pages held before; the caller holds the store's lock, so nobody else writes."""
        if self.is_interrupted():
            return
        with suppress(FileNotFoundError), self._journal.open("r+b", buffering=0) as journal:
            if os.fstat(journal.fileno()).st_size > _JOURNAL_KEPT:
                overwrite(journal.fileno())
                journal.truncate(0)
            else:
                used = len(journal.read(_JOURNAL_KEPT).rstrip(b"\0"))  # behind it are the zeros of last time
                os.pwrite(journal.fileno(), bytes(used), 0)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep everybody out, those who read too; raises StoreBusy when they do not end in time."""
        with translated(), self._engine.execution_options(begin="BEGIN EXCLUSIVE").connect() as connection:
            connection.begin()
            yield

    def migrate(self) -> None:
        """Make the file if need be and bring its schema up to date, all or nothing."""
        with translated():
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with self._writing.begin() as connection:
                _upgrade(connection)
            self._empty_journal()

    def vacuum_into(self, target: Path) -> None:
        """Write all living rows, in the order of their random keys, into a fresh file."""
        with translated():
            with self._engine.connect().execution_options(begin="SELECT 1") as connection:
                connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
            target.chmod(0o600)
            level_time(target)
            with target.open("rb") as written:
                os.fsync(written.fileno())

    def close(self) -> None:
        """Close the connections that nobody uses; the others close when they are given back."""
        self._engine.dispose()


def migrations(connection: Connection | None = None) -> AlembicConfig:
    """Return alembic's settings for the migrations of this package."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    try:
        command.upgrade(migrations(connection), "head")
    except CommandError as error:
        raise StoreUnusable("The store was made by a newer version.", "Install that version or a later one.") from error
