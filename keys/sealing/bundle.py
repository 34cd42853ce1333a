"""Bundles: what crosses the gap. A tar with a signed manifest first, then the blobs that the manifest lists.

Rules of the reader; breaking any is ``FormatError``, and nothing is given out before rule 1 holds:
1. The first member is the manifest, signed by an accepted key that its chain names.
2. The manifest says how the rest must look: each header is made again from it and compared byte for byte, blobs stand
   in its order, padding is zero, two zero blocks end the file. There is no room for anything else.
3. Each blob is checked against its SHA-256 while it is read; its last bytes are only given out when it is right.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.atomic import atomic_file
from keys.sealing.chain import Fork, Gap, Replay, RestoredChain, UnknownChain, follow
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.errors import FormatError
from keys.sealing.limits import COPY_BYTES, NOTE_BYTES
from keys.sealing.manifest import Acknowledgement, BlobEntry, Health, Manifest, head_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

    from keys.sealing.notes import SigningKey, VerifyKey

__all__ = [
    "Acknowledgement",
    "BlobEntry",
    "Bundle",
    "BundleBytes",
    "ChainId",
    "ChainPosition",
    "Direction",
    "Fork",
    "Gap",
    "Health",
    "Manifest",
    "Replay",
    "RestoredChain",
    "UnknownChain",
    "UntrustedBundle",
    "follow",
    "head_of",
    "write_bundle",
]

MANIFEST_NAME = "manifest"
BLOB_FOLDER = "blobs/"
_BLOCK = tarfile.BLOCKSIZE
_SIZE_FIELD = slice(124, 135)
_CHAIN = re.compile(rb'"chain":"(?:[^"\\]|\\.)* (to-desk|to-server) [0-9a-f]{32}","day":"')
"""A manifest's own chain, in its one spelling; a chain that it acknowledges or resumes stands before no day."""
_OCTAL = re.compile(rb"[0-7]{11}")
_END = bytes(2 * _BLOCK)
_AGAIN = "Copy the bundle again, or ask for it once more."


def write_bundle(
    destination: Path,
    manifest: Manifest,
    open_blob: Callable[[BlobEntry], BinaryIO],
    key: SigningKey,
    progress: Callable[[int], object] | None = None,
) -> str:
    """Write a bundle, read it back, and give it its name only then; returns its head.

    Args:
        destination: a name that is not taken (``FileExistsError``).
        manifest: lists every blob with its size and SHA-256; what ``open_blob`` gives must fit (``FormatError``).
        open_blob: opens one sealed blob; it is closed here.
        key: signs; the manifest's chain names it.
        progress: told how many bytes were written since it was last told.
    """
    note = manifest.to_note(key)
    with atomic_file(destination) as file:
        _write_member(file, _header(MANIFEST_NAME, len(note)), len(note), [note])
        for entry in manifest.blobs:
            with open_blob(entry) as source:
                _write_member(file, _blob_header(entry), entry.size, _chunks(source, entry))
                if source.read(1):
                    raise FormatError(f"Blob {entry.id} is longer than the manifest says.")
            if progress:
                progress(entry.size)
        file.write(_END)
        _read_back(file, key.verify_key)
    return head_of(note)


class BundleBytes:
    """The bytes of the file that ``write_bundle`` would write, any of them, without a file: for a line that breaks.

    Args:
        note: the signed manifest.
        manifest: the same, read.
        open_blob: opens one sealed blob; it is closed here.
    """

    def __init__(self, note: bytes, manifest: Manifest, open_blob: Callable[[BlobEntry], BinaryIO]) -> None:
        self._open_blob = open_blob
        self._parts: list[tuple[int, int, bytes | BlobEntry]] = []
        self.size = 0
        for content, length in ((_header(MANIFEST_NAME, len(note)), _BLOCK), (note, len(note))):
            self._append(content, length)
        fixed = dict(_fixed_parts(len(note), manifest))
        starts = {start: entry for entry, start in _layout(len(note), manifest) if entry.size}
        for position in sorted({*fixed, *starts}):
            for part in (fixed.get(position, b""), starts.get(position, b"")):
                self._append(part, part.size if isinstance(part, BlobEntry) else len(part))
        self._append(_END, len(_END))

    def read(self, start: int, length: int) -> bytes:
        """Return ``length`` bytes from ``start`` on, fewer at the end; ``FormatError`` if a blob became shorter."""
        end = min(start + length, self.size)
        pieces = []
        first = bisect_right(self._parts, start, key=lambda part: part[0]) - 1
        for position, size, part in self._parts[max(first, 0) :]:
            if position >= end:
                break
            low, high = max(start - position, 0), min(end - position, size)
            pieces.append(part[low:high] if isinstance(part, bytes) else self._from_blob(part, low, high))
        return b"".join(pieces)

    def _append(self, part: bytes | BlobEntry, length: int) -> None:
        if length:
            self._parts.append((self.size, length, part))
            self.size += length

    def _from_blob(self, entry: BlobEntry, low: int, high: int) -> bytes:
        with self._open_blob(entry) as blob:
            blob.seek(low)
            data = blob.read(high - low)
        if len(data) != high - low:
            raise FormatError(f"Blob {entry.id} is not the one in the manifest.", _AGAIN)
        return data


def bundle_stem(manifest: Manifest) -> str:
    """Return the name, without an ending, of a file with a bundle of a server or with its manifest."""
    return f"khomo-{manifest.chain.direction}-{manifest.chain.random[:8]}-{manifest.number:06}"


class UntrustedBundle:
    """A file that says it is a bundle."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def verify(self, accepted: Collection[VerifyKey], towards: Direction | None = None) -> Bundle:
        """Check signature and layout; raises ``SignatureError`` or ``FormatError``.

        Args:
            accepted: who may have signed it.
            towards: which way it must go; one that goes the other way is refused, in words of its own.
        """
        with self._path.open("rb") as file:
            note = _read_note(file)
            _check_direction(note, towards)
            manifest = Manifest.from_note(note, accepted)
            _check_layout(file, len(note), manifest)
        return Bundle(self._path, manifest, note)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose manifest and layout hold. Its blobs are checked while they are read."""

    path: Path
    manifest: Manifest
    note: bytes

    @property
    def digest(self) -> str:
        """The head: what the next manifest of the chain names, and what ``follow`` asks for."""
        return head_of(self.note)

    def blobs(self, skip: Container[str] = ()) -> Iterator[tuple[BlobEntry, BinaryIO]]:
        """Give each blob to read, in the manifest's order, but those whose ids are to be skipped.

        The last read of a blob raises ``FormatError`` if it is not what was signed: keep nothing before it is whole.
        """
        with self.path.open("rb") as file:
            for entry, start in _layout(len(self.note), self.manifest):
                if entry.id in skip:
                    continue
                file.seek(start)
                with io.BufferedReader(_CheckedBlob(file, entry), COPY_BYTES) as blob:
                    yield entry, blob


class _CheckedBlob(io.RawIOBase):
    """The bytes of one blob out of a source; the last read raises if size or SHA-256 is another."""

    def __init__(self, source: BinaryIO, entry: BlobEntry) -> None:
        super().__init__()
        self._source = source
        self._entry = entry
        self._left = entry.size
        self._sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._source.read(min(len(view), self._left))
        view[: len(data)] = data
        self._sha256.update(data)
        self._left -= len(data)
        whole = self._left == 0
        if (not data and not whole) or (whole and self._sha256.hexdigest() != self._entry.sha256):
            raise FormatError(f"Blob {self._entry.id} is not the one in the manifest.", _AGAIN)
        return len(data)


def _read_note(file: BinaryIO) -> bytes:
    header = file.read(_BLOCK)
    digits = header[_SIZE_FIELD]
    size = int(digits, 8) if _OCTAL.fullmatch(digits) else NOTE_BYTES + 1
    if size > NOTE_BYTES or header != _header(MANIFEST_NAME, size):
        raise FormatError("The file is not a bundle.", "Choose a file that Khomo has exported.")
    note = file.read(size)
    if len(note) != size:
        raise FormatError("The bundle is cut off.", _AGAIN)
    return note


def _check_direction(note: bytes, towards: Direction | None) -> None:
    """Read no more of an unsigned text than which way it says it goes: it only chooses the words of a refusal."""
    said = _CHAIN.search(note)
    if towards is None or said is None or said[1].decode() == towards:
        return
    place, other = ("desk", "server") if towards is Direction.TO_DESK else ("server", "desk")
    raise FormatError(f"This bundle is for the {other}.", f"At the {place}, import a khomo-{towards}-….bundle.")


def _layout(note_bytes: int, manifest: Manifest) -> Iterator[tuple[BlobEntry, int]]:
    """Say where the content of each blob starts."""
    position = _BLOCK + _padded(note_bytes)
    for entry in manifest.blobs:
        yield entry, position + _BLOCK
        position += _BLOCK + _padded(entry.size)


def _check_layout(file: BinaryIO, note_bytes: int, manifest: Manifest) -> None:
    end = _BLOCK + _padded(note_bytes) + sum(_BLOCK + _padded(entry.size) for entry in manifest.blobs)
    size = file.seek(0, io.SEEK_END)
    if size != end + len(_END):
        how = "is cut off" if size < end + len(_END) else "holds more than its manifest lists"
        raise FormatError(f"The bundle {how}.", _AGAIN)
    for position, expected in _fixed_parts(note_bytes, manifest):
        file.seek(position)
        if file.read(len(expected)) != expected:
            raise FormatError("The bundle does not look as its manifest says.", _AGAIN)
    file.seek(end)
    if file.read(len(_END)) != _END:
        raise FormatError("The bundle does not end as it should.", _AGAIN)


def _fixed_parts(note_bytes: int, manifest: Manifest) -> Iterator[tuple[int, bytes]]:
    """Give position and bytes of everything between the contents: headers and padding."""
    yield _BLOCK + note_bytes, bytes(_padded(note_bytes) - note_bytes)
    for entry, start in _layout(note_bytes, manifest):
        yield start - _BLOCK, _blob_header(entry)
        yield start + entry.size, bytes(_padded(entry.size) - entry.size)


def _read_back(file: BinaryIO, key: VerifyKey) -> None:
    """Read everything again, from the medium as far as the system allows."""
    file.flush()
    os.fsync(file.fileno())
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    note = _read_note(file)
    manifest = Manifest.from_note(note, [key])
    _check_layout(file, len(note), manifest)
    for entry, start in _layout(len(note), manifest):
        file.seek(start)
        for _chunk in _chunks(file, entry):
            pass


def _write_member(file: BinaryIO, header: bytes, size: int, chunks: Iterable[bytes]) -> None:
    file.write(header)
    file.writelines(chunks)
    file.write(bytes(_padded(size) - size))


def _chunks(source: BinaryIO, entry: BlobEntry) -> Iterator[bytes]:
    blob = _CheckedBlob(source, entry)
    while chunk := blob.read(COPY_BYTES):
        yield chunk


def _blob_header(entry: BlobEntry) -> bytes:
    return _header(f"{BLOB_FOLDER}{entry.id}", entry.size)


def _header(name: str, size: int) -> bytes:
    """Return the one ustar header of a member: regular file, mode 0600, everything else zero or empty."""
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
