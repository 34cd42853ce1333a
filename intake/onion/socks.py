"""Connects through tor's SOCKS socket (RFC 1928 and tor's own reading of RFC 1929). Tor resolves the name."""

from __future__ import annotations

import secrets
import socket
from typing import TYPE_CHECKING

from intake.onion.errors import UnreachableError

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 5
_BY_NAME = 2
_CONNECT = 1
_HOST_NAME = 3
_BOUND_BYTES = {1: 6, 4: 18}


def connect_through_tor(socks: Path, host: str, port: int, timeout: float) -> socket.socket:
    """Return a connection to ``host`` on a circuit of its own.

    Raises:
        UnreachableError: tor said no; its number is in the message.
        OSError: tor is not there, or did not answer in time.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(str(socks))
        _greet(connection)
        _ask(connection, host.encode("ascii"), port)
    except BaseException:
        connection.close()
        raise
    return connection


def _greet(connection: socket.socket) -> None:
    """Name a user that nobody else is: tor gives every name circuits of its own."""
    connection.sendall(bytes([_VERSION, 1, _BY_NAME]))
    _exactly(connection, 2)
    user = secrets.token_hex(8).encode()
    connection.sendall(bytes([1, len(user)]) + user + b"\x01x")
    _exactly(connection, 2)


def _ask(connection: socket.socket, host: bytes, port: int) -> None:
    connection.sendall(bytes([_VERSION, _CONNECT, 0, _HOST_NAME, len(host)]) + host + port.to_bytes(2, "big"))
    _, code, _, kind = _exactly(connection, 4)
    if code:
        raise UnreachableError(f"Tor cannot connect to the service yet (0x{code:02X}).")
    _exactly(connection, _BOUND_BYTES.get(kind, 0))


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise UnreachableError("Tor closed the connection.")
        data += part
    return data
