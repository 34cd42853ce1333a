"""The strict reader of containers. Only this reader may look at a container outside the sandbox.

Rules; breaking any is ``DamagedContainer``:
1. The container's length is a size class.
2. Every header, descriptor, directory entry and end record is made again from name, CRC, size and offset, and compared
   byte for byte: there are no extras, comments, other methods, dates, flags or disks to tell apart.
3. Members tile the file: the first starts at 0, each starts where the one before ends, the directory follows the last.
4. Paths are safe in every segment, differ on every file system, and none is a folder of another.
5. The last member, and no other, is the padding; ``check_padding`` shows that it is all zeros.
6. Content is checked against its CRC while it is read; the last bytes are only given out when it is right.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing import zip_records
from keys.sealing.container import PADDING, DamagedContainer, Paths
from keys.sealing.limits import AGE_CHUNK, CONTAINER_MEMBERS, CONTAINER_NAME_BYTES
from keys.sealing.sizes import is_size_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

_ENTRY_LIMIT = zip_records.ENTRY.size + CONTAINER_NAME_BYTES + zip_records.ENTRY_EXTRA.size
_DIRECTORY_LIMIT = CONTAINER_MEMBERS * _ENTRY_LIMIT


@dataclass(frozen=True, slots=True)
class StoredMember:
    """One member as found: path, bytes of content, CRC-32, where the content starts."""

    name: str
    size: int
    crc: int
    data_offset: int


class Container:
    """A container whose structure has been checked; contents are checked as they are read."""

    def __init__(self, file: BinaryIO, members: tuple[StoredMember, ...]) -> None:
        self._file = file
        self._padding = members[-1]
        self.members = members[:-1]
        self._named = {member.name: member for member in self.members}

    @classmethod
    def read(cls, file: BinaryIO) -> Container:
        """Check the structure of a seekable file; nothing but headers and directory is read."""
        records, directory_offset = _read_directory(file)
        names = _checked_names(records)
        _check_tiling(records, directory_offset)
        for record in records:
            _check_frame(file, record)
        pairs = zip(names, records, strict=True)
        return cls(file, tuple(StoredMember(name, one.size, one.crc, one.data_offset) for name, one in pairs))

    def open(self, name: str) -> io.BufferedReader:
        """Return the content of one member, to be read once and in order.

        Raises ``KeyError`` for an unknown name, ``DamagedContainer`` while reading when content and CRC differ.
        """
        return io.BufferedReader(_MemberReader(self._file, self._named[name]), AGE_CHUNK)

    def check_padding(self) -> None:
        """Read the padding, which must be zeros."""
        with io.BufferedReader(_MemberReader(self._file, self._padding), AGE_CHUNK) as padding:
            while block := padding.read(AGE_CHUNK):
                if block.count(0) != len(block):
                    raise DamagedContainer("The padding of the container is not empty.")


def _read_directory(file: BinaryIO) -> tuple[list[zip_records.Record], int]:
    size = file.seek(0, io.SEEK_END)
    if not is_size_class(size):
        raise DamagedContainer("The length of the container is no size class.")
    end = _read_at(file, size - zip_records.END_BYTES, zip_records.END_BYTES)
    *_, directory_bytes, directory_offset = zip_records.END64.unpack_from(end)
    if directory_offset + directory_bytes + zip_records.END_BYTES != size or directory_bytes > _DIRECTORY_LIMIT:
        raise DamagedContainer("The directory of the container is not at its end.")
    entries = _read_at(file, directory_offset, directory_bytes)
    records = list(_parse_entries(entries))
    if zip_records.directory(records, directory_offset) != entries + end:
        raise DamagedContainer("The directory of the container does not have the one form that is allowed.")
    return records, directory_offset


def _parse_entries(entries: bytes) -> Iterator[zip_records.Record]:
    """Take the four values out of each entry; whether the rest is right shows when it is made again."""
    position = 0
    while position < len(entries):
        try:
            fields = zip_records.ENTRY.unpack_from(entries, position)
            crc, name_bytes = fields[7], fields[10]
            start = position + zip_records.ENTRY.size
            extra = zip_records.ENTRY_EXTRA.unpack_from(entries, start + name_bytes)
        except struct.error:
            raise DamagedContainer("The directory of the container is cut off.") from None
        yield zip_records.Record(entries[start : start + name_bytes], crc, extra[2], extra[4])
        position = start + name_bytes + zip_records.ENTRY_EXTRA.size


def _checked_names(records: list[zip_records.Record]) -> list[str]:
    paths = Paths()
    try:
        names = [record.name.decode() for record in records]
    except UnicodeDecodeError:
        raise DamagedContainer("A member of the container has a name that is not UTF-8.") from None
    for name in names:
        paths.add(name)
    if names[-1:] != [PADDING]:
        raise DamagedContainer("The last member of the container is not its padding.")
    return names


def _check_tiling(records: list[zip_records.Record], directory_offset: int) -> None:
    position = 0
    for record in records:
        if record.offset != position:
            raise DamagedContainer("The members of the container leave a gap or overlap.")
        position = record.end
    if position != directory_offset:
        raise DamagedContainer("The container holds something between its members and its directory.")


def _check_frame(file: BinaryIO, record: zip_records.Record) -> None:
    header, trailer = zip_records.local_header(record.name), zip_records.descriptor(record)
    found = _read_at(file, record.offset, len(header)), _read_at(file, record.end - len(trailer), len(trailer))
    if found != (header, trailer):
        raise DamagedContainer("A member of the container differs from its line in the directory.")


def _read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """Read exactly ``size`` bytes, or fewer where the file ends: the comparison then fails."""
    file.seek(offset)
    data = b""
    while len(data) < size and (block := file.read(size - len(data))):
        data += block
    return data


class _MemberReader(io.RawIOBase):
    """The content of one member; keeps its own position, so that several can be read in turns."""

    def __init__(self, file: BinaryIO, member: StoredMember) -> None:
        self._file = file
        self._member = member
        self._done = 0
        self._crc = 0

    def readable(self) -> bool:
        """Say yes, for ``io``."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer``; the last bytes only when the checksum is right."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._member.size - self._done)
        data = _read_at(self._file, self._member.data_offset + self._done, wanted)
        if len(data) < wanted:
            raise DamagedContainer("The container is shorter than its directory says.")
        self._crc = zlib.crc32(data, self._crc)
        self._done += len(data)
        if self._done == self._member.size and self._crc != self._member.crc:
            raise DamagedContainer("The content of a member differs from its checksum.")
        view[: len(data)] = data
        return len(data)
