"""A SOCKS port for browsers behind which many people sit: after some pages the next one has circuits of their own.

Requests are counted by circuit. Browsers cannot name a SOCKS user, by which tor tells people apart (Tor Browser names
one for each site); so this stands between a browser and tor and does.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from typing import TYPE_CHECKING

from deploy.rehearsal.socks import VERSION, Socks, SocksError

if TYPE_CHECKING:
    from deploy.rehearsal.private_tor import PrivateTor

PAGES_A_PERSON = 20
SECONDS = 60
BLOCK_BYTES = 64 * 1024
NAMED = 3
REFUSED = 5
BOUND = bytes([0, 1, 0, 0, 0, 0, 0, 0])


class ManyPeople:
    """The port, listening until it is closed."""

    def __init__(self, network: PrivateTor) -> None:
        self._network = network
        self._listener = socket.create_server((network.address, 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take nobody any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        people = (name for _ in iter(int, 1) for name in [secrets.token_hex(8)] * PAGES_A_PERSON)
        with contextlib.suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(browser, next(people)), daemon=True).start()

    def _serve(self, browser: socket.socket, user: str) -> None:
        with browser, contextlib.suppress(OSError, EOFError):
            host, port = _asked_for(browser)
            try:
                tor = Socks.through(self._network, user).connect(host, port, SECONDS)
            except SocksError:
                browser.sendall(bytes([VERSION, REFUSED]) + BOUND)
                return
            with tor:
                tor.settimeout(None)
                browser.sendall(bytes([VERSION, 0]) + BOUND)
                there = threading.Thread(target=_copy, args=(browser, tor), daemon=True)
                there.start()
                _copy(tor, browser)
                there.join()


def _asked_for(browser: socket.socket) -> tuple[str, int]:
    """Speak SOCKS5 with a browser: no name, no password, one host."""
    _, methods = _exactly(browser, 2)
    _exactly(browser, methods)
    browser.sendall(bytes([VERSION, 0]))
    *_, kind, length = _exactly(browser, 5)
    if kind != NAMED:
        raise EOFError("browsers give names to tor, never addresses")
    name = _exactly(browser, length)
    return name.decode(), int.from_bytes(_exactly(browser, 2), "big")


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes until one side ends; then both do, as tor ends a stream."""
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK_BYTES):
            sink.sendall(block)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _exactly(source: socket.socket, wanted: int) -> bytes:
    data = source.recv(wanted, socket.MSG_WAITALL)
    if len(data) < wanted:
        raise EOFError
    return data
