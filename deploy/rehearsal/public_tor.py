"""The same rehearsal over the public Tor network: a client of our own, and nothing added to the service's torrc."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import Protocol, Self

from deploy.rehearsal.tor_process import TorProcess

JOIN_SECONDS = 300.0


class TorNetwork(Protocol):
    """What the rehearsal needs to know of a Tor network."""

    @property
    def address(self) -> str:
        """Where the client listens."""

    @property
    def socks_port(self) -> int:
        """The client's SOCKS5 port."""

    def service_lines(self) -> tuple[str, ...]:
        """Return what a service's torrc needs in addition."""

    def forget_descriptors(self) -> None:
        """Make the client fetch onion descriptors anew."""

    def close(self) -> None:
        """End what was started."""


class PublicTor:
    """A client of the public network, for the source's side of the rehearsal.

    Args:
        more: further lines of its torrc.
    """

    address = "127.0.0.1"

    def __init__(self, *more: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="khomo-tor-"))
        self.socks_port = _free_port()
        self._tor = TorProcess("client", self._folder)
        lines = (
            f"DataDirectory {self._folder / 'data'}",
            f"Log notice file {self._folder / 'log'}",
            f"SocksPort {self.address}:{self.socks_port} ExtendedErrors",
            *more,
        )
        (self._folder / "torrc").write_text("\n".join(lines) + "\n")

    @classmethod
    def boot(cls, *more: str) -> Self:
        """Join the network; raises TorError after five minutes."""
        network = cls(*more)
        try:
            network._tor.start()
            network._tor.wait_for("Bootstrapped 100%", time.monotonic() + JOIN_SECONDS)
        except BaseException:
            network.close()
            raise
        return network

    def service_lines(self) -> tuple[str, ...]:
        """Return nothing: the public network needs no additions."""
        return ()

    def forget_descriptors(self) -> None:
        """Leave it to the client: periods of the public network are a day long, not four minutes."""

    def close(self) -> None:
        """End the client."""
        self._tor.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((PublicTor.address, 0))
        port: int = probe.getsockname()[1]
        return port
