"""One connection from tor, from its first byte to its last. Its states: waiting, with a thread, draining, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gunicorn.http.body import Body, ChunkedReader, EOFReader, LengthReader
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.util import close as close_socket

from intake.server.heads import HeadBuffer
from intake.server.pacing import PacedSocket

if TYPE_CHECKING:
    import socket

    from intake.server.draining import DrainBudget
    from intake.server.numbers import ServerNumbers


class DirectReader(LengthReader):  # type: ignore[misc]  # gunicorn has no types
    """Reads a body of known length as it comes: what one receiving gave, copied nowhere.

    gunicorn's own gathers what was asked for, through three buffers; with freed memory overwritten each costs as much
    as receiving does.
    """

    def read(self, size: int) -> bytes:
        """Return some of the next ``size`` bytes of the body; none only at its end, or where it is cut off."""
        wanted = min(size, self.length)
        if not wanted:
            return b""
        data: bytes = self.unreader.read(None, read_ahead=wanted)
        if len(data) > wanted:
            self.unreader.unread(data[wanted:])
            data = data[:wanted]
        self.length -= len(data)
        return data


class DirectBody(Body):  # type: ignore[misc]  # gunicorn has no types
    """A body whose reads come straight from its reader, and may be shorter than asked for."""

    def read(self, size: int | None = None) -> bytes:
        """Return up to ``size`` bytes; everything without it."""
        if size is None or size < 0 or self.buf.tell():
            rest: bytes = super().read(size)
            return rest
        data: bytes = self._read_reader(size)
        return data


class BrokenChunksError(OSError):
    """The chunks of a body do not parse, or end too early: to the app it is a broken connection, as a short body is."""


class ChunkedBody(Body):  # type: ignore[misc]  # gunicorn has no types
    """A body in chunks, whose faults are those of a connection: an app says what it has, and is not broken itself."""

    def _read_reader(self, size: int) -> bytes:
        try:
            data: bytes = super()._read_reader(size)
        except ParseException:
            raise BrokenChunksError from None  # gunicorn's holds what was sent
        return data


class DoorRequest(Request):  # type: ignore[misc]  # gunicorn has no types
    """A request whose body ends where it says so, and is empty if it does not say."""

    body: Body

    def set_body_reader(self) -> None:
        """Never read until the connection closes: only responses end like that (RFC 9112, 6.3)."""
        super().set_body_reader()
        reader = self.body.reader
        if isinstance(reader, EOFReader):
            reader = LengthReader(self.unreader, 0)
        if isinstance(reader, LengthReader):
            self.body = DirectBody(DirectReader(self.unreader, reader.length))
        elif isinstance(reader, ChunkedReader):
            self.body = ChunkedBody(reader)


class DoorParser(RequestParser):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's parser, making our requests."""

    mesg_class = DoorRequest

    def request(self) -> DoorRequest:
        """Parse the one request of a connection."""
        request: DoorRequest = next(self)
        return request


class DoorConnection:
    """What the worker knows of one connection.

    Attributes:
        sock: the raw socket, which never blocks.
        client: what ``accept`` said of the peer.
        deadline: when the present state ends by itself; monotonic seconds.
        parser: gunicorn's, once a thread has the connection.
        budget: what may still be thrown away, once it drains.
    """

    def __init__(
        self, cfg: object, accepted: tuple[socket.socket, Any], numbers: ServerNumbers, deadline: float
    ) -> None:
        self._cfg = cfg
        self.sock, self.client = accepted
        self.head = HeadBuffer(numbers.anteroom)
        self.deadline = deadline
        self.parser: DoorParser | None = None
        self.budget: DrainBudget | None = None
        self.paced = PacedSocket(self.sock, numbers.inbound, numbers.outbound)
        self.sock.setblocking(False)

    @property
    def circuit(self) -> str:
        """The address of its circuit; empty while it is not known."""
        return self.head.circuit

    def next_request(self) -> DoorRequest:
        """Parse what was collected; the body is read from the socket as the app asks for it."""
        self.parser = DoorParser(self._cfg, self.paced, self.client)
        self.parser.unreader.unread(self.head.take())
        return self.parser.request()

    def close(self) -> None:
        """Close the socket; never half."""
        close_socket(self.sock)
