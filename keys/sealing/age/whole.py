"""Whole age files in memory or on disk, and how long they become."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.age.file_key import NONCE_BYTES, Identity, Recipient
from keys.sealing.age.header import VERSION_LINE, mac_line
from keys.sealing.age.hybrid import STANZA_BYTES
from keys.sealing.age.stream import TAG_BYTES, OpeningReader, SealingWriter
from keys.sealing.atomic import atomic_file
from keys.sealing.limits import AGE_CHUNK
from keys.sealing.values import Plaintext, Sealed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HYBRID_HEADER_BYTES = len(VERSION_LINE) + STANZA_BYTES + len(b"---" + mac_line(bytes(32)))
"""Length of a header with exactly one post-quantum stanza."""


def sealed_size(plaintext_bytes: int, header_bytes: int) -> int:
    """Return the size of the age file that holds so much plaintext behind a header of so many bytes."""
    chunks = max(1, -(-plaintext_bytes // AGE_CHUNK))
    return header_bytes + NONCE_BYTES + plaintext_bytes + chunks * TAG_BYTES


def seal(data: Plaintext | bytes, recipients: Sequence[Recipient]) -> Sealed:
    """Seal a small thing in memory; raises AgeError for recipients that do not share a file."""
    pieces: list[bytes] = []
    writer = SealingWriter(recipients, pieces.append)
    writer.write(data.expose() if isinstance(data, Plaintext) else data)
    writer.finish()
    return Sealed(b"".join(pieces))


def open_sealed(sealed: bytes, identities: Sequence[Identity]) -> Plaintext:
    """Open a small thing in memory, all of it or nothing; raises AgeError."""
    return Plaintext(OpeningReader(io.BytesIO(sealed), identities).read())


def open_to_file(source: BinaryIO, identities: Sequence[Identity], destination: Path) -> int:
    """Open ``source`` into a new file, readable by its owner only; return its size in bytes.

    The file gets its name only after the last chunk has verified and is on the disk; an existing file stays.

    Raises:
        AgeError: the source does not open to its end; nothing is left behind.
        FileExistsError: the destination is there already.
    """
    reader = OpeningReader(source, identities)
    with atomic_file(destination) as file:
        return sum(file.write(chunk) for chunk in reader)
