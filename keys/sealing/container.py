"""The container: a one-pass stored ZIP of an exact size class, written to a sink that is never read or rewound."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing import zip_records
from keys.sealing.errors import FormatError
from keys.sealing.limits import CONTAINER_MEMBERS, CONTAINER_NAME_BYTES, KIB
from keys.sealing.names import fold, is_safe_name
from keys.sealing.sizes import size_class

if TYPE_CHECKING:
    from collections.abc import Callable

PADDING = "padding"
_ZEROS = bytes(64 * KIB)


class DamagedContainer(FormatError):  # noqa: N818  # the name is what people read
    """A container breaks a rule: its members may only be looked at in the sandbox."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member as written: path, bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class Paths:
    """The paths of one container: each is safe in every segment, and no two meet on any file system."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, path: str) -> bytes:
        """Accept ``path`` as one more file and return it in UTF-8, or raise ``DamagedContainer``."""
        encoded = _checked(path)
        folded = fold(path)
        parts = folded.split("/")
        folders = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        if folded in self._files or folded in self._folders or folders & self._files:
            raise DamagedContainer("Two members of the container have one name.")
        if len(self._files) >= CONTAINER_MEMBERS - (path != PADDING):
            raise DamagedContainer(f"The container has more than {CONTAINER_MEMBERS} members.")
        self._files.add(folded)
        self._folders |= folders
        return encoded


def _checked(path: str) -> bytes:
    if not all(is_safe_name(segment) for segment in path.split("/")):
        raise DamagedContainer("A member of the container has an unsafe name.")
    encoded = path.encode()
    if len(encoded) > CONTAINER_NAME_BYTES:
        raise DamagedContainer("A member of the container has a name that is too long.")
    return encoded


class ContainerWriter:
    """Pushes members, one after the other, into ``sink``; ``finish`` pads to the size class.

    Misuse of the order of calls raises ``ValueError``; an unsafe or repeated name raises ``DamagedContainer``.
    """

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._paths = Paths()
        self._records: list[zip_records.Record] = []
        self._position = 0
        self._open: _OpenMember | None = None
        self._finished = False

    def start(self, name: str) -> None:
        """Begin the member ``name``; a path with ``/`` makes folders."""
        if name == PADDING:
            raise DamagedContainer("A member of the container has the name of the padding.")
        self._start(name)

    def write(self, data: bytes | memoryview) -> None:
        """Add to the open member."""
        member = self._current()
        member.update(data)
        self._push(data)

    def end(self) -> Member:
        """Close the open member."""
        member = self._close()
        return Member(member.name, member.size, member.sha256.hexdigest())

    def add(self, name: str, data: bytes) -> Member:
        """Write one whole member."""
        self.start(name)
        self.write(data)
        return self.end()

    def finish(self) -> int:
        """Pad, write the directory, and return the size of the container, which is a size class."""
        self._start(PADDING)
        padding = zip_records.Record(PADDING.encode(), 0, 0, self._current().offset)
        directory = zip_records.directory([*self._records, padding], padding.end)
        total = size_class(padding.end + len(directory))
        self._pad(total - padding.end - len(directory))
        self._close()
        self._push(zip_records.directory(self._records, self._position))
        self._finished = True
        return self._position

    def _start(self, name: str) -> None:
        if self._open or self._finished:
            raise ValueError("a member is open, or the container is finished")
        encoded = self._paths.add(name)
        self._open = _OpenMember(name, self._position)
        self._push(zip_records.local_header(encoded))

    def _current(self) -> _OpenMember:
        if self._open is None:
            raise ValueError("no member is open")
        return self._open

    def _close(self) -> _OpenMember:
        member = self._current()
        record = zip_records.Record(member.name.encode(), member.crc, member.size, member.offset)
        self._push(zip_records.descriptor(record))
        self._records.append(record)
        self._open = None
        return member

    def _pad(self, remaining: int) -> None:
        """Write zeros, whose digest nobody asks for: hashing them is much of the work on a short text."""
        padding = self._current()
        while remaining:
            zeros = _ZEROS[:remaining]
            padding.count(zeros)
            self._push(zeros)
            remaining -= len(zeros)

    def _push(self, data: bytes | memoryview) -> None:
        self._sink(bytes(data))
        self._position += len(data)


class _OpenMember:
    """Running totals of the member that is being written."""

    def __init__(self, name: str, offset: int) -> None:
        self.name = name
        self.offset = offset
        self.size = 0
        self.crc = 0
        self.sha256 = hashlib.sha256()

    def update(self, data: bytes | memoryview) -> None:
        self.count(data)
        self.sha256.update(data)

    def count(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)
