"""What holds for every test: nothing leaves this machine. What many share: the private Tor network."""

from __future__ import annotations

import io
import ipaddress
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from deploy.rehearsal import steps_server
from deploy.rehearsal.door import Door
from deploy.rehearsal.journey import Journey
from deploy.rehearsal.private_tor import PrivateTor
from deploy.rehearsal.stage import Stage
from deploy.rehearsal.telling import Teller
from tests.real_samples import MISSING, SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES_OF_THIS_MACHINE = {"localhost", ""}


def _refuse_other_machines(event: str, args: tuple[object, ...]) -> None:
    """Stop any connection or datagram to an address that is not loopback (an audit hook sees them all)."""
    if event not in {"socket.connect", "socket.sendto"}:
        return
    address = args[1]
    if not isinstance(address, tuple):
        return  # a unix socket's path
    host = str(address[0])
    if host in _NAMES_OF_THIS_MACHINE or ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback:
        return
    raise PermissionError(f"a test tried to reach {host}: tests stay on loopback")


sys.addaudithook(_refuse_other_machines)

collect_ignore = [] if SAMPLES.is_dir() else ["reviewer/evidence/test_real_samples.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what could not be tried."""
    if collect_ignore:
        terminalreporter.write_line(MISSING)


@pytest.fixture(scope="session")
def private_tor() -> Iterator[PrivateTor]:
    """A Tor network that never leaves loopback: 3 s from its baked copy, half a minute the first time."""
    with PrivateTor.boot() as network:
        yield network


@pytest.fixture(scope="session")
def open_door(private_tor: PrivateTor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Keys from a ceremony, and ``khomo-intake serve`` open on the private network; ``stage.onion`` is its address."""
    with door_on(private_tor, tmp_path_factory.mktemp("door")) as stage:
        yield stage


@contextmanager
def door_on(network: PrivateTor, folder: Path) -> Iterator[Stage]:
    """Make keys, and open a door on a network."""
    stage = Stage.build(folder, Teller(io.StringIO()))
    stage.network = network
    steps_server.make_keys(stage)
    steps_server.configure(stage)
    door = Door(stage)
    try:
        door.open()
        yield stage
    finally:
        door.close()


# Time is measured by `make bench`; a loaded machine must not fail a property.
settings.register_profile("khomo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("khomo")


@pytest.fixture(scope="session")
def temporary_folder() -> Iterator[Path]:
    """The temporary folder of every program of the journey, for nobody else."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="khomo-tmp-") as folder:
        patch.setitem(os.environ, "TMPDIR", folder)  # Python of this process has looked it up before
        yield Path(folder)


@pytest.fixture(scope="session")
def journey(
    private_tor: PrivateTor, temporary_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Journey]:
    """A report that went the whole way; the door stays open."""
    stage = Stage.build(tmp_path_factory.mktemp("journey"), Teller(io.StringIO()))
    stage.network = private_tor
    travelled = Journey(stage)
    travelled.make_keys()
    try:
        travelled.whole()
        yield travelled
    finally:
        travelled.door.close()
