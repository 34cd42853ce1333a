"""HTTP through Tor's SOCKS port (RFC 1928, RFC 1929), onion names resolved by tor; a user name picks the circuit."""

from __future__ import annotations

import http.client
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.rehearsal.public_tor import TorNetwork

VERSION = 5
BY_USER_NAME = 2

PASSING = frozenset({0x01, 0xF0, 0xF2, 0xF3, 0xF6, 0xF7})
"""Answers of a network that changes its consensus or its circuits just now (proposal 304; 0x01 is a circuit that was
torn down while it was waited for): a person presses Reload."""

RELOAD_SECONDS = 1.0

ATTEMPT_SECONDS = 20.0
"""A connection that has not come about by then hangs: at a relay that fell silent, or in tor itself, which never asks
again where an introduction point has refused its proof of work (0.4.9). Tor would go the same way for two minutes, so
it is made to forget it, as by Tor Browser's "New circuit for this site"."""

RELOADS_AS_BEFORE = 8
"""So many times it is asked for again as before; then tor forgets the descriptors that it holds. For two minutes it
goes by what it learned of them, and those of a service that has started anew lead nowhere."""


class SocksError(OSError):
    """Tor did not connect; ``code`` is its answer (0xF0: no descriptor, 0xF2: introduction failed, 4: no answer)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"tor answered 0x{code:02X} to the connection")
        self.code = code


@dataclass(frozen=True)
class Socks:
    """Tor's SOCKS port, the name whose circuits are used, and what makes tor fetch descriptors anew."""

    host: str
    port: int
    user: str
    forget: Callable[[], object] = field(default=lambda: None, compare=False, repr=False)

    @classmethod
    def through(cls, network: TorNetwork, user: str) -> Socks:
        """Return the port of a network's client; each new ``user`` has circuits of its own."""
        return cls(network.address, network.socks_port, user, network.forget_descriptors)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return a connection to ``host``; raises SocksError, TimeoutError or another OSError.

        An onion service that is not found just now, or a way that hangs, is tried again until ``timeout`` seconds have
        passed.
        """
        deadline = time.monotonic() + timeout
        failed = 0
        while True:
            try:
                connection = self._connect_once(host, port, min(timeout, ATTEMPT_SECONDS))
            except (SocksError, TimeoutError) as error:
                passing = isinstance(error, TimeoutError) or error.code in PASSING
                if not passing or time.monotonic() > deadline:
                    raise
                failed += 1
                if isinstance(error, TimeoutError) or failed % RELOADS_AS_BEFORE == 0:
                    self.forget()
            else:
                connection.settimeout(timeout)
                return connection
            time.sleep(RELOAD_SECONDS)

    def _connect_once(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.create_connection((self.host, self.port), timeout)
        try:
            self._ask(connection, host, port)
        except BaseException:
            connection.close()
            raise
        return connection

    def _ask(self, connection: socket.socket, host: str, port: int) -> None:
        connection.sendall(bytes([VERSION, 1, BY_USER_NAME]))
        if _exactly(connection, 2) != bytes([VERSION, BY_USER_NAME]):
            raise SocksError(0xFF)
        user = self.user.encode()
        connection.sendall(bytes([1, len(user)]) + user + b"\x01x")
        _exactly(connection, 2)
        name = host.encode("idna")
        connection.sendall(bytes([VERSION, 1, 0, 3, len(name)]) + name + port.to_bytes(2, "big"))
        _, code, _, kind = _exactly(connection, 4)
        if code:
            raise SocksError(code)
        _exactly(connection, {1: 6, 4: 18}[kind])  # the bound address, which nobody needs


def _exactly(connection: socket.socket, wanted: int) -> bytes:
    answer = bytearray()
    while len(answer) < wanted:
        part = connection.recv(wanted - len(answer))
        if not part:
            raise ConnectionResetError("tor closed the connection")
        answer += part
    return bytes(answer)


class Way(Protocol):
    """How one gets to a service."""

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return a connection."""


class OnionConnection(http.client.HTTPConnection):
    """An HTTP connection to an onion service."""

    def __init__(self, way: Way, onion: str, timeout: float = 60) -> None:
        super().__init__(onion, 80, timeout=timeout)
        self._way = way
        self._seconds = timeout

    def connect(self) -> None:
        """Connect through tor."""
        self.sock = self._way.connect(self.host, self.port, self._seconds)
