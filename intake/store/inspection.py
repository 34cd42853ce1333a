"""Looks through a store for what should not be there, what is missing, and what a crash left; repairs what is safe.

Safe is: removing what nobody was promised (uploads of dead processes, abandoned generations, blobs without a row:
nobody gets a receipt before the row is there), and setting modes and times. Nothing that has a row is ever touched.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from intake.counting import counted
from intake.store.clearing import clear_away, half_copied
from intake.store.database import Database
from intake.store.errors import StoreBusy, StoreUnusable, translated
from intake.store.incoming import leftovers, sweep
from intake.store.layout import Layout, level_time, row_of
from intake.store.models import MailboxRow, SubmissionRow
from intake.store.settings import FILE_TIME
from intake.store.wiping import remove_wiped
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from intake.store.gate import Gate
    from intake.store.layout import Generation
    from intake.store.store import Store
    from intake.store.values import StoredRow

_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_HEALTHY = "ok"
_PERSON = (
    "Restore the file from a backup if there is one. If it is lost for good, give the row up: "
    "khomo-intake doctor --forget-row {row}"
)


class Gravity(StrEnum):
    """How bad a finding is."""

    WARNING = "warning"
    DAMAGE = "damage"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        check: which check found it, one word.
        gravity: how bad it is.
        message: what is wrong.
        remedy: what to do; empty where it was repaired.
        repaired: whether it is all right now.
    """

    check: str
    gravity: Gravity
    message: str
    remedy: str
    repaired: bool = False


_BY_REPAIR = "Run: khomo-intake doctor --repair"


def _fixable(check: str, message: str, *, repaired: bool) -> Finding:
    return Finding(check, Gravity.WARNING, message, "" if repaired else _BY_REPAIR, repaired)


def before_opening(root: Path, *, repair: bool) -> Iterator[Finding]:
    """Look at what opening the store would clean up without a word."""
    layout = Layout(root)
    if not root.is_dir():
        return
    with translated():
        if layout.incoming.is_dir():
            yield from _leftovers(layout.incoming, repair=repair)
        name = layout.current_name()
        if name is not None:
            yield from _hot_journal(layout.generation(name).database)


def _leftovers(incoming: Path, *, repair: bool) -> Iterator[Finding]:
    for folder in leftovers(incoming):
        count = sum(1 for _ in folder.iterdir())
        if count:
            left = counted(count, "unfinished upload")
            yield _fixable("incoming", f"A process that is gone left {left}.", repaired=repair)
    if repair:
        sweep(incoming)


def _hot_journal(database: Path) -> Iterator[Finding]:
    if Database(database, 0.0).is_interrupted():
        message = "The database was interrupted in a commit, or is in one; SQLite undoes what was not finished."
        yield Finding("journal", Gravity.WARNING, message, "", repaired=True)


def inspect(
    store: Store, *, repair: bool, progress: Callable[[str, int, int], object] = lambda _stage, _done, _all: None
) -> Iterator[Finding]:
    """Look through an open store; what is found may change while the server runs, so doubts are looked at twice."""
    with translated():
        yield from _database(store)
        yield from _generations(store.gate, repair=repair)
        yield from _orphans(store.gate, repair=repair)
        yield from _rows(store, progress)
        yield from _modes_and_times(store.gate.layout.root, repair=repair)


def _database(store: Store) -> Iterator[Finding]:
    told = store.gate.read(lambda session: session.execute(text("PRAGMA integrity_check")).scalars().all())
    if list(told) != [_HEALTHY]:
        yield Finding(
            "database", Gravity.DAMAGE, f"SQLite finds {len(told)} faults in the database.", "Restore it from a backup."
        )
    odd = select(func.count()).select_from(MailboxRow).where(func.length(MailboxRow.letter) != LETTER_BYTES)
    count = store.gate.read(lambda session: session.scalar(odd))
    if count:
        message = f"{counted(count, 'letter has', 'letters have')} not the size of a letter."
        yield Finding("letters", Gravity.DAMAGE, message, "Import the newest bundle of the desk: it replaces them.")


def _generations(gate: Gate, *, repair: bool) -> Iterator[Finding]:
    try:
        with gate.rewriting.held():
            with gate.lock.held():
                found = gate.layout.abandoned()
            if repair:
                clear_away(gate)
            for folder in found:
                yield _fixable("generations", f"{folder.name} was left by an interrupted rewrite.", repaired=repair)
            for copy in half_copied(gate):
                if repair:
                    remove_wiped(copy)
                yield _fixable("copies", f"{copy.name} was copied by an interrupted rewrite.", repaired=repair)
    except StoreBusy:  # a rewrite is running; it removes what earlier ones left
        return


def _orphans(gate: Gate, *, repair: bool) -> Iterator[Finding]:
    with gate.writing() as generation:  # no commit is between its rename and its row
        with generation.database.reading() as session:
            known = _known(session, generation.files)
        for path in generation.files.present():
            if path in known:
                continue
            if repair:
                remove_wiped(path)
            yield _fixable("orphans", f"{path.name} belongs to no row: nobody got a receipt for it.", repaired=repair)


def remove_orphans(store: Store) -> int:
    """Remove what a crash left between a blob's name and its row; returns how many.

    Only among the fresh blobs: that is where a commit puts them. An older one without a row tells of something else,
    such as a database from a backup, and is for a person to see.
    """
    with store.gate.writing() as generation:  # no commit, of any process, is between the two
        with generation.database.reading() as session:
            known = _known(session, generation.files)
        orphans = [path for path in generation.files.fresh.iterdir() if path not in known]
        for path in orphans:
            remove_wiped(path)
    return len(orphans)


def _known(session: Session, files: Generation) -> set[Path]:
    """Return every path at which a row's blob may lie."""
    names = files.names
    rows = [RowId(row) for row in session.scalars(select(SubmissionRow.id))]
    return {path for row in rows for path in (files.fresh / names.of(row), files.blobs / row.hex())}


def _rows(store: Store, progress: Callable[[str, int, int], object]) -> Iterator[Finding]:
    rows = store.rows()
    total, done = sum(row.size for row in rows), 0
    for row in rows:
        wrong = fault_of(store, row) and fault_of(store, row)  # a rewrite may have moved and wiped it meanwhile
        if wrong and store.has_row(row.id):  # else it was deleted after its time, just now
            yield Finding(
                "rows", Gravity.DAMAGE, f"Row {row.id.hex()}: its file {wrong}.", _PERSON.format(row=row.id.hex())
            )
        done += row.size
        progress("checking", done, total)


def fault_of(store: Store, row: StoredRow) -> str:
    """Say what is wrong with a row's file; nothing if it is whole."""
    try:
        with store.open_blob(row.id) as blob:
            if os.fstat(blob.fileno()).st_size != row.size:
                return "has another size"
            digest = hashlib.file_digest(blob, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed wants more
    except (StoreUnusable, OSError):
        return "is missing" if store.gate.current().files.find(row.id) is None else "cannot be read"
    return "" if digest == row.sha256 else "has other content than was committed"


def _modes_and_times(root: Path, *, repair: bool) -> Iterator[Finding]:
    for path in [root, *root.rglob("*")]:
        with suppress(FileNotFoundError):  # an upload ended, or a row was moved, since the listing
            found = path.lstat()
            if not stat.S_ISLNK(found.st_mode):
                yield from _mode(path, found, repair=repair)
                yield from _time(path, found, repair=repair)


def _mode(path: Path, found: os.stat_result, *, repair: bool) -> Iterator[Finding]:
    if found.st_mode & _GROUP_AND_OTHERS:
        if repair:
            path.chmod(stat.S_IMODE(found.st_mode) & stat.S_IRWXU)
        yield _fixable("modes", f"Others on this machine may look into {path}.", repaired=repair)


def _time(path: Path, found: os.stat_result, *, repair: bool) -> Iterator[Finding]:
    stored = row_of(path) is not None and path.parent.name in {"blobs", "fresh"}
    if stored and found.st_mtime != FILE_TIME:
        if repair:
            level_time(path)
        yield _fixable("times", f"{path.name} bears a time.", repaired=repair)
