"""The encrypted database: how it is opened, made, and brought to the version of this program.

The key is raw (``PRAGMA key = "x'…'"``), so that no passphrase work is done here and none stands in an address. Each
connection sets what SQLite forgets between connections: ``secure_delete``, the truncated rollback journal, foreign
keys. Temporary tables stay in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from reviewer.errors import LockedError, ReviewerError
from reviewer.vault.evidence_rows import EvidenceRow
from reviewer.vault.key_rows import OpenPgpKeyRow
from reviewer.vault.likeness_rows import SketchRow
from reviewer.vault.log_rows import LeafRow
from reviewer.vault.lost_words_rows import LostWordsRow
from reviewer.vault.triage_rows import PersonRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection, Engine

SCHEMA_VERSION = 1
_APPLICATION_ID = 0x4B686F6D  # "Khom"

DISK_TROUBLE = (OperationalError, dbapi2.OperationalError)
"""What a disk that is full, read-only or failing raises, through SQLAlchemy or past it; ``disk_in_words`` tells it."""

_DISK = (
    "database or disk is full",
    "disk I/O error",
    "unable to open database file",
    "attempt to write a readonly database",
)

STEPS: dict[int, Callable[[Connection], None]] = {}
"""``STEPS[n]`` brings a vault of version n to n + 1. A new vault is made whole; of version 1 there is no step."""

_WORDS = """
CREATE VIRTUAL TABLE words USING fts5(folded, tokenize = "unicode61 remove_diacritics 0", detail = full)
"""
_HISTORY_STAYS = """
CREATE TRIGGER history_{verb}_refused BEFORE {verb} ON history
BEGIN SELECT raise(ABORT, 'the history is append-only'); END
"""
_VALUES_STAY = """
CREATE TRIGGER history_value_update_refused BEFORE UPDATE ON history_value
BEGIN SELECT raise(ABORT, 'the history is append-only'); END
"""


def _connect(path: Path, key: bytes, *, create: bool) -> Any:
    if create:
        path.touch(mode=0o600, exist_ok=False)  # its journal takes the same mode
    # One thread uses it, but the garbage collector may close it from another.
    connection = dbapi2.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, check_same_thread=False)
    connection.isolation_level = None  # transactions are begun below, and never by guesswork
    for pragma in (
        "cipher_log_level = NONE",
        f"key = \"x'{key.hex()}'\"",
        "cipher_memory_security = OFF",
        "secure_delete = ON",
        "journal_mode = TRUNCATE",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        "trusted_schema = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def open_engine(path: Path, key: bytes, *, create: bool = False) -> Engine:
    """Give an engine on an encrypted file with one connection; the file must exist unless it is created."""
    engine = create_engine(
        "sqlite+pysqlite://",
        module=dbapi2,
        creator=lambda: _connect(path, key, create=create),
        poolclass=StaticPool,
        hide_parameters=True,  # no error repeats what a source wrote
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def disk_in_words(error: Exception) -> ReviewerError:
    """Say what is wrong with the disk of a database; raises the same error if it speaks of something else."""
    said = str(error.orig) if isinstance(error, OperationalError) else str(error)
    if said not in _DISK:
        raise error
    return ReviewerError(
        f"The disk is full, read-only or failing ({said}); what this command had not finished does not count.",
        "Free space there, then run the command again.",
    )


def copy_to(engine: Engine, path: Path) -> None:
    """Copy the database page by page under its own key into a new file of mode 0600."""
    path.touch(mode=0o600, exist_ok=False)
    raw = engine.raw_connection()  # VACUUM stands outside of any transaction
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(path),))
    finally:
        raw.close()


def change_key(path: Path, old: bytes, new: bytes) -> None:
    """Write every page of a database that nobody has open anew, under another key."""
    connection = _connect(path, old, create=False)
    try:
        connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
    finally:
        connection.close()


def opens(path: Path, key: bytes) -> bool:
    """Whether this is the key of a database."""
    engine = open_engine(path, key)
    try:
        with engine.begin() as connection:
            connection.execute(text("PRAGMA user_version")).scalar_one()
    except DatabaseError:
        return False
    finally:
        engine.dispose()
    return True


def check_whole(engine: Engine) -> None:
    """Read every page; raises LockedError when one is not what was written."""
    with engine.begin() as connection:
        damage = connection.execute(text("PRAGMA cipher_integrity_check")).all()
        result = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if damage or result != "ok":
        raise LockedError("The copied database does not verify.", "Use another disk.")


def create_schema(engine: Engine) -> None:
    """Make all tables of a new vault."""
    with engine.begin() as connection:
        for one in (EvidenceRow, SketchRow, LeafRow, LostWordsRow, OpenPgpKeyRow, PersonRow):
            one.metadata.create_all(connection)  # all tables, of all modules of rows
        connection.execute(text(_WORDS))
        connection.execute(text("INSERT INTO words(words, rank) VALUES ('secure-delete', 1)"))
        for verb in ("UPDATE", "DELETE"):
            connection.execute(text(_HISTORY_STAYS.format(verb=verb)))
        connection.execute(text(_VALUES_STAY))
        connection.execute(text(f"PRAGMA application_id = {_APPLICATION_ID}"))
        connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))


def check_schema(engine: Engine) -> None:
    """Bring an older vault to this version, one transaction a step; raises LockedError for a newer or foreign one."""
    try:
        with engine.begin() as connection:
            application = connection.execute(text("PRAGMA application_id")).scalar_one()
            version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
    except DatabaseError:
        raise LockedError(
            "The database of the vault is damaged, or belongs to another vault.", "Restore it from a backup."
        ) from None
    if application != _APPLICATION_ID:
        raise LockedError("This database is not a vault of Khomo.")
    if version > SCHEMA_VERSION:
        raise LockedError(f"This vault was made by a newer version (schema {version}).", "Install that version.")
    for number in range(version, SCHEMA_VERSION):
        with engine.begin() as connection:
            STEPS[number](connection)
            connection.execute(text(f"PRAGMA user_version = {number + 1}"))
