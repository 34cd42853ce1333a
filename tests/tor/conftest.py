"""A tiny server that stands behind an onion service."""

from __future__ import annotations

import socketserver
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.tor_process import TorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.rehearsal.private_tor import PrivateTor

PAGE = b"behind the door"


@dataclass
class TinyService:
    """An onion service over a server that answers one page and keeps what its connections began with."""

    onion: str
    tor: TorProcess
    first_lines: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="session")
def tiny_service(private_tor: PrivateTor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyService]:
    first_lines: list[bytes] = []

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            first_lines.append(self.rfile.readline())
            while self.rfile.readline().strip():
                pass
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(PAGE)}\r\nConnection: close\r\n\r\n"
            self.wfile.write(head.encode() + PAGE)

    with socketserver.ThreadingTCPServer((private_tor.address, 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tor = _service_tor(private_tor, tmp_path_factory.mktemp("service"), server.server_address[1])
        try:
            onion = (tor.folder / "onion" / "hostname").read_text().strip()
            yield TinyService(onion, tor, first_lines)
        finally:
            tor.stop()
            server.shutdown()


def _service_tor(network: PrivateTor, folder: Path, port: int) -> TorProcess:
    lines = (
        *network.service_lines(),
        f"DataDirectory {folder / 'data'}",
        f"Log notice file {folder / 'log'}",
        "SocksPort 0",
        f"HiddenServiceDir {folder / 'onion'}",
        f"HiddenServicePort 80 {network.address}:{port}",
        "HiddenServiceExportCircuitID haproxy",
    )
    (folder / "torrc").write_text("\n".join(lines) + "\n")
    tor = TorProcess("service", folder)
    tor.start()
    tor.wait_for("Bootstrapped 100%", time.monotonic() + 60)
    return tor
