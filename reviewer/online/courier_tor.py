"""A tor of the courier's own: it knows the key that opens the server's descriptor, and ends with the command."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import stem.process
from stem import ControllerError
from stem.control import Controller, Listener

from reviewer.errors import ReviewerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SBIN = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
BOOT_SECONDS = 180


@contextmanager
def own_tor(
    auth_private: str, additions: Path | None = None, tell: Callable[[str], object] = lambda _line: None
) -> Iterator[tuple[str, int]]:
    """Start tor and give the host and port of its SOCKS port; everything is removed afterwards.

    Args:
        auth_private: the line that opens the descriptor.
        additions: more lines of a torrc, for a private test network.
        tell: told tor's own words about its start.
    """
    program = shutil.which("tor", path=os.environ.get("PATH", "") + ":" + SBIN)
    if program is None:
        raise ReviewerError("Tor is not installed.", "Install Debian's package tor.")
    with tempfile.TemporaryDirectory(prefix="khomo-courier-") as home:
        folder = Path(home)
        (folder / "auth").mkdir(mode=0o700)
        (folder / "auth" / "server.auth_private").touch(mode=0o600)
        (folder / "auth" / "server.auth_private").write_text(auth_private)
        process = _launched(program, folder, additions, tell)
        try:
            with _control(folder / "control") as controller:
                found: list[tuple[str, int]] = controller.get_listeners(Listener.SOCKS)
                yield found[0]
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                pipe.close()


def _launched(program: str, folder: Path, additions: Path | None, tell: Callable[[str], object]) -> stem.process:
    config = {
        **({"%include": str(additions)} if additions else {}),
        "DataDirectory": str(folder / "data"),
        "ClientOnionAuthDir": str(folder / "auth"),
        "ControlSocket": str(folder / "control"),
        "CookieAuthentication": "0",
        "SocksPort": "127.0.0.1:auto OnionTrafficOnly",
        "ClientOnly": "1",
        "AvoidDiskWrites": "1",
        "DormantCanceledByStartup": "1",
    }
    try:
        return stem.process.launch_tor_with_config(
            config, tor_cmd=program, init_msg_handler=tell, timeout=BOOT_SECONDS, take_ownership=True
        )
    except OSError as error:
        raise ReviewerError(
            "Tor did not get into its network.", "Check the line and the clock; another tor may help: Tor Browser's."
        ) from error


@contextmanager
def _control(path: Path) -> Iterator[Controller]:
    """Connect to tor. It ends when this connection does: stem takes ownership of what its own process started."""
    try:
        controller = Controller.from_socket_file(str(path))
        controller.authenticate()
    except ControllerError as error:
        raise ReviewerError("Tor cannot be asked for its port.", "Try again.") from error
    with controller:
        yield controller
