"""A WSGI call without Flask's or Werkzeug's test helpers: the body is what a socket would give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.intake.source.conftest import BOUNDARY
from tests.intake.world import WRITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import WSGIApplication


class Socket:
    """Gives pieces as they come, then end of file; notes how much was asked for.

    Attributes:
        given: bytes handed out.
    """

    def __init__(self, pieces: Iterable[bytes], error: OSError | None = None, *, short_reads: bool = False) -> None:
        self._pieces = iter(pieces)
        self._error = error
        self._rest = b""
        self._short_reads = short_reads
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        """Give up to ``size`` bytes: all of them unless the pieces end, as gunicorn does, or what is there."""
        while len(self._rest) < size and not (self._short_reads and self._rest):
            piece = next(self._pieces, None)
            if piece is None:
                if self._error is not None:
                    raise self._error
                break
            self._rest += piece
        out, self._rest = self._rest[:size], self._rest[size:]
        self.given += len(out)
        return out


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


def call(
    app: WSGIApplication, socket: Socket, length: int | None, *, path: str = WRITE, circuit: str, **extra: Any
) -> Answer:
    """POST to the app; without a length the body ends where the socket does."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "door",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": circuit,
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        "wsgi.input": socket,
        "wsgi.errors": None,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if length is None:
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    else:
        environ["CONTENT_LENGTH"] = str(length)
    environ |= extra
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        started[:] = [int(status[:3]), dict(headers)]

    result = app(environ, start_response)
    try:
        body = b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    return Answer(started[0], started[1], body.decode())


def repeated(size: int, piece: bytes = b"x" * 65536) -> Iterator[bytes]:
    """Yield ``size`` bytes."""
    while size > 0:
        yield piece[:size]
        size -= len(piece)
