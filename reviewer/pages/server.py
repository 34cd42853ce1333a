"""The loopback front: a small server of Python's own library on 127.0.0.1, a random port, for this user alone.

It writes no line about any request. One thread a connection, so that a browser's idle connections hold nothing up; the
pages themselves come one at a time.
"""

from __future__ import annotations

import socketserver
import sys
import threading
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, cast
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from reviewer.pages import limits
from reviewer.pages.peer import is_of_our_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.pages.desk import Desk

LOOPBACK = "127.0.0.1"
_WATCH_SECONDS = 5.0


class _QuietHandler(ServerHandler):
    """Writes no traceback: it would show what a source wrote."""

    server_software = ""

    def log_exception(self, _exc_info: Any) -> None:
        """Say nothing; the browser sees that no page came."""


class _Request(WSGIRequestHandler):
    timeout = limits.REQUEST_SECONDS
    server_version = sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        """Write nothing about a request."""

    def handle(self) -> None:
        """Take one request; a connection that stays silent is ended."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if len(self.raw_requestline) <= 65536 and self.parse_request():  # noqa: PLR2004 - as the library has it
                self._answer()
        except (TimeoutError, ConnectionError):
            self.close_connection = True

    def _answer(self) -> None:
        ends = (cast("IO[bytes]", self.rfile), cast("IO[bytes]", self.wfile), sys.stderr)
        handler = _QuietHandler(*ends, self.get_environ(), multithread=True)
        handler.request_handler = self  # type: ignore[attr-defined]  # as the library does it
        handler.run(self.server.get_app())  # type: ignore[attr-defined]  # the server below


class LoopbackServer(socketserver.ThreadingMixIn, WSGIServer):
    """Listens on 127.0.0.1 only, on a port that the kernel gives."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Request)

    def server_bind(self) -> None:
        """Bind, and ask no name service who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]
        self.setup_environ()

    @property
    def host(self) -> str:
        """The address that requests must name."""
        return f"{LOOPBACK}:{self.server_port}"

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Refuse a connection that another user of this machine made, before a byte of it is read."""
        try:
            return is_of_our_user(client_address, request.getsockname())
        except OSError:
            return False

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Say nothing: a traceback would show what a source wrote."""


def watch(desk: Desk, stop: threading.Event) -> None:
    """Lock the desk when nobody looks, until ``stop``."""
    while not stop.wait(_WATCH_SECONDS):
        desk.lock_if_idle()


@contextmanager
def until_ctrl_c(server: LoopbackServer, desk: Desk) -> Iterator[None]:
    """Watch over the desk while the block serves it; Ctrl+C ends the block. Work may end, then it locks."""
    stop = threading.Event()
    threading.Thread(target=watch, args=(desk, stop), daemon=True).start()
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        stop.set()
        server.server_close()
        if desk.work is not None:
            desk.work.ended.wait()
        desk.lock()
