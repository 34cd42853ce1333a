"""The way to the pages that tor takes: the server's unix socket, and on each connection first the line of a circuit."""

from __future__ import annotations

import itertools
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_circuits = itertools.count(os.getpid() << 16)
"""Processes that ask the same server have circuits of their own."""


def proxy_line(circuit: int | None = None) -> bytes:
    """Return the PROXY line that tor sends for a circuit; without a number, for one that nobody else has."""
    number = (next(_circuits) if circuit is None else circuit) & 0xFFFFFFFF
    return b"PROXY TCP6 fc00:dead:beef:4dad::%x:%x ::1 %d 80\r\n" % (number >> 16, number & 0xFFFF, number & 0xFFFF)


def connected(path: Path, timeout: float) -> socket.socket:
    """Return a connection of a new circuit; raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect(str(path))
        connection.sendall(proxy_line())
    except BaseException:
        connection.close()
        raise
    return connection


class DoorSocket:
    """The same, for whoever asks through Tor otherwise."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002  # as Socks.connect
        """Return a connection of a new circuit, wherever it should go."""
        return connected(self._path, timeout)
