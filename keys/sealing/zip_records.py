"""The ZIP records of a container, made from values only; the strict reader makes them again and compares bytes.

One form and no choices (APPNOTE 6.3.10): every member is stored, has the UTF-8 flag, a data descriptor and zip64
sizes, the date 1980-01-01 and mode 0600. Every record so has a length that depends on the member's name alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = 45  # zip64
MADE_BY = 3 << 8 | VERSION  # "Unix", so that the mode counts
FLAGS = 0x0808  # sizes in a data descriptor, names in UTF-8
STORED = 0
TIME, DATE = 0, 0x0021  # 1980-01-01 00:00, the earliest that ZIP knows
MODE = 0o100600 << 16
IN_ZIP64 = 0xFFFFFFFF
COUNT_IN_ZIP64 = 0xFFFF

LOCAL = struct.Struct("<4s5H3I2H")
LOCAL_EXTRA = struct.Struct("<2H2Q")
DESCRIPTOR = struct.Struct("<4sI2Q")
ENTRY = struct.Struct("<4s6H3I5H2I")
ENTRY_EXTRA = struct.Struct("<2H3Q")
END64 = struct.Struct("<4sQ2H2I4Q")
LOCATOR = struct.Struct("<4sIQI")
END = struct.Struct("<4s4H2IH")
END_BYTES = END64.size + LOCATOR.size + END.size


@dataclass(frozen=True, slots=True)
class Record:
    """What the directory says about one member.

    Attributes:
        name: path inside the container, UTF-8.
        crc: CRC-32 of the content.
        size: bytes of content.
        offset: of the local header, from the start of the container.
    """

    name: bytes
    crc: int
    size: int
    offset: int

    @property
    def data_offset(self) -> int:
        """Where the content starts."""
        return self.offset + LOCAL.size + len(self.name) + LOCAL_EXTRA.size

    @property
    def end(self) -> int:
        """First byte after the member's descriptor."""
        return self.data_offset + self.size + DESCRIPTOR.size


def local_header(name: bytes) -> bytes:
    """Return what stands before a member; sizes and CRC follow in the descriptor."""
    fixed = LOCAL.pack(
        b"PK\3\4", VERSION, FLAGS, STORED, TIME, DATE, 0, IN_ZIP64, IN_ZIP64, len(name), LOCAL_EXTRA.size
    )
    return fixed + name + LOCAL_EXTRA.pack(1, LOCAL_EXTRA.size - 4, 0, 0)


def descriptor(record: Record) -> bytes:
    """Return what stands after a member."""
    return DESCRIPTOR.pack(b"PK\7\10", record.crc, record.size, record.size)


def directory_entry(record: Record) -> bytes:
    """Return the member's line in the central directory."""
    fixed = ENTRY.pack(
        *(b"PK\1\2", MADE_BY, VERSION, FLAGS, STORED, TIME, DATE, record.crc, IN_ZIP64, IN_ZIP64),
        *(len(record.name), ENTRY_EXTRA.size, 0, 0, 0, MODE, IN_ZIP64),
    )
    return fixed + record.name + ENTRY_EXTRA.pack(1, ENTRY_EXTRA.size - 4, record.size, record.size, record.offset)


def end_records(members: int, directory_bytes: int, directory_offset: int) -> bytes:
    """Return the three records that close a container."""
    end64_offset = directory_offset + directory_bytes
    return (
        END64.pack(
            *(b"PK\6\6", END64.size - 12, MADE_BY, VERSION, 0, 0),
            *(members, members, directory_bytes, directory_offset),
        )
        + LOCATOR.pack(b"PK\6\7", 0, end64_offset, 1)
        + END.pack(b"PK\5\6", 0, 0, COUNT_IN_ZIP64, COUNT_IN_ZIP64, IN_ZIP64, IN_ZIP64, 0)
    )


def directory(records: Sequence[Record], offset: int) -> bytes:
    """Return everything after the last member: the central directory that starts at ``offset``, and its end."""
    entries = b"".join(directory_entry(record) for record in records)
    return entries + end_records(len(records), len(entries), offset)
