"""Somebody new who looks at pages over Tor, and what each page costs: requests, bytes of HTTP both ways, seconds.

Every byte of HTTP counts, headers too. What Tor itself sends (cells, circuits, descriptors) does not.
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.rehearsal.socks import Socks
from deploy.rehearsal.source_client import SourceClient
from deploy.rehearsal.steps_source import right_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer, WriteableBuffer

    from deploy.rehearsal.forms import Form
    from deploy.rehearsal.public_tor import TorNetwork
    from deploy.rehearsal.socks import Way
    from deploy.rehearsal.source_client import Page


def further_requests(html: str) -> int:
    """Count what a browser would fetch besides the page: style sheets, scripts, images, frames; not ``data:``."""
    fetching = r"<(?:link|script|img|iframe|source|video|audio|object|embed)\b[^>]*(?:href|src|data)=(?![\"']?data:)"
    return len(re.findall(fetching, html))


@dataclass(frozen=True)
class Load:
    """One page load: all that happened until the page stood there.

    Attributes:
        requests: redirects too, and what the page would make a browser fetch.
        up: bytes that went to the server.
        down: bytes that came back.
        seconds: the way there included: where there was no circuit yet, its building.
    """

    requests: int
    up: int
    down: int
    seconds: float


class CountedSocket(socket.socket):
    """A connection that counts what goes through it."""

    up = 0
    down = 0

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """Send, and count."""
        self.up += memoryview(data).nbytes
        super().sendall(data, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive, and count; http.client reads by this alone."""
        got = super().recv_into(buffer, nbytes, flags)
        self.down += got
        return got


@dataclass
class CountingWay:
    """A way that keeps the connections which were made on it."""

    way: Way
    made: list[CountedSocket] = field(default_factory=list)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return a connection that counts."""
        connection = self.way.connect(host, port, timeout)
        counted = CountedSocket(fileno=connection.detach())
        counted.settimeout(timeout)
        self.made.append(counted)
        return counted


class Visitor:
    """Somebody with circuits of their own, no cookie and nothing kept.

    Attributes:
        loads: what each page cost so far.
    """

    def __init__(self, way: Way, onion: str, languages: str) -> None:
        self.loads: list[Load] = []
        self._way = CountingWay(way)
        self._client = SourceClient(self._way, onion, languages=languages)

    @classmethod
    def over(cls, network: TorNetwork, onion: str, languages: str) -> Visitor:
        """Come over a network by circuits that nobody has used."""
        return cls(Socks.through(network, secrets.token_hex(8)), onion, languages)

    def get(self, path: str) -> Page:
        """Load a page; raises PageError."""
        return self._load(lambda: self._client.get(path))

    def submit(self, form: Form) -> Page:
        """Send a form; raises PageError."""
        return self._load(lambda: self._client.submit(form))

    def _load(self, work: Callable[[], Page]) -> Page:
        self._way.made.clear()
        started = time.perf_counter()
        page = right_page(work())
        seconds = time.perf_counter() - started
        made = self._way.made
        up, down = sum(one.up for one in made), sum(one.down for one in made)
        self.loads.append(Load(len(made) + further_requests(page.html), up, down, seconds))
        return page
