"""Asks for the first page as a source would: through tor, by the onion address."""

from __future__ import annotations

import socket
import time
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING

from intake.onion.errors import UnreachableError
from intake.onion.numbers import ONION_NUMBERS, OnionNumbers
from intake.onion.socks import connect_through_tor
from intake.onion.torrc import PAGES_PORT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LARGEST_PAGE = 256 * 1024
"""The first page has 14 kB at most; more than this is not ours."""

_LOCAL_CIRCUIT = b"PROXY TCP6 fc00:dead:beef:4dad::0:0 ::1 1 80\r\n"
"""The circuit that has no number: ours, from this machine."""


def ask_through_tor(socks: Path, address: str, timeout: float) -> int:
    """Fetch the first page and return its size.

    Raises:
        UnreachableError: it did not come.
    """
    try:
        with connect_through_tor(socks, address, PAGES_PORT, timeout) as connection:
            return _first_page(connection, address)
    except (OSError, HTTPException) as error:
        raise UnreachableError(f"The first page did not come through tor ({type(error).__name__}).") from error


def ask_locally(door: Path, timeout: float) -> int:
    """Fetch the first page from its socket and return its size; raises as above."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(door))
            return _first_page(connection, "door.onion", _LOCAL_CIRCUIT)
    except (OSError, HTTPException) as error:
        raise UnreachableError(f"The pages do not answer ({type(error).__name__}).") from error


def answers_locally(door: Path, timeout: float) -> int:
    """Ask an app that has no first page whether it answers at all; returns its status."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(door))
            connection.sendall(_LOCAL_CIRCUIT + b"GET / HTTP/1.1\r\nHost: door.onion\r\nConnection: close\r\n\r\n")
            with HTTPResponse(connection) as response:
                response.begin()
                return response.status
    except (OSError, HTTPException) as error:
        raise UnreachableError(f"The app does not answer ({type(error).__name__}).") from error


def keep_asking(ask: Callable[[], int], seconds: float, numbers: OnionNumbers = ONION_NUMBERS) -> int:
    """Ask until an answer comes.

    Raises:
        UnreachableError: the last one, when none came in ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except UnreachableError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(numbers.check_pause_seconds)


def _first_page(connection: socket.socket, host: str, circuit: bytes = b"") -> int:
    connection.sendall(circuit + f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii"))
    with HTTPResponse(connection) as response:
        response.begin()
        size = len(response.read(LARGEST_PAGE + 1))
        if response.status != 200 or not 0 < size <= LARGEST_PAGE:  # noqa: PLR2004 - OK
            raise UnreachableError(f"The first page came with status {response.status} and {size} bytes.")
    return size
