"""How long the rest of an upload is read and thrown away after the answer was sent. Pure: a clock in, a verdict out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gunicorn.http.body import ChunkedReader, LengthReader

if TYPE_CHECKING:
    from intake.server.numbers import Draining


class DrainBudget:
    """What may still be read from one answered connection.

    Attributes:
        went_on: whether anything came after the answer; who waits in silence for the end is in nobody's way.
    """

    def __init__(self, limits: Draining, unread: int | None, now: float) -> None:
        self._limits = limits
        self.went_on = False
        self._more_may_come = unread is None or unread > limits.most_bytes
        self._bytes_left = limits.most_bytes if unread is None else min(unread, limits.most_bytes)
        self._end = now + limits.most_seconds
        self._idle_end = now + limits.idle_seconds

    @property
    def deadline(self) -> float:
        """When to close if nothing more comes."""
        return min(self._end, self._idle_end)

    @property
    def spent(self) -> bool:
        """Whether the last byte that is worth reading has been read."""
        return self._bytes_left <= 0

    @property
    def cut_short(self) -> bool:
        """Whether it was spent before the client came to its end, as far as it told."""
        return self.spent and self._more_may_come

    def count(self, size: int, now: float) -> None:
        """Note that ``size`` bytes were thrown away."""
        self.went_on = True
        self._bytes_left -= size
        self._idle_end = now + self._limits.idle_seconds


def unread_bytes(parser: object) -> int | None:
    """Return how much of a request's body is still in the socket; None if its length is unknown.

    ``parser`` is gunicorn's; its innards are pinned by ``tests/intake/server/test_gunicorn_contract.py``.
    """
    message = getattr(parser, "mesg", None)
    reader = getattr(getattr(message, "body", None), "reader", None)
    if isinstance(reader, LengthReader):
        buffered = len(parser.unreader.buf.getvalue())  # type: ignore[attr-defined]  # a parser that has a message
        return max(0, int(reader.length) - buffered)
    if isinstance(reader, ChunkedReader):
        return None if reader.parser else 0
    return None
