"""What we ask tor: how far it is, whether the service is published, where its SOCKS socket is."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stem import ControllerError, Signal, SocketError
from stem.connection import AuthenticationFailure
from stem.control import Controller, EventType

from intake.onion.errors import OnionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PROGRESS = re.compile(r"PROGRESS=(\d+).*?SUMMARY=\"([^\"]*)\"")
_POLL_SECONDS = 0.1
_DONE = 100


@dataclass(frozen=True)
class Progress:
    """How far tor has come in joining the network."""

    percent: int
    summary: str


class TorControl:
    """A control connection that has been let in."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._uploaded = threading.Event()
        controller.add_event_listener(self._on_descriptor, EventType.HS_DESC)

    def is_alive(self) -> bool:
        """Tell whether the connection to tor stands."""
        return bool(self._controller.is_alive())

    def version(self) -> str:
        """Return what tor calls itself, without its build."""
        return self._info("version").split(" ", 1)[0]

    def progress(self) -> Progress:
        """Return how far tor has come."""
        said = _PROGRESS.search(self._info("status/bootstrap-phase"))
        return Progress(int(said[1]), said[2]) if said else Progress(0, "starting")

    def socks(self) -> Path:
        """Return tor's SOCKS socket; raises OnionError if it has none."""
        names = re.findall(r'"unix:([^"]+)"', self._info("net/listeners/socks"))
        if not names:
            raise OnionError("Tor has no SOCKS socket.", "Use the torrc of deploy/server: it has `SocksPort unix:…`.")
        return Path(names[0])

    def hostname_file(self) -> Path:
        """Return where tor keeps the address of its first service; raises OnionError if it has none."""
        folders = self._conf("HiddenServiceDir")
        if not folders:
            raise OnionError("Tor offers no onion service.", "Use the torrc of deploy/server, and restart tor.")
        return Path(folders[0]) / "hostname"

    @property
    def uploaded(self) -> bool:
        """Whether a directory has taken the descriptor since we listen."""
        return self._uploaded.is_set()

    def has_descriptor(self, address: str) -> bool:
        """Tell whether tor has made a descriptor of the service; a tor that ran before us uploaded it before."""
        with suppress(ControllerError):
            return bool(self._controller.get_info(f"hs/service/desc/id/{address.removesuffix('.onion')}"))
        return False

    def forget_descriptors(self) -> None:
        """Have tor's client half fetch descriptors anew and take new circuits."""
        with _told():
            self._controller.signal(Signal.NEWNYM)

    def wait_for_network(self, seconds: float, silence: float, tell: Callable[[Progress], object]) -> None:
        """Wait until tor has joined the network.

        Args:
            seconds: at most.
            silence: at most without a step forward.
            tell: called with every step.

        Raises:
            OnionError: it has not; says how far it came.
        """
        started = stepped = time.monotonic()
        last: Progress | None = None
        while (now := self.progress()).percent < _DONE:
            if now != last:
                last, stepped = now, time.monotonic()
                tell(now)
            if time.monotonic() - started > seconds or time.monotonic() - stepped > silence:
                raise OnionError(
                    f"Tor does not get into the network: {now.percent} %, {now.summary}.",
                    "Check the line and the clock of this machine.",
                )
            time.sleep(_POLL_SECONDS)
        tell(now)

    def _info(self, key: str) -> str:
        with _told():
            return str(self._controller.get_info(key))

    def _conf(self, key: str) -> list[str]:
        with _told(), suppress(ValueError):  # what stem raises if there is no service at all
            return [str(value) for value in self._controller.get_conf(key, multiple=True)]
        return []

    def _on_descriptor(self, event: Any) -> None:
        if event.action == "UPLOADED":
            self._uploaded.set()


@contextmanager
def control_of(path: Path, seconds: float, look: Callable[[], object] = lambda: None) -> Iterator[TorControl]:
    """Connect to tor's control socket, waiting until it is there and calling ``look`` meanwhile.

    A tor that this process started ends when the connection does: stem takes ownership of it.

    Raises:
        OnionError: tor does not answer, or does not let us in.
    """
    with _told():
        controller = _connected(path, time.monotonic() + seconds, look)
    with controller:
        with _told():
            controller.authenticate()
            control = TorControl(controller)
        yield control


def _connected(path: Path, deadline: float, look: Callable[[], object]) -> Controller:
    while not _answers(path):  # stem would leave a socket open
        if time.monotonic() >= deadline:
            raise SocketError
        look()
        time.sleep(_POLL_SECONDS)
    return Controller.from_socket_file(str(path))


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        return knock.connect_ex(str(path)) == 0


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (ControllerError, AuthenticationFailure) as error:
        raise OnionError(
            f"Tor cannot be steered ({type(error).__name__}).",
            "Check that tor runs, and that this user may open its control socket and read its cookie.",
        ) from error
