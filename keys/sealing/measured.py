"""A sink that counts and digests what passes through it to another."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Measured:
    """Passes on what it is given; ``size`` is in bytes, ``hexdigest`` gives the SHA-256 so far.

    Args:
        sink: takes what is given.
        digest: returns the SHA-256 (hex) of all that ``sink`` has taken; without it this hashes by itself.
    """

    def __init__(self, sink: Callable[[bytes], object], digest: Callable[[], str] | None = None) -> None:
        own = hashlib.sha256()
        self._sink = sink
        self._hash = own if digest is None else None
        self.hexdigest = digest or own.hexdigest
        self.size = 0

    def __call__(self, data: bytes) -> None:
        """Take in some bytes."""
        self._sink(data)
        self.size += len(data)
        if self._hash is not None:
            self._hash.update(data)
