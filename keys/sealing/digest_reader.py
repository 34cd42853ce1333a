"""A stream that is compared with a digest while it is read."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from keys.sealing.container import DamagedContainer
from keys.sealing.limits import AGE_CHUNK

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def checked(source: io.BufferedReader, sha256: str) -> io.BufferedReader:
    """Return the same bytes; ``DamagedContainer`` instead of the last block when SHA-256 (hex) is another."""
    return io.BufferedReader(_DigestReader(source, sha256), AGE_CHUNK)


class _DigestReader(io.RawIOBase):
    """Passes a stream on and compares its digest when it ends, before its last block is given out."""

    def __init__(self, source: io.BufferedReader, sha256: str) -> None:
        self._source = source
        self._expected = sha256
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        """Say yes, for ``io``."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer``; nothing more once the digest has turned out wrong."""
        count = self._source.readinto(buffer)
        self._digest.update(memoryview(buffer).cast("B")[:count])
        if not self._source.peek(1) and self._digest.hexdigest() != self._expected:
            raise DamagedContainer("A file differs from the digest that was written beside it.")
        return count
