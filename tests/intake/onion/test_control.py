"""What tor says of itself is read, and what it lacks is told; with a tor that never touches a network."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intake.onion.control import Progress, control_of
from intake.onion.errors import OnionError
from intake.onion.tor import OwnTor, end_process, write_torrc
from intake.onion.torrc import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOR = Path("/usr/bin/tor")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name."""
    with tempfile.TemporaryDirectory(prefix="kh-") as name:
        yield Path(name)


@pytest.fixture
def start_tor(folder: Path) -> Iterator[Callable[[str], Layout]]:
    """Starts a tor without a network, with more lines or with nothing but them."""
    started: list[OwnTor] = []

    def start(instead: str = "") -> Layout:
        (folder / "more").write_text("DisableNetwork 1\n")
        layout = Layout(folder / "tor", folder / "run", additions=folder / "more")
        write_torrc(layout)
        if instead:
            layout.torrc.write_text(instead.format(layout=layout))
        started.append(OwnTor(TOR, layout))
        return layout

    yield start
    for tor in started:
        tor.stop(5)


def test_a_tor_without_a_network_says_how_far_it_is_and_how_it_is_called(start_tor: Callable[..., Layout]) -> None:
    layout = start_tor()
    with control_of(layout.control, 10) as control:
        assert control.is_alive()
        assert control.version().startswith("0.4.")
        assert control.progress() == Progress(0, "Starting")
        assert control.hostname_file() == layout.hostname
        assert layout.hostname.read_text().strip().endswith(".onion")
        assert not control.uploaded
        assert not control.has_descriptor(layout.hostname.read_text().strip())


def test_a_tor_that_does_not_get_into_the_network_is_given_up_in_words(start_tor: Callable[..., Layout]) -> None:
    steps: list[Progress] = []
    with (
        control_of(start_tor().control, 10) as control,
        pytest.raises(OnionError, match=r"0 %, Starting. Check the line and the clock"),
    ):
        control.wait_for_network(60, 0.2, steps.append)
    assert steps == [Progress(0, "Starting")]


def test_what_a_tor_of_others_lacks_is_told(start_tor: Callable[..., Layout]) -> None:
    layout = start_tor(
        'DataDirectory "{layout.data}"\nDisableNetwork 1\nControlPort unix:"{layout.control}"\nSocksPort 0\n'
    )
    with control_of(layout.control, 10) as control:
        with pytest.raises(OnionError, match="no SOCKS socket"):
            control.socks()
        with pytest.raises(OnionError, match="no onion service"):
            control.hostname_file()


def test_a_tor_that_is_not_there_is_told_and_looked_for_meanwhile(folder: Path) -> None:
    looks: list[int] = []
    with (
        pytest.raises(OnionError, match="cannot be steered"),
        control_of(folder / "none", 0.2, lambda: looks.append(1)),
    ):
        pass
    assert looks


def test_a_tor_that_does_not_let_us_in_is_told(start_tor: Callable[..., Layout]) -> None:
    layout = start_tor()
    with control_of(layout.control, 10):
        layout.cookie.write_bytes(bytes(32))
        with (
            pytest.raises(OnionError, match="may open its control socket and read its cookie"),
            control_of(layout.control, 1),
        ):
            pass


def test_a_tor_that_ended_leaves_its_last_words(start_tor: Callable[..., Layout]) -> None:
    layout = start_tor("NoSuchOption 1\n")
    tor = OwnTor(TOR, layout)
    deadline = time.monotonic() + 10
    while not tor.has_ended() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "NoSuchOption" in tor.last_words()
    layout.log.unlink()
    assert tor.last_words() == "(tor has said nothing)"
    tor.stop(1)


def test_a_child_that_does_not_end_is_killed() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(1)
        end_process(child, 0.1)
        assert child.returncode == -9
