"""A plain server behind an onion service of its own, with the torrc of ours: what Tor alone costs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.door import plain_door
from deploy.rehearsal.tor_process import POLL_SECONDS, TorError, TorProcess
from intake.onion.torrc import Layout, torrc_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.rehearsal.public_tor import TorNetwork

ADDRESS_SECONDS = 60.0


@contextmanager
def plain_onion(network: TorNetwork) -> Iterator[str]:
    """Serve ``bench.baseline giving`` on a private network; gives its address, which may not be found yet."""
    with plain_door("giving") as served:
        layout = Layout(served.folder / "tor", served.folder / "run", served.folder / "network.torrc")
        (served.folder / "network.torrc").write_text("\n".join(network.service_lines()) + "\n")
        for folder in (layout.tor_dir, layout.tor_run_dir):
            folder.mkdir(mode=0o700)
        layout.torrc.write_text(torrc_text(layout))
        tor = TorProcess("the plain service", layout.tor_dir)
        tor.start()
        try:
            yield _address(tor, layout.hostname)
        finally:
            tor.stop()


def _address(tor: TorProcess, hostname: Path) -> str:
    """Wait until tor has made the address; raises TorError."""
    deadline = time.monotonic() + ADDRESS_SECONDS
    while not (hostname.exists() and hostname.read_text().endswith("\n")):
        if not tor.is_running() or time.monotonic() > deadline:
            raise TorError(f"{tor.name} has no address; what it said: {(tor.folder / 'stdout').read_text()[-2000:]}")
        time.sleep(POLL_SECONDS)
    return hostname.read_text().strip()
