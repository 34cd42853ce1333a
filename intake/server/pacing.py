"""A socket that does not wait for ever: silence is limited, and so is a trickle, in both directions."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from intake.server.numbers import Pace

A = TypeVar("A")
R = TypeVar("R")

MOST_READ = 64 * 1024
"""One read. gunicorn asks for a megabyte; with freed memory overwritten, buffers of that size took 1 GiB in 2.6 s
instead of 0.3 s, and 1 MiB of memory for each upload."""

MOST_SENT = 256 * 1024
"""One send, so that a large answer is judged by its rate and not only at its end."""


class TooSlowError(TimeoutError):
    """The peer was silent, or slower than the pace allows. An ``OSError``: to the app it is a broken connection."""


class Meter:
    """Judges one direction window by window, and as a whole. Only waiting counts as time."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._seconds, self._bytes = 0.0, 0
        self._all_seconds, self._all_bytes = 0.0, 0

    def count(self, seconds: float, size: int) -> None:
        """Note that ``size`` bytes took ``seconds`` of waiting.

        Raises:
            TooSlowError: a window passed with fewer bytes than the pace wants, or the whole takes too long.
        """
        self._seconds += seconds
        self._bytes += size
        self._all_seconds += seconds
        self._all_bytes += size
        if self._drags():
            raise TooSlowError
        if self._seconds < self._pace.window_seconds:
            return
        if self._bytes < self._pace.window_bytes:
            raise TooSlowError
        self._seconds, self._bytes = 0.0, 0

    def _drags(self) -> bool:
        if self._all_seconds < self._pace.patient_seconds:
            return False
        wanted = self._all_seconds * self._pace.average_bytes
        return self._all_bytes < wanted or self._all_seconds > self._pace.longest_seconds


class PacedSocket:
    """The part of a socket that gunicorn's parser and response use.

    ``shutdown`` closes nothing: an answer is never followed by a half-close, which Firefox shows as a reset connection.
    The socket beneath never blocks: one waits only where there is something to wait for.

    Attributes:
        answering: whether anything was sent.
        too_slow: whether the peer ever was, also where the app took it for a broken connection.
    """

    def __init__(
        self, sock: socket.socket, inbound: Pace, outbound: Pace, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sock = sock
        self._inbound, self._outbound = inbound, outbound
        self._in, self._out = Meter(inbound), Meter(outbound)
        self._clock = clock
        self.answering = self.too_slow = False
        sock.setblocking(False)

    def recv(self, size: int) -> bytes:
        """Read up to ``size`` bytes; empty at the end of the stream."""
        return self._told(self._recv, size)

    def _recv(self, size: int) -> bytes:
        started = self._clock()
        data = self._patiently(self._sock.recv, min(size, MOST_READ), select.POLLIN, self._inbound.idle_seconds)
        if data:
            self._in.count(self._clock() - started, len(data))
        return data

    def send(self, data: bytes) -> int:
        """Send some of ``data`` and return how much."""
        self.answering = True
        return self._told(self._send, data)

    def _send(self, data: bytes) -> int:
        started = self._clock()
        sent = self._patiently(self._sock.send, data, select.POLLOUT, self._outbound.idle_seconds)
        self._out.count(self._clock() - started, sent)
        return sent

    def _told(self, call: Callable[[A], R], argument: A) -> R:
        """Remember that the peer was too slow: an app hears of it as of any broken connection."""
        try:
            return call(argument)
        except TooSlowError:
            self.too_slow = True
            raise

    def _patiently(self, call: Callable[[A], R], argument: A, event: int, seconds: float) -> R:
        """Call what does not block, again once the socket is ready; TooSlowError after so many seconds of silence."""
        while True:
            try:
                return call(argument)
            except BlockingIOError:
                waiting = select.poll()
                waiting.register(self._sock, event)
                if not waiting.poll(seconds * 1000):
                    raise TooSlowError from None

    def sendall(self, data: bytes) -> None:
        """Send all of ``data``."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest[:MOST_SENT]) :]  # type: ignore[arg-type]  # any buffer will do

    def fileno(self) -> int:
        """Return the descriptor, as the app's environment may hold this object."""
        return self._sock.fileno()

    def setblocking(self, _flag: object) -> None:
        """Ignore: every call has its own time limit."""

    def settimeout(self, _seconds: object) -> None:
        """Ignore: every call has its own time limit."""

    def gettimeout(self) -> float:
        """Return the limit of silence."""
        return self._inbound.idle_seconds

    def shutdown(self, _how: int) -> None:
        """Refuse, so that gunicorn closes instead of half-closing."""
        raise OSError("an answer is never followed by a half-close")

    def close(self) -> None:
        """Leave closing to the main loop, which may drain first."""
