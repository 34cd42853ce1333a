"""Reads a ZIP once, from its first byte to its last, and takes it only as phones write it. Stands alone.

Rules:
1. Members follow each other without gaps; the directory says the same of each, in the same order; the end ends it.
2. A name is plain: no folder, no path, no control, and none stands twice, however it is written.
3. Stored or deflated, not locked, no links, no members over 4 GiB, no comment, no member that runs past what it says.
4. Never more members, and never more bytes, than the caller allows; bytes are counted before they are given.

Source: APPNOTE 6.3.10, sections 4.3 to 4.5; what java.util.zip writes.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_SUMS = struct.Struct("<3L")
_IS_LOCAL, _IS_CENTRAL, _IS_END, _IS_SUMS = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x07\x08"
_LOCKED, _SUMS_FOLLOW, _KNOWN_FLAGS = 0x1, 0x8, 0x80E
_STORED, _DEFLATED = 0, 8
_LARGE = 0xFFFFFFFF
_UNIX = 3
_CHUNK = 64 * 1024
_NAME_BYTES = 255


class RefusedError(Exception):
    """It is no ZIP that is taken: ``code`` says why, ``name`` which member."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.name = name


@dataclass(frozen=True)
class Most:
    """What is taken at most: members, and bytes of all of them unpacked."""

    members: int
    size: int


@dataclass
class _Entry:
    name: bytes
    flags: int
    method: int
    offset: int
    crc: int = 0
    packed: int = 0
    size: int = 0

    @property
    def sums(self) -> tuple[int, int, int]:
        return self.crc, self.packed, self.size


def plain_name(raw: bytes) -> str:
    """Return a member's name; raises RefusedError where it is none that stays in its place."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise RefusedError("names") from None
    bad = any(letter in "/\\:" or unicodedata.category(letter) == "Cc" for letter in name)
    if bad or name.strip(". ") == "" or len(raw) > _NAME_BYTES:
        raise RefusedError("names", name[:_NAME_BYTES])
    return name


class ZipStream:
    """One ZIP, read through a function that gives at most so many bytes, and none at the end."""

    def __init__(self, read: Callable[[int], bytes], most: Most) -> None:
        self._read = read
        self._most = most
        self._waiting = b""
        self._at = 0
        self._given = 0
        self._entries: list[_Entry] = []

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Give each member's name and its content, which is read to its end before the next; raises RefusedError."""
        names: set[str] = set()
        while (mark := self._take(4)) == _IS_LOCAL:
            entry = self._local(mark)
            name = plain_name(entry.name)
            if len(self._entries) >= self._most.members:
                raise RefusedError("many")
            if (folded := unicodedata.normalize("NFKC", name).casefold()) in names:
                raise RefusedError("twice", name)
            names.add(folded)
            content = self._content(entry, name)
            yield name, content
            for _rest in content:
                pass
            self._entries.append(entry)
        self._directory(mark)

    def _local(self, mark: bytes) -> _Entry:
        offset = self._at - len(mark)
        fields = _LOCAL.unpack(mark + self._take(_LOCAL.size - len(mark)))
        _mark, _needs, flags, method, _time, _date, crc, packed, size, name_size, extra = fields
        name = self._take(name_size)
        self._take(extra)
        if flags & _LOCKED:
            raise RefusedError("locked")
        if flags & ~_KNOWN_FLAGS or method not in {_STORED, _DEFLATED}:
            raise RefusedError("form")
        if _LARGE in {packed, size}:
            raise RefusedError("large")
        if flags & _SUMS_FOLLOW and (method == _STORED or (crc, packed, size) != (0, 0, 0)):
            raise RefusedError("form")
        return _Entry(name, flags, method, offset, crc, packed, size)

    def _content(self, entry: _Entry, name: str) -> Iterator[bytes]:
        begins, crc, size = self._at, 0, 0
        for data in self._inflated() if entry.method == _DEFLATED else self._stored(entry.packed):
            crc, size = zlib.crc32(data, crc), size + len(data)
            self._given += len(data)
            if self._given > self._most.size:
                raise RefusedError("grown", name)
            yield data
        found = (crc, self._at - begins, size)
        if entry.flags & _SUMS_FOLLOW:
            entry.crc, entry.packed, entry.size = found
            head = self._take(4)
            said = self._take(_SUMS.size) if head == _IS_SUMS else head + self._take(_SUMS.size - 4)
            found = _SUMS.unpack(said)
        if found != entry.sums:
            raise RefusedError("damaged", name)

    def _stored(self, left: int) -> Iterator[bytes]:
        while left:
            data = self._some(min(left, _CHUNK))
            left -= len(data)
            yield data

    def _inflated(self) -> Iterator[bytes]:
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        packed = b""
        while not engine.eof:
            packed = engine.unconsumed_tail or self._some(_CHUNK)
            try:
                data = engine.decompress(packed, _CHUNK)
            except zlib.error:
                raise RefusedError("damaged") from None
            if data:
                yield data
        self._waiting = engine.unused_data + self._waiting
        self._at -= len(engine.unused_data)

    def _directory(self, mark: bytes) -> None:
        begins = self._at - len(mark)
        for entry in self._entries:
            if mark != _IS_CENTRAL:
                raise RefusedError("form")
            self._central(mark, entry)
            mark = self._take(4)
        size = self._at - len(mark) - begins
        count = len(self._entries)
        if mark + self._take(_END.size - len(mark)) != _END.pack(_IS_END, 0, 0, count, count, size, begins, 0):
            raise RefusedError("form")
        if self._waiting or self._read(1):
            raise RefusedError("form")

    def _central(self, mark: bytes, entry: _Entry) -> None:
        fields = _CENTRAL.unpack(mark + self._take(_CENTRAL.size - len(mark)))
        _mark, made, _needs, flags, method, _time, _date, *sums, name_size, extra, comment = fields[:13]
        _disk, _inner, outer, offset = fields[13:]
        name = self._take(name_size)
        self._take(extra)
        said = (name, flags, method, offset, tuple(sums), comment)
        if said != (entry.name, entry.flags, entry.method, entry.offset, entry.sums, 0):
            raise RefusedError("form", entry.name.decode())
        kind = stat.S_IFMT(outer >> 16)
        if made >> 8 == _UNIX and kind not in {0, stat.S_IFREG}:
            raise RefusedError("link", entry.name.decode())

    def _some(self, most: int) -> bytes:
        data = self._waiting[:most] or self._read(most)
        self._waiting = self._waiting[most:]
        self._at += len(data)
        if not data:
            raise RefusedError("cut")
        return data

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self._some(size - len(data))
        return data
