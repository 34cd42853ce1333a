"""Fetches pages of an onion service through tor's SOCKS port; every circuit that is named is a circuit of its own."""

from __future__ import annotations

import http.client
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from reviewer.errors import ReviewerError
from reviewer.online.page_reading import is_inside

if TYPE_CHECKING:
    import socket

    from keys.sealing.onion_address import OnionAddress

PORT = 80
SECONDS = 120.0
"""A first connection to an onion service can take two minutes."""
PAGE_BYTES = 1_000_000
REDIRECTS = 3
REDIRECTING = frozenset({301, 302, 303, 307, 308})
"""Answers that browsers follow."""
FIRST = "/"
TOR_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
"""What Tor Browser says of itself; another version says another number."""


def visitors_headers(path: str, onion: str, user_agent: str) -> dict[str, str]:
    """Return what Tor Browser sends with a GET, in its order: a door must not tell a check from a visitor by that.

    Read off Firefox ESR 153 with the settings of Tor Browser. Pages forbid to send a Referer.
    """
    return {
        "Host": onion,
        "User-Agent": user_agent,
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "en-US,en;q=0.9",
        "Accept-Encoding": "gzip, deflate",
        "Sec-GPC": "1",
        "Connection": "keep-alive",
        "Upgrade-Insecure-Requests": "1",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": "none" if path == FIRST else "same-origin",
        "Sec-Fetch-User": "?1",
        "Priority": "u=0, i",
    }


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
        user_agent: as what it visits.
    """

    onion: OnionAddress
    host: str = "127.0.0.1"
    port: int = 9050
    user_agent: str = TOR_BROWSER

    def get(self, path: str, circuit: str) -> Answer:
        """Return the answer to a GET over the circuit of that name; raises ``ReviewerError`` when none comes."""
        connection = http.client.HTTPConnection(self.onion.host, PORT, timeout=SECONDS)
        connection.sock = self.connected(circuit)
        try:
            connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            for name, value in visitors_headers(path, self.onion.host, self.user_agent).items():
                connection.putheader(name, value)
            connection.endheaders()
            with connection.getresponse() as response:
                body = response.read(PAGE_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise _cut_off(path) from error
        finally:
            connection.close()
        if len(body) > PAGE_BYTES:
            raise ReviewerError(f"The page {path} is far too large.", "Do not use this address; tell the members.")
        if response.length:
            raise _cut_off(path)
        return Answer(response.status, _read_headers(path, response), body)

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
    return ReviewerError(
        "What reaches Tor is not installed here.",
        "Install the packages of requirements/courier.lock, from the tree that this program came from.",
    )


def check_installed() -> None:
    """Raise ``ReviewerError`` where what reaches Tor is missing: asked before anybody waits."""
    if importlib.util.find_spec("python_socks") is None:
        raise not_installed()


def _read_headers(path: str, response: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers; of one that comes twice, both values as one, which is then none of ours.

    A line that is no header ends them for Python's reader and for no browser: what follows it would not be seen.
    """
    message = response.headers
    if message.defects or message.get_payload():
        raise ReviewerError(
            f"The header of the page {path} is malformed.", "Do not use this address; tell the members."
        )
    given: dict[str, str] = {}
    for name, value in response.getheaders():
        given[name.lower()] = ", ".join(filter(None, [given.get(name.lower()), value]))
    return given


def _cut_off(path: str) -> ReviewerError:
    return ReviewerError(f"The page {path} did not come whole.", "Try again.")


def followed(web: Web, path: str, circuit: str) -> Answer:
    """Return a page, following redirects inside the service; a redirect to anywhere else is returned as it is."""
    answer = web.get(path, circuit)
    for _ in range(REDIRECTS):
        target = answer.headers.get("location", "")
        if answer.status not in REDIRECTING or not is_inside(target):
            break
        answer = web.get(target.partition("#")[0], circuit)
    return answer
