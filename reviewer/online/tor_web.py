"""Fetches pages of an onion service through tor's SOCKS port; every circuit that is named is a circuit of its own."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from reviewer.errors import ReviewerError

if TYPE_CHECKING:
    import socket

    from keys.sealing.onion_address import OnionAddress

PORT = 80
SECONDS = 120.0
"""A first connection to an onion service can take two minutes."""
PAGE_BYTES = 1_000_000
REDIRECTS = 3
REDIRECTING = range(300, 400)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: status, headers with names in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Web(Protocol):
    """Where pages come from."""

    def get(self, path: str, circuit: str) -> Answer:
        """Return the answer to one request."""


@dataclass(frozen=True, slots=True)
class TorWeb:
    """Pages of one onion service.

    Args:
        onion: its address.
        host: where tor's SOCKS port is.
        port: 9050 for Debian's tor, 9150 for Tor Browser.
    """

    onion: OnionAddress
    host: str = "127.0.0.1"
    port: int = 9050

    def get(self, path: str, circuit: str) -> Answer:
        """Return the answer to a GET over the circuit of that name; raises ``ReviewerError`` when none comes."""
        connection = http.client.HTTPConnection(self.onion.host, PORT, timeout=SECONDS)
        connection.sock = self.connected(circuit)
        try:
            connection.request("GET", path, headers={"Accept-Language": "en", "Connection": "close"})
            response = connection.getresponse()
            body = response.read(PAGE_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise _cut_off(path) from error
        finally:
            connection.close()
        if len(body) > PAGE_BYTES:
            raise ReviewerError(f"The page {path} is far too large.", "Do not use this address; tell the members.")
        if response.length:
            raise _cut_off(path)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)

    def connected(self, circuit: str) -> socket.socket:
        """Return a connection over the circuit of that name; raises ``ReviewerError``."""
        try:
            from python_socks import (  # noqa: PLC0415  # the desk has no network and does without
                ProxyConnectionError,
                ProxyError,
                ProxyTimeoutError,
                ProxyType,
            )
            from python_socks.sync import Proxy  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise not_installed() from error
        proxy = Proxy(ProxyType.SOCKS5, self.host, self.port, username=circuit, password="x", rdns=True)  # noqa: S106
        try:
            return proxy.connect(self.onion.host, PORT, timeout=SECONDS)
        except ProxyConnectionError as error:
            raise ReviewerError(
                f"Tor does not answer at {self.host}:{self.port}.",
                "Start tor, or Tor Browser and give --socks 127.0.0.1:9150.",
            ) from error
        except (ProxyError, ProxyTimeoutError, OSError) as error:
            raise ReviewerError(
                "Tor found no way to this address.", "Wait a minute and try again; is the server running?"
            ) from error


def not_installed() -> ReviewerError:
    """Say that this machine was not set up to go online."""
    return ReviewerError("What reaches Tor is not installed here.", "Install the extra: pip install 'khomo[courier]'.")


def _cut_off(path: str) -> ReviewerError:
    return ReviewerError(f"The page {path} did not come whole.", "Try again.")


def followed(web: Web, path: str, circuit: str) -> Answer:
    """Return a page, following redirects inside the service; a redirect to anywhere else is returned as it is."""
    answer = web.get(path, circuit)
    for _ in range(REDIRECTS):
        target = answer.headers.get("location", "")
        if answer.status not in REDIRECTING or not target.startswith("/") or target.startswith("//"):
            break
        answer = web.get(target, circuit)
    return answer
