"""What a seized disk would show of this store right now, measured on its files and not recited.

Rules:
1. Nothing is opened for writing, swept or undone: looking leaves the store as a thief would find it.
2. The database is read twice: what its rows say, and where SQLite has put them in the file (``pages``).
3. A trace says how many rows or mailboxes it bears on, and what would make it less, if anything would.
4. What cannot be seen from here is not guessed at: freed blocks, the file system's own journal, the system's logs.
"""

from __future__ import annotations

import mmap
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import log2
from typing import TYPE_CHECKING

from intake.store.errors import StoreUnusable, translated
from intake.store.layout import Layout
from intake.store.pages import RawPages, out_of_order
from intake.store.settings import FILE_TIME
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from intake.store.layout import Generation

SQLITE_ITSELF = 0.02
"""Share of rows that SQLite leaves out of the order of their keys when it writes a whole file anew."""

ONE_NIGHT = 6 * 3600
"""Seconds within which a rewrite touches every older blob."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that a disk tells beside the rows themselves.

    Attributes:
        name: one word for scripts.
        count: how many rows, mailboxes, files or bytes it bears on; the sentence says which.
        says: what it tells, as a sentence.
        remedy: what would make it less; empty where only the next night or nothing does.
    """

    name: str
    count: int
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much telling rows apart by one property gives away.

    Attributes:
        distinct: how many different values there are.
        bits: information that the value of a row gives on average (Shannon), in bits.
    """

    distinct: int
    bits: float

    @classmethod
    def of(cls, found: Counter[object]) -> Spread:
        """Measure values and how often they occur."""
        total = sum(found.values())
        return cls(len(found), sum(-each / total * log2(each / total) for each in found.values()) + 0.0)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows of the database say by themselves: key, day, size; and days about bundles."""

    rows: list[tuple[bytes, str, int]]
    mailboxes: int
    held: int
    lost: int
    bundle_days: list[str]
    listed: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class Places:
    """Where SQLite has put rows and letters, and what lies in its free pages."""

    rows_out_of_order: int
    mailboxes_out_of_order: int
    free_pages_with_content: int


@dataclass(frozen=True, slots=True)
class Blob:
    """What the file system says of one blob."""

    links: int
    size: int
    changed: float
    leveled: bool


@dataclass(frozen=True, slots=True)
class Disk:
    """Everything that was measured.

    Attributes:
        rows: of the database.
        places: in the database's file.
        journal_bytes: bytes of SQLite's journal that are not zero; how the journal stands is for ``doctor``.
        fresh: blobs since the last rewrite, by name.
        settled: older blobs, by name.
        orphans: blobs that stand for no row.
        uploads: bytes of each upload that is under way or was left.
        left_over: generations that no link names.
        extra: traces that others measured, such as tor's.
    """

    rows: Rows
    places: Places
    journal_bytes: int
    fresh: dict[str, Blob]
    settled: dict[str, Blob]
    orphans: int
    uploads: list[int]
    left_over: int
    extra: tuple[Trace, ...] = field(default=())


def look(root: Path) -> Disk:
    """Measure a store; raises StoreUnusable where there is none, or where it cannot be read as it lies."""
    with translated():
        layout = Layout(root)
        name = layout.current_name() if root.is_dir() else None
        if name is None:
            raise StoreUnusable(f"There is no store at {root} yet.", "The first start of the service makes it.")
        generation = layout.generation(name)
        rows = _rows(generation)
        fresh, settled = _blobs(generation.fresh), _blobs(generation.blobs)
        known = {RowId(row) for row, _day, _size in rows.rows}
        of_rows = {*generation.names.rows(known), *(row.hex() for row in known)}
        return Disk(
            rows=rows,
            places=_places(generation),
            journal_bytes=_journal(generation),
            fresh=fresh,
            settled=settled,
            orphans=len({*fresh, *settled} - of_rows),
            uploads=[path.stat().st_size for folder in layout.incoming.iterdir() for path in folder.iterdir()],
            left_over=len(layout.abandoned()),
        )


def _connect(generation: Generation) -> sqlite3.Connection:
    return sqlite3.connect(f"{generation.database.absolute().as_uri()}?mode=ro", uri=True)


def _rows(generation: Generation) -> Rows:
    try:
        with closing(_connect(generation)) as database:
            return Rows(
                rows=database.execute("SELECT id, day, size FROM submissions").fetchall(),
                mailboxes=_number(database, "SELECT count(*) FROM mailboxes"),
                held=_number(database, "SELECT count(*) FROM submissions WHERE held_day IS NOT NULL"),
                lost=_number(database, "SELECT count(*) FROM lost_rows"),
                bundle_days=[day for (day,) in database.execute("SELECT day FROM sent_bundles ORDER BY number")],
                listed=bool(_number(database, "SELECT count(manifest) FROM outgoing_chain")),
                complete=not _number(database, "SELECT count(*) FROM outgoing_chain WHERE NOT complete"),
            )
    except sqlite3.Error as error:
        raise StoreUnusable("The database cannot be read as it lies.", "Run: khomo-intake doctor") from error


def _number(database: sqlite3.Connection, query: str) -> int:
    return int(database.execute(query).fetchone()[0])


def _places(generation: Generation) -> Places:
    with closing(_connect(generation)) as database:
        roots = dict(database.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'"))
    with generation.database.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
        pages = RawPages(image)
        rows, boxes = (
            out_of_order([place for _, place in pages.places(roots[name])]) for name in ("submissions", "mailboxes")
        )
        return Places(rows, boxes, sum(not pages.is_empty(page) for page in pages.free_pages()))


def _journal(generation: Generation) -> int:
    journal = generation.database.with_name("khomo.db-journal")
    return sum(1 for byte in journal.read_bytes() if byte) if journal.exists() else 0


def _blobs(folder: Path) -> dict[str, Blob]:
    return dict(_each(folder))


def _each(folder: Path) -> Iterator[tuple[str, Blob]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            found = entry.stat(follow_symlinks=False)
            leveled = found.st_mtime == found.st_atime == FILE_TIME
            yield entry.name, Blob(found.st_nlink, found.st_size, found.st_ctime, leveled)


def span(blobs: Iterable[Blob]) -> tuple[str, str, float]:
    """Return the first and the last change time that blobs bear, and the seconds between; at least one is given."""
    times = sorted(blob.changed for blob in blobs)
    first, last = (datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S") for time in (times[0], times[-1]))
    return first, last, times[-1] - times[0]
