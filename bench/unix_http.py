"""A client on a unix socket that begins each connection with a PROXY line, as tor does: a circuit of its own each."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.rehearsal.door_socket import connected
from deploy.rehearsal.forms import Form, Multipart, read_page
from deploy.rehearsal.source_client import WRITE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SECONDS = 300.0


@dataclass(frozen=True)
class Answer:
    """What came back; ``wire`` counts every byte of the answer, status line and headers too."""

    status: int
    body: bytes
    wire: int
    location: str = ""

    @property
    def html(self) -> str:
        """The page."""
        return self.body.decode()


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("bench.onion", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = connected(self._path, SECONDS)


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
        location = answer.getheader("Location", "")
        return Answer(answer.status, content, len(head) + 2 + len(content), location)
    finally:
        connection.close()


def form_at(path: Path, target: str = WRITE) -> Form:
    """Load a page and return its first form that is posted back to it."""
    forms, _ = read_page(ask(path, "GET", target).html)
    return next(form for form in forms if form.action.endswith(target))


def form_of(path: Path, ending: str) -> Form:
    """Follow the first page's link that ends so, and return the form there that is posted back to its own page."""
    link = re.search(rf'href="([^"]*{re.escape(ending)})"', _first_page(path))
    if link is None:
        raise LookupError(f"the first page has no link that ends in {ending}")
    return form_at(path, link[1])


def _first_page(path: Path) -> str:
    target = "/"
    while (answer := ask(path, "GET", target)).location:
        target = answer.location
    return answer.html


def submit(path: Path, form: Form) -> Answer:
    """Send a filled form."""
    body = Multipart(form)
    return ask(path, "POST", form.action, body, {"Content-Type": body.content_type, "Content-Length": str(body.size)})
