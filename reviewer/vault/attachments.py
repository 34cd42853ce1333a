"""Attachments at rest: one age file each, to an identity of its own whose seed stands only in its row.

Destroying the seed destroys the attachment, whatever a flash disk keeps of the file.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias, cast

from keys.sealing.age import HybridIdentity, SealingWriter, SeekableOpening
from keys.sealing.atomic import PARTIAL_PREFIX, atomic_file
from keys.sealing.measured import Measured
from reviewer import limits
from reviewer.errors import ReviewerError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

_SEED_BYTES = 32
_SUFFIX = ".age"

Sink: TypeAlias = "Callable[[bytes], object]"


@dataclass(frozen=True)
class StoredFile:
    """A file sealed into the vault: ``sha256`` is of its content, ``sealed_sha256`` of the file on the disk."""

    file: str
    seed: bytes = field(repr=False)
    size: int
    sha256: str
    sealed_sha256: str


class Readable(Protocol):
    """Anything that gives bytes a piece at a time, and none at its end."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes."""


def chunks(source: Readable) -> Iterator[bytes]:
    """Read a file to its end, a bounded piece at a time."""
    while data := source.read(limits.COPY_CHUNK):
        yield data


class _Owned(SeekableOpening):
    """An opened sealed file that closes its ciphertext with itself."""

    def __init__(self, file: BinaryIO, identities: list[HybridIdentity]) -> None:
        self._file = file
        super().__init__(file, identities)

    def close(self) -> None:
        self._file.close()
        super().close()


class AttachmentStore:
    """The folder of sealed files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seal(self, source: Readable) -> StoredFile:
        """Stream a plaintext source into a new sealed file; nothing stays if the source raises."""

        def push(sink: Sink) -> None:
            for data in chunks(source):
                sink(data)

        return self.seal_pushed(push)

    def seal_pushed(self, push: Callable[[Sink], object]) -> StoredFile:
        """Seal what ``push`` writes into the sink that it is given; nothing stays if it raises."""
        seed = secrets.token_bytes(_SEED_BYTES)
        name = secrets.token_hex(16) + _SUFFIX
        with atomic_file(self._folder / name) as file:
            sealed = Measured(file.write)
            writer = SealingWriter([HybridIdentity.from_seed(seed).recipient()], sealed)
            plain = Measured(writer.write)
            push(plain)
            writer.finish()
        return StoredFile(name, seed, plain.size, plain.hexdigest(), sealed.hexdigest())

    @contextmanager
    def open(self, name: str, seed: bytes) -> Iterator[BinaryIO]:
        """Give the content of a sealed file, for a while. Raises ReviewerError when it is missing."""
        with self.stream(name, seed) as stream:
            yield stream

    def stream(self, name: str, seed: bytes) -> BinaryIO:
        """Give the content of a sealed file; the caller closes it. Raises ReviewerError when it is missing."""
        try:
            file = self.path(name).open("rb")
        except FileNotFoundError:
            raise ReviewerError("A sealed file of the vault is missing.", "Restore it from a backup.") from None
        return cast("BinaryIO", _Owned(file, [HybridIdentity.from_seed(seed)]))

    def free(self) -> int:
        """Bytes that are free where the files lie."""
        return shutil.disk_usage(self._folder).free

    def path(self, name: str) -> Path:
        """Where a sealed file lies."""
        return self._folder / name

    def destroy(self, names: Collection[str]) -> None:
        """Overwrite and remove files; their keys must be gone from the database before."""
        for name in names:
            path = self.path(name)
            if path.exists():
                _overwrite_header(path)
                path.unlink()

    def sweep(self, known: Collection[str]) -> int:
        """Remove files that no row names: what an interrupted import left. Returns how many."""
        orphans = [p for p in self._folder.iterdir() if p.name.startswith(PARTIAL_PREFIX) or p.name not in known]
        for path in orphans:
            path.unlink()
        return len(orphans)


def _overwrite_header(path: Path) -> None:
    """Overwrite the header, which holds the sealed file key: cheap, and one more thing missing."""
    with path.open("r+b") as file:
        file.write(os.urandom(min(path.stat().st_size, limits.COPY_CHUNK)))
        file.flush()
        os.fsync(file.fileno())
