"""What a thief reads off a disk: every field of every file, the order of names, the database's pages, raw blocks."""

from __future__ import annotations

import fcntl
import re
import sqlite3
import struct
import subprocess
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.store.layout import FreshNames, row_of
from intake.store.pages import RawPages
from keys.sealing.age import HYBRID_HEADER_BYTES
from tests.intake.store.thief.ground import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = re.compile(rb"[0-9a-f]{32}")
_ROW = re.compile(rb"(?s)(?=(.{16})20\d\d-\d\d-\d\d)")
_MAILBOX = re.compile(rb"(?s)(?=(.{16})age-encryption\.org/v1\n)")
_INODE = 256
_PRIVATE_FILE = 0o100600
_FIEMAP = 0xC020660B
_MAP = struct.Struct("<QQIIII")
_EXTENT = struct.Struct("<QQQQQIIII")
_EXTENTS = 512
_STAT = "%n\\t%i\\t%.9Z\\t%.9W\\t%.9Y\\t%.9X\\t%h\\t%s\\n"


@dataclass
class Evidence:
    """What was found, by what it says of which row or mailbox.

    Attributes:
        rows: a row's features, each a number that might follow the order in which rows came.
        mailboxes: the same of mailboxes.
        sizes: of every blob that a row names.
        days: of every row that the database names.
        beginnings: the header of each blob, and its size.
        born: size and birth time of every inode, live or not, wherever a copy of it lies.
    """

    rows: dict[str, dict[bytes, float]] = field(default_factory=lambda: defaultdict(dict))
    mailboxes: dict[str, dict[bytes, float]] = field(default_factory=lambda: defaultdict(dict))
    sizes: dict[bytes, int] = field(default_factory=dict)
    days: dict[bytes, str] = field(default_factory=dict)
    born: list[tuple[int, float]] = field(default_factory=list)
    beginnings: list[tuple[bytes, int]] = field(default_factory=list)


def read_disk(store: Path, raw: bytes) -> Evidence:
    """Read a store's folder as it lies, and all raw bytes beneath it."""
    found = Evidence()
    [generation] = (store / (store / "current").readlink(),)
    _files(found, generation)
    _database(found, generation)
    _blocks(found, generation, raw)
    found.born = list(_inodes(raw))
    return found


def _files(found: Evidence, generation: Path) -> None:
    with sqlite3.connect(f"{(generation / 'khomo.db').as_uri()}?mode=ro&immutable=1", uri=True) as database:
        rows = database.execute("SELECT id, day FROM submissions").fetchall()
    database.close()
    found.days = dict(rows)
    names = FreshNames((generation / "name.key").read_bytes())
    fresh = names.rows([row for row, _day in rows])
    for place in ("fresh", "blobs"):
        listed = _ask("ls", "-U", folder=generation / place).split()
        told = _ask("stat", f"--printf={_STAT}", "--", *listed, folder=generation / place) if listed else ""
        for order, line in enumerate(told.splitlines()):
            name, *values = line.split("\t")
            row = fresh.get(name) if place == "fresh" else row_of(generation / place / name)
            if row is not None:
                features = ("inode", "changed", "born", "modified", "read")
                for what, value in zip(features, values[:5], strict=True):
                    found.rows[what][row] = float(value)
                found.rows["order of names"][row] = order
                found.sizes[row] = int(values[6])


def _ask(*command: str, folder: Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout


def _database(found: Evidence, generation: Path) -> None:
    image = (generation / "khomo.db").read_bytes()
    with sqlite3.connect(f"{(generation / 'khomo.db').as_uri()}?mode=ro&immutable=1", uri=True) as database:
        roots = dict(database.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'"))
    database.close()
    pages = RawPages(image)
    for features, table in ((found.rows, "submissions"), (found.mailboxes, "mailboxes")):
        for key, place in pages.places(roots[table]):
            features["place in the database"][key] = place.page * pages.size + place.from_end
            features["place in its page"][key] = place.from_end


def _blocks(found: Evidence, generation: Path, raw: bytes) -> None:
    """Look for names, rows, letters and sealed content in every block, live ones apart from all others.

    Of copies the thief takes those in blocks that hold nothing newer than the day in question, as it was on that day.
    """
    files = [path for path in generation.rglob("*") if path.is_file()]
    live = set().union(*(_extents(path) for path in files))
    blobs = [path for path in files if path.parent.name in {"fresh", "blobs"}]
    found.beginnings = [(path.read_bytes()[:HYBRID_HEADER_BYTES], path.stat().st_size) for path in blobs]
    content = {path.read_bytes()[BLOCK : BLOCK + 32]: row_of(path) for path in files if row_of(path)}
    tell = _Telling(found)
    for at in range(0, len(raw), BLOCK):
        block = raw[at : at + BLOCK]
        if not block.strip(b"\0"):
            continue
        kind = "live" if at // BLOCK in live else "dead"
        row = content.get(block[:32])
        if row:
            tell.rows(f"{kind} content", [(row, 0)], at)
        tell.rows(f"{kind} name", [(bytes.fromhex(one[0].decode()), one.start()) for one in _NAME.finditer(block)], at)
        tell.rows(f"{kind} row", [(one[1], -one.start()) for one in _ROW.finditer(block)], at)
        for cell in _MAILBOX.finditer(block):
            tell.mailbox(f"{kind} letter", cell[1], at + cell.start())


class _Telling:
    """Notes where something was seen first, last, how often, and where in its block."""

    def __init__(self, found: Evidence) -> None:
        self._found = found
        self._boxes = set(found.mailboxes["place in the database"])

    def rows(self, what: str, seen: list[tuple[bytes, int]], at: int) -> None:
        days = self._found.days
        known = [(key, place) for key, place in seen if key in days]
        newest = max((days[key] for key, _place in known), default="")
        for key, place in known:
            _note(self._found.rows, what, key, at)
            if days[key] == newest:
                _note(self._found.rows, f"{what} in a block of its day", key, at)
                self._found.rows[f"{what}, first place in a block of its day"].setdefault(key, place)
                self._found.rows[f"{what}, last place in a block of its day"][key] = place

    def mailbox(self, what: str, key: bytes, at: int) -> None:
        if key in self._boxes:
            _note(self._found.mailboxes, what, key, at)


def _note(features: dict[str, dict[bytes, float]], what: str, key: bytes, at: int) -> None:
    features[f"{what}, first"].setdefault(key, at)
    features[f"{what}, last"][key] = at
    features[f"{what}, how often"][key] = features[f"{what}, how often"].get(key, 0) + 1


def _extents(path: Path) -> set[int]:
    """Return the blocks of the disk on which a file lies (``FS_IOC_FIEMAP``)."""
    asked = bytearray(_MAP.pack(0, 1 << 62, 0, 0, _EXTENTS, 0) + bytes(_EXTENTS * _EXTENT.size))
    with path.open("rb") as file, suppress(OSError):  # not every file system tells
        fcntl.ioctl(file, _FIEMAP, asked)
    count = _MAP.unpack_from(asked)[3]
    found = [_EXTENT.unpack_from(asked, _MAP.size + number * _EXTENT.size) for number in range(count)]
    return {block for _at, start, length, *_rest in found for block in range(start // BLOCK, (start + length) // BLOCK)}


def _inodes(raw: bytes) -> Iterator[tuple[int, float]]:
    """Yield size and birth of all that looks like the inode of a private file, deleted ones and copies too.

    A deleted inode keeps its birth; its size is gone, but older copies of it in the journal still have it.
    """
    mode = struct.pack("<H", _PRIVATE_FILE)
    for at in range(0, len(raw) - _INODE, _INODE):
        if raw[at : at + 2] != mode:
            continue
        size, _accessed, changed = struct.unpack_from("<III", raw, at + 4)
        birth, extra = struct.unpack_from("<II", raw, at + 0x90)
        if size and changed:
            yield size, birth + (extra >> 2) / 1e9
