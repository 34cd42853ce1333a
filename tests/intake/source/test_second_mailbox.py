"""A second mailbox is ordinary: what a server keeps of a report and of a cover report is the same, in either order.

Compared is everything that a store shows: kinds of files, modes, sizes, times and links, tables and their rows, pages
of the database, and the log; with the two reports of one person, in both orders, and those of two people who know
nothing of each other.
"""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from intake.store import Store
from tests.intake.server.door_client import get, post, read_answer
from tests.intake.source.conftest import hidden_fields, multipart
from tests.intake.source.test_served import FORM, ServedDoor
from tests.intake.world import WRITE, at

if TYPE_CHECKING:
    from collections.abc import Callable

REAL = "The minister's brother was paid twice for the road. " * 300
COVER = "The street lamps in our road are broken."
ORDINARY = "Nobody has collected the waste since May. " * 20
INTAKE = Path(sys.executable).with_name("khomo-intake")

HEX = re.compile(r"[0-9a-f]{16,}")
RANDOM_COLUMNS = {"id", "address", "sha256", "letter"}


@dataclass(frozen=True)
class StorageAudit:
    """All that a store and its log tell.

    Attributes:
        files: kind, mode, size, links and times of each file, with how many there are.
        rows: of each table, its rows, random bytes as their length.
        pages: of the database, and those that are free.
        log: its lines.
    """

    files: Counter[tuple[object, ...]]
    rows: dict[str, list[str]]
    pages: tuple[int, int]
    log: list[str]

    @classmethod
    def of(cls, folder: Path) -> StorageAudit:
        store = folder / "store"
        database = (store / "current").resolve() / "khomo.db"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {table: sorted(map(repr, _rows(connection, table))) for table in sorted(tables)}
            pages = tuple(
                connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "freelist_count")
            )
        files = Counter(_file(path, folder) for path in sorted(store.rglob("*")))
        return cls(files, rows, pages, _log(folder))


def _pragma(connection: sqlite3.Connection, what: str) -> int:
    return int(connection.execute(f"PRAGMA {what}").fetchone()[0])


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    shown = [f"length({column})" if column in RANDOM_COLUMNS else column for column in columns]
    return list(connection.execute(f"SELECT {', '.join(shown)} FROM {table}"))


def _file(path: Path, folder: Path) -> tuple[object, ...]:
    """Tell of a file what is not random: its name's shape, and what the file system says of it."""
    found = path.lstat()
    shape = HEX.sub(lambda name: f"<{len(name[0])}>", str(path.relative_to(folder)))
    size = found.st_size if stat.S_ISREG(found.st_mode) else 0
    written = found.st_mtime if HEX.fullmatch(path.name) and path.is_file() else 0  # a row's own time
    return shape, stat.filemode(found.st_mode), size, found.st_nlink, written


def _log(folder: Path) -> list[str]:
    log = (folder / "log").read_text().replace(str(folder), "")
    return [re.sub(r"pid: ?\d+", "pid", line) for line in log.splitlines()]


@dataclass
class Person:
    """One who reports over a circuit of their own, and comes back."""

    door: ServedDoor
    circuit: int

    def report(self, text: str) -> str:
        form = hidden_fields(self._ask(get(WRITE)).decode())
        body = multipart([*form.items(), ("consent", "leads"), ("message", text)])
        assert b"We have it" in self._ask(post(WRITE, len(body), FORM) + body)
        return form["codename"]

    def come_back(self, codename: str) -> None:
        body = multipart([("codename", codename)])
        answer = self._ask(post(at("box.enter"), len(body), FORM) + body)
        [cookie] = re.findall(rb"Set-Cookie: (visit=[^;]+)", answer)
        request = get(at("box.show")).removesuffix(b"\r\n") + b"Cookie: " + cookie + b"\r\n\r\n"
        assert b"Not yet read" in self._ask(request)

    def _ask(self, request: bytes) -> bytes:
        with self.door.connect(proxy_line(self.circuit) + request) as connection:
            answer = read_answer(connection)
        return answer.head + answer.body


def _real_first(door: ServedDoor) -> None:
    source = Person(door, 1)
    real, cover = source.report(REAL), source.report(COVER)
    source.come_back(real)
    source.come_back(cover)


def _cover_first(door: ServedDoor) -> None:
    source = Person(door, 1)
    cover, real = source.report(COVER), source.report(REAL)
    source.come_back(cover)
    source.come_back(real)


def _two_people(door: ServedDoor) -> None:
    one, other = Person(door, 1), Person(door, 2)
    mine, theirs = one.report(ORDINARY), other.report(COVER)
    other.come_back(theirs)
    one.come_back(mine)


WAYS: dict[str, Callable[[ServedDoor], None]] = {
    "real first": _real_first,
    "cover first": _cover_first,
    "two people": _two_people,
}


def _rewrite(folder: Path) -> None:
    config = str(folder / "config.toml")
    subprocess.run([INTAKE, "rewrite", "--config", config], check=True, capture_output=True)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> StorageAudit:
    """A store to which nothing has come."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "log").touch()
    Store(folder / "store").close()
    return StorageAudit.of(folder)


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[StorageAudit]]:
    """For each way: the store while it is served, after a stop, and after the night."""
    found: dict[str, list[StorageAudit]] = {}
    for way, visit in WAYS.items():
        folder = tmp_path_factory.mktemp("door")
        door = ServedDoor(folder)
        try:
            visit(door)
            found[way] = [StorageAudit.of(folder)]
        finally:
            door.close()
        found[way].append(StorageAudit.of(folder))
        _rewrite(folder)
        found[way].append(StorageAudit.of(folder))
    return found


@pytest.mark.parametrize("moment", [0, 1, 2], ids=["while it is served", "after a stop", "after the night"])
@pytest.mark.parametrize("what", ["files", "rows", "pages", "log"])
def test_nothing_that_is_kept_tells_a_second_mailbox(
    audits: dict[str, list[StorageAudit]], what: str, moment: int
) -> None:
    one, *others = [getattr(audit[moment], what) for audit in audits.values()]
    for other in others:
        assert other == one


def test_the_audit_sees_two_rows_and_two_mailboxes(audits: dict[str, list[StorageAudit]]) -> None:
    audit = audits["real first"][2]
    assert len(audit.rows["submissions"]) == len(audit.rows["mailboxes"]) == 2
    rows = [kind for kind in audit.files.elements() if str(kind[0]).endswith("/blobs/<32>")]
    assert len(rows) == 2
    assert len(set(rows)) == 1, "both rows have one mode, one size, one time"


def test_the_audit_would_see_a_report_more(audits: dict[str, list[StorageAudit]], empty: StorageAudit) -> None:
    audit = audits["real first"][0]
    assert empty.files != audit.files
    assert empty.rows != audit.rows
    assert empty.pages != audit.pages
