"""A client on a unix socket that begins each connection with a PROXY line, as tor does: a circuit of its own each."""

from __future__ import annotations

import http.client
import itertools
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.rehearsal.forms import Form, Multipart, read_page

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_circuits = itertools.count(os.getpid() << 16)
SECONDS = 300.0


@dataclass(frozen=True)
class Answer:
    """What came back; ``wire`` counts every byte of the answer, status line and headers too."""

    status: int
    body: bytes
    wire: int

    @property
    def html(self) -> str:
        """The page."""
        return self.body.decode()


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("bench.onion", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = connected(self._path)


def connected(path: Path) -> socket.socket:
    """Return a connection that has told a circuit nobody else has."""
    circuit = next(_circuits) & 0xFFFFFFFF
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(SECONDS)
    connection.connect(str(path))
    line = f"PROXY TCP6 fc00:dead:beef:4dad::{circuit >> 16:x}:{circuit & 0xFFFF:x} ::1 {circuit & 0xFFFF} 80\r\n"
    connection.sendall(line.encode())
    return connection


def ask(
    path: Path, verb: str, target: str, body: Iterable[bytes] = (), headers: dict[str, str] | None = None
) -> Answer:
    """Do one request on a connection of its own."""
    connection = _Connection(path)
    try:
        connection.request(verb, target, body=body if headers else None, headers=headers or {})
        answer = connection.getresponse()
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in answer.getheaders()
        )
        content = answer.read()
        return Answer(answer.status, content, len(head) + 2 + len(content))
    finally:
        connection.close()


def form_at(path: Path, target: str = "/write") -> Form:
    """Load a page and return its first form that is posted back to it."""
    forms, _ = read_page(ask(path, "GET", target).html)
    return next(form for form in forms if form.action.endswith(target))


def submit(path: Path, form: Form) -> Answer:
    """Send a filled form."""
    body = Multipart(form)
    return ask(path, "POST", form.action, body, {"Content-Type": body.content_type, "Content-Length": str(body.size)})
