"""A sink that counts and digests what passes through it to another."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Measured:
    """Passes on what it is given; ``size`` is in bytes, ``hexdigest`` gives the SHA-256 so far."""

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._digest = hashlib.sha256()
        self.size = 0

    def __call__(self, data: bytes) -> None:
        """Take in some bytes."""
        self._sink(data)
        self._digest.update(data)
        self.size += len(data)

    def hexdigest(self) -> str:
        """Return the SHA-256 of what has passed, in hex."""
        return self._digest.hexdigest()
