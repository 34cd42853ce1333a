"""What a courier's laptop and the server agree on: bundles travel over the line in pieces of one size.

There are as many pieces as the size class of the bundle has: who watches the line learns the class, and no more.
"""

from __future__ import annotations

from keys.sealing.limits import MIB
from keys.sealing.sizes import size_class

PIECE_BYTES = MIB
"""Small enough that a broken line costs seconds, large enough that round trips through Tor do not."""

VISIT_HEADER = "X-Khomo-Visit"
"""Names the visit that a request belongs to."""

ANSWER_BYTES = 2048
"""Every answer that is no piece, padded with spaces, which JSON allows."""


def piece_count(size: int) -> int:
    """Return how many pieces a bundle of ``size`` bytes travels in."""
    return -(-size_class(max(size, PIECE_BYTES)) // PIECE_BYTES)


def padded_piece(data: bytes) -> bytes:
    """Fill a piece up with zeros."""
    return data + bytes(PIECE_BYTES - len(data))
