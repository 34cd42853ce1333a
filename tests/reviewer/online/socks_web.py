"""A SOCKS port with web pages behind it, as tor's would be, on loopback."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'sha256-" + "A" * 43 + "='; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""As a door has them."""
_HEAD = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()).encode()


@dataclass
class SocksWeb:
    """Answers GETs with pages; a page that is ``None`` is cut off.

    Attributes:
        pages: bodies by path.
        code: what the SOCKS port says of a connection; 0 lets it through.
        users: the names under which circuits were asked for.
        asked: hosts and ports that were asked for.
        more_head: lines that come after the headers of a door.
        heads: what was sent, without the first line.
    """

    pages: Mapping[str, bytes | None]
    code: int = 0
    users: set[str] = field(default_factory=set)
    asked: set[tuple[str, int]] = field(default_factory=set)
    more_head: bytes = b""
    heads: list[list[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        web: SocksWeb = self

        class Connection(_Connection):
            served = web

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])


class _Connection(socketserver.StreamRequestHandler):
    served: ClassVar[SocksWeb]

    def handle(self) -> None:
        _version, count = self.rfile.read(2)
        self.rfile.read(count)
        self.wfile.write(b"\x05\x02")
        self.rfile.read(1)
        user = self.rfile.read(self.rfile.read(1)[0]).decode()
        self.rfile.read(self.rfile.read(1)[0])
        self.served.users.add(user)
        self.wfile.write(b"\x01\x00")
        self.rfile.read(4)
        host = self.rfile.read(self.rfile.read(1)[0]).decode()
        self.served.asked.add((host, int.from_bytes(self.rfile.read(2), "big")))
        self.wfile.write(bytes([5, self.served.code, 0, 1]) + bytes(6))
        if self.served.code == 0:
            self._page()

    def _page(self) -> None:
        path = self.rfile.readline().split()[1].decode()
        head: list[str] = []
        while line := self.rfile.readline().strip():
            head.append(line.decode())
        self.served.heads.append(head)
        body = self.served.pages.get(path, b"")
        whole = body or b""
        status = b"200 OK" if path in self.served.pages else b"404 Not Found"
        length = len(whole) if body is not None else 1000
        headers = b"%sContent-Length: %d\r\n%s" % (_HEAD, length, self.served.more_head)
        self.wfile.write(b"HTTP/1.1 %s\r\n%s\r\n%s" % (status, headers, whole))
