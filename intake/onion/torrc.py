"""Writes the torrc. Pure: a layout in, text out.

Rules, each with its reason:

1. The service stands in torrc, not in ``ADD_ONION``: circuit ids, introduction defences and proof of work together
   can be had only there (ADR 0004).
2. No port of any kind: control and SOCKS are unix sockets in a folder that only tor and the service enter.
3. Nothing is written that tells of use: no heartbeat (it counts circuits), addresses scrubbed, times of a day.
4. The courier's service has authorized clients: without a key nobody can even find it.
5. Paths are quoted; a path that would end its line is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.onion.errors import OnionError
from intake.onion.numbers import ONION_NUMBERS, OnionNumbers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from intake.config import Config

DAY_MILLISECONDS = 24 * 60 * 60 * 1000

PAGES_PORT = 80
"""Where browsers look for ``http://….onion``."""


@dataclass(frozen=True)
class Layout:
    """Where everything of the onion service lies. Names of sockets are short: a path has 107 bytes.

    Attributes:
        tor_dir: tor's own; whoever has it can stand in for the address.
        run_dir: sockets; gone after a restart.
        additions: a file with lines for a private test network.
        proof_of_work: whether clients solve puzzles when many come.
        with_group: whether tor runs as another user that shares a group with the service.
        courier_clients: keys that are let in to the courier's service, by name; without any there is no such service.
    """

    tor_dir: Path
    run_dir: Path
    additions: Path | None = None
    proof_of_work: bool = True
    with_group: bool = False
    courier_clients: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config) -> Layout:
        """Return the layout of a configuration whose tor is our own."""
        paths, onion = config.paths, config.onion
        return cls(
            paths.tor_dir,
            paths.run_dir,
            onion.torrc_additions,
            onion.proof_of_work,
            courier_clients=config.courier.clients or {},
        )

    @property
    def door(self) -> Path:
        """The socket of the source pages."""
        return self.run_dir / "source" / "door"

    @property
    def courier_door(self) -> Path:
        """The socket of the courier's app."""
        return self.run_dir / "courier" / "door"

    @property
    def tor_run_dir(self) -> Path:
        """Where tor opens its sockets."""
        return self.run_dir / "tor"

    @property
    def control(self) -> Path:
        """The socket by which tor is steered."""
        return self.tor_run_dir / "control"

    @property
    def cookie(self) -> Path:
        """What one must be able to read to steer it."""
        return self.tor_run_dir / "cookie"

    @property
    def socks(self) -> Path:
        """The socket through which we reach our own service as anybody would."""
        return self.tor_run_dir / "socks"

    @property
    def log(self) -> Path:
        """Tor's notices since its start."""
        return self.tor_run_dir / "log"

    @property
    def data(self) -> Path:
        """Tor's cache and state."""
        return self.tor_dir / "data"

    @property
    def service(self) -> Path:
        """The onion key and the address."""
        return self.tor_dir / "service"

    @property
    def hostname(self) -> Path:
        """The address, once tor has made it."""
        return self.service / "hostname"

    @property
    def courier_service(self) -> Path:
        """The key and the address of the courier's service, and who is let in."""
        return self.tor_dir / "courier"

    @property
    def courier_hostname(self) -> Path:
        """The courier's address, once tor has made it."""
        return self.courier_service / "hostname"

    @property
    def torrc(self) -> Path:
        """The file that we write."""
        return self.tor_dir / "torrc"


def torrc_text(layout: Layout, numbers: OnionNumbers = ONION_NUMBERS) -> str:
    """Return the whole torrc.

    Raises:
        OnionError: a path cannot stand in a torrc.
    """
    parts = (
        _included(layout),
        _process(layout),
        _sockets(layout),
        _service(layout),
        _defences(layout, numbers),
        _courier(layout),
    )
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _included(layout: Layout) -> list[str]:
    """Return the lines of others first: options of a service must follow its folder."""
    return [f"%include {_quoted(layout.additions)}"] if layout.additions else []


def _process(layout: Layout) -> list[str]:
    return [
        f"DataDirectory {_quoted(layout.data)}",
        "ClientOnly 1",
        "AvoidDiskWrites 1",
        "DormantCanceledByStartup 1",
        "DisableDebuggerAttachment 1",
        "Log notice stderr",  # whoever starts tor says where that goes; names of files cannot be quoted here
        f"LogTimeGranularity {DAY_MILLISECONDS}",
        "SafeLogging 1",
        "HeartbeatPeriod 0",
    ]


def _sockets(layout: Layout) -> list[str]:
    group = " GroupWritable RelaxDirModeCheck" if layout.with_group else ""
    return [
        f'ControlPort unix:"{_plain(layout.control)}"{group}',
        "CookieAuthentication 1",
        f"CookieAuthFile {_quoted(layout.cookie)}",
        f"CookieAuthFileGroupReadable {int(layout.with_group)}",
        f'SocksPort unix:"{_plain(layout.socks)}"{group.replace(" RelaxDirModeCheck", "")} OnionTrafficOnly',
    ]


def _service(layout: Layout) -> list[str]:
    return [
        f"HiddenServiceDir {_quoted(layout.service)}",
        f"HiddenServiceDirGroupReadable {int(layout.with_group)}",
        "HiddenServiceVersion 3",
        f'HiddenServicePort {PAGES_PORT} unix:"{_plain(layout.door)}"',
        "HiddenServiceExportCircuitID haproxy",
    ]


def _defences(layout: Layout, numbers: OnionNumbers) -> list[str]:
    lines = [
        f"HiddenServiceMaxStreams {numbers.streams}",
        "HiddenServiceMaxStreamsCloseCircuit 0",
        "HiddenServiceEnableIntroDoSDefense 1",
        f"HiddenServiceEnableIntroDoSRatePerSec {numbers.intro_rate}",
        f"HiddenServiceEnableIntroDoSBurstPerSec {numbers.intro_burst}",
    ]
    if layout.proof_of_work:  # else no line at all: a tor without it may not know the options
        lines += [
            "HiddenServicePoWDefensesEnabled 1",
            f"HiddenServicePoWQueueRate {numbers.work_rate}",
            f"HiddenServicePoWQueueBurst {numbers.work_burst}",
        ]
    return lines


def _courier(layout: Layout) -> list[str]:
    """Return the courier's service; who is let in stands in files beside its key, which ``write_torrc`` writes."""
    if not layout.courier_clients:
        return []
    return [
        f"HiddenServiceDir {_quoted(layout.courier_service)}",
        f"HiddenServiceDirGroupReadable {int(layout.with_group)}",
        "HiddenServiceVersion 3",
        f'HiddenServicePort {PAGES_PORT} unix:"{_plain(layout.courier_door)}"',
        "HiddenServiceExportCircuitID haproxy",
    ]


def _quoted(path: Path) -> str:
    return f'"{_plain(path)}"'


def _plain(path: Path) -> str:
    text = str(path)
    if not text.isprintable() or set(text) & set('"\\'):
        raise OnionError(f"Tor cannot be told of the path {text!r}.", "Choose one without quotes or backslashes.")
    return text
