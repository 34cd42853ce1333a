"""``khomo-intake serve`` on a real Tor network: opens the door, keeps it open, closes it behind itself."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.socks import OnionConnection, Socks
from deploy.rehearsal.tor_process import TorProcess
from intake.onion.selfcheck import ask_locally, keep_asking
from intake.onion.torrc import Layout, torrc_text
from intake.store import Store
from tests.intake.world import CONFIG, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploy.rehearsal.private_tor import PrivateTor

pytestmark = pytest.mark.tor

COMMAND = [sys.executable, "-c", "from intake.onion.commands import serve; serve()", "--config"]


IMPATIENT = """
import sys
from pathlib import Path
from intake.config import load_config
from intake.onion.numbers import OnionNumbers
from intake.onion.serve import DoorService
from intake.onion.telling import Steps
numbers = OnionNumbers(check_seconds=3.0, recheck_seconds=1.0, restarts=1, anew_seconds={anew_seconds})
try:
    DoorService(load_config(Path(sys.argv[2])), Steps(sys.stdout), numbers).run()
except Exception as error:
    sys.exit(str(error))
"""


def impatient(anew_seconds: float = 60.0) -> list[str]:
    """Return the command of a door that waits for little."""
    return [sys.executable, "-c", IMPATIENT.format(anew_seconds=anew_seconds), "--config"]


KEPT_BY_TOR = {
    "torrc",
    "torrc-defaults",
    "data/cached-certs",
    "data/cached-microdesc-consensus",
    "data/cached-microdescs.new",
    "data/lock",
    "data/state",
    "service/hostname",
    "service/hs_ed25519_public_key",
    "service/hs_ed25519_secret_key",
}
"""docs/threat-model.md, "What tor notes", says what is in them."""
LINES_OF_STATE = {"CircuitBuildTimeBin", "Dormant", "Guard", "LastWritten", "TorVersion", "TotalBuildTimes"} | {
    f"BWHistory{way}{what}"
    for way in ("Read", "Write", "DirRead", "DirWrite", "IPv6Read", "IPv6Write")
    for what in ("Ends", "Interval", "Values", "Maxima")
}
WORDS_OF_A_GUARD = {
    *("in", "rsa_id", "nickname", "sampled_on", "sampled_idx", "sampled_by", "unlisted_since", "listed"),
    *("confirmed_on", "confirmed_idx", "pb_use_attempts", "pb_use_successes", "pb_circ_attempts", "pb_circ_successes"),
    *("pb_successful_circuits_closed", "pb_collapsed_circuits", "pb_unusable_circuits", "pb_timeouts"),
}


class Serving:
    """The command, running."""

    def __init__(self, folder: Path, *options: str, command: list[str] = COMMAND, log: str = "said") -> None:
        self.log = folder / log
        with self.log.open("wb") as out:
            whole = [*command, str(folder / "config.toml"), *options]
            self.process = subprocess.Popen(whole, stdout=out, stderr=out, start_new_session=True)

    def said(self) -> str:
        """Return everything that it said."""
        return self.log.read_text()

    def wait_for(self, words: str, seconds: float = 90, times: int = 1) -> None:
        """Wait until it has said something."""
        deadline = time.monotonic() + seconds
        while len(re.findall(words, self.said())) < times:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def address(self) -> str:
        """Wait for the door and return its address."""
        self.wait_for("The door is open")
        return str(re.findall(r"http://([a-z2-7]{56}\.onion)", self.said())[-1])

    def descendants(self) -> list[int]:
        """Return all processes below it."""
        pids = [self.process.pid]
        for pid in pids:
            out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False).stdout
            pids += [int(number) for number in out.split()]
        return pids[1:]

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Stop it; return its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(30)


@pytest.fixture
def folder(private_tor: PrivateTor) -> Iterator[Path]:
    """Papers and configuration of a door in the private network."""
    with tempfile.TemporaryDirectory(prefix="kh-") as name:
        folder = Path(name)
        World().write_papers(folder)
        (folder / "more").write_text("\n".join(private_tor.service_lines()) + "\n")
        (folder / "config.toml").write_text(CONFIG + '[onion]\ntorrc_additions = "more"\n')
        yield folder


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Serving]]:
    """Starts the command, and ends what is left of it."""
    started: list[Serving] = []

    def start(*options: str, command: list[str] = COMMAND) -> Serving:
        started.append(Serving(folder, *options, command=command))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.stop()


def page(network: PrivateTor, onion: str) -> str:
    """Fetch the first page as a source does."""
    connection = OnionConnection(Socks.through(network, os.urandom(8).hex()), onion)
    with contextlib.closing(connection):
        connection.request("GET", "/")
        return connection.getresponse().read().decode()


def kept_by_tor(folder: Path) -> dict[str, str]:
    """Return the files that tor has left, and what stands in them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes().decode(errors="replace") for path in files}


def have_ended(pids: list[int]) -> bool:
    """Tell whether processes end within seconds."""
    deadline = time.monotonic() + 15
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_the_door_opens_survives_the_end_of_its_tor_and_closes_without_a_trace(
    serve: Callable[..., Serving], private_tor: PrivateTor, folder: Path
) -> None:
    serving = serve()
    onion = serving.address()
    assert "The Open Door" in page(private_tor, onion)
    tor = next(pid for pid in serving.descendants() if Path(f"/proc/{pid}/comm").read_text() == "tor\n")

    os.kill(tor, signal.SIGKILL)
    serving.wait_for("The door is open", times=2)
    private_tor.forget_descriptors()
    assert "The Open Door" in page(private_tor, onion)

    below = serving.descendants()
    assert len(below) >= 3
    assert serving.stop() == 0
    assert have_ended(below)
    assert not Layout(folder / "tor", folder / "run").door.exists()
    assert serving.said().count("ok  A page came back through tor (") == 2
    assert serving.said().endswith("The door is closed.\n")


def test_no_log_names_an_address_or_a_time(
    serve: Callable[..., Serving], private_tor: PrivateTor, folder: Path
) -> None:
    serving = serve()
    onion = serving.address()
    page(private_tor, onion)
    serving.stop()
    tor_log = (folder / "run" / "tor" / "log").read_text()
    after_start = tor_log[tor_log.index("Bootstrapped 0%") :]
    assert onion.removesuffix(".onion") not in tor_log
    assert set(re.findall(r"\d\d:\d\d:\d\d", after_start)) == {"00:00:00"}
    assert "dead:beef" not in serving.said()


def test_what_tor_keeps_on_the_disk_tells_of_no_visit(
    serve: Callable[..., Serving], private_tor: PrivateTor, folder: Path
) -> None:
    left = []
    for visits in (0, 6):
        serving = serve()
        onion = serving.address()
        private_tor.forget_descriptors()
        for _ in range(visits):
            page(private_tor, onion)
        assert serving.stop() == 0
        left.append(kept_by_tor(folder / "tor"))
    before, after = left
    assert set(before) == set(after) == KEPT_BY_TOR
    changed = {name for name in KEPT_BY_TOR if before[name] != after[name]}
    assert changed <= {
        "data/state",
        "data/cached-certs",
        "data/cached-microdesc-consensus",
        "data/cached-microdescs.new",
    }
    lines = [line for line in after["data/state"].splitlines() if line and not line.startswith("#")]
    assert {line.split()[0] for line in lines} <= LINES_OF_STATE
    words = {word.partition("=")[0] for line in lines if line.startswith("Guard ") for word in line.split()[1:]}
    assert words <= WORDS_OF_A_GUARD  # with how many circuits there were in all its life, and no time of one
    for line in lines:
        assert not re.search(r"\d\d:\d\d:\d\d", line) or line.startswith(("Guard ", "LastWritten "))


def test_nothing_outlives_a_killed_command(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.address()
    below = serving.descendants()
    serving.stop(signal.SIGKILL)
    assert have_ended(below)


def test_ctrl_c_while_tor_joins_ends_everything(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.wait_for("Pages answer")
    below = serving.descendants()
    assert serving.stop(signal.SIGINT) == 0
    assert have_ended(below)


def test_the_end_of_the_pages_ends_the_door(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.address()
    pages = next(pid for pid in serving.descendants() if b"source_door" in Path(f"/proc/{pid}/cmdline").read_bytes())
    below = serving.descendants()
    os.kill(pages, signal.SIGKILL)
    assert serving.process.wait(20) == 1
    assert "The pages stopped." in serving.said()
    assert have_ended(below)


def test_a_tor_that_runs_already_is_spoken_to_and_waited_for(
    serve: Callable[..., Serving], private_tor: PrivateTor, folder: Path
) -> None:
    system = Layout(folder / "system-tor", folder / "run", additions=folder / "more", with_group=True)
    for made in (system.tor_dir, system.run_dir, system.tor_run_dir):
        made.mkdir(mode=0o700, exist_ok=True)
    (system.tor_dir / "torrc").write_text(torrc_text(system) + f"Log notice file {system.tor_dir / 'log'}\n")
    tor = TorProcess("system", system.tor_dir)
    config = folder / "config.toml"
    words = f'[onion]\ntor = "system"\ncontrol_socket = "{system.control}"\n'
    config.write_text(config.read_text().split("[onion]")[0] + words)
    try:
        tor.start()
        tor.wait_for("Bootstrapped 100%", time.monotonic() + 60)
        serving = serve()
        onion = serving.address()
        assert "The Open Door" in page(private_tor, onion)
        tor.stop()
        tor.start()
        serving.wait_for("The door is open", times=2)
        assert serving.stop() == 0
        assert tor.is_running()
    finally:
        tor.stop()


def test_while_open_the_door_is_looked_at_and_a_failure_is_told(serve: Callable[..., Serving], folder: Path) -> None:
    serving = serve(command=impatient())
    serving.address()
    pages = next(pid for pid in serving.descendants() if b"source_door" in Path(f"/proc/{pid}/cmdline").read_bytes())
    worker = int(subprocess.run(["ps", "-o", "pid=", "--ppid", str(pages)], capture_output=True, check=True).stdout)
    os.kill(worker, signal.SIGSTOP)
    serving.wait_for("warning: The first page did not come through tor")
    os.kill(worker, signal.SIGCONT)
    assert serving.stop() == 0
    with Store(folder / "store") as store:
        assert len(store.health().published_days) == 1


def test_a_tor_that_ends_again_and_again_ends_the_door(serve: Callable[..., Serving]) -> None:
    serving = serve(command=impatient())
    for times in (1, 2):
        serving.wait_for("The door is open", times=times)
        tor = next(pid for pid in serving.descendants() if Path(f"/proc/{pid}/comm").read_text() == "tor\n")
        os.kill(tor, signal.SIGKILL)
    assert serving.process.wait(60) == 1
    assert "Tor ended again and again." in serving.said()


MUTE_TOR = """#!/bin/sh
case "$*" in *--list-modules*|*--verify-config*) exec /usr/bin/tor "$@" ;; esac
echo x >> "$0.starts"
[ "$(wc -l < "$0.starts")" -le {times} ] && exec /usr/bin/tor "$@" --PublishHidServDescriptors 0
exec /usr/bin/tor "$@"
"""
"""A tor whose service no directory hears of, the first times."""


@pytest.mark.parametrize(("mute", "seconds", "opens"), [(1, 8.0, True), (2, 2.0, False)])
def test_a_tor_that_stands_still_is_started_anew_and_not_for_ever(
    serve: Callable[..., Serving], folder: Path, mute: int, seconds: float, *, opens: bool
) -> None:
    (folder / "mute-tor").write_text(MUTE_TOR.format(times=mute))
    (folder / "mute-tor").chmod(0o700)
    with (folder / "config.toml").open("a") as config:
        config.write('tor_binary = "mute-tor"\n')
    serving = serve(command=impatient(anew_seconds=seconds))
    if opens:
        serving.address()
        assert serving.stop() == 0
    else:
        assert serving.process.wait(60) == 1
    again = "warning: No directory took the service's descriptor. Look at tor's log. Tor is started anew."
    assert serving.said().count(again) == 1


BARE_TOR = """#!/bin/sh
[ "$1" = --list-modules ] && { echo "relay: yes"; echo "pow: no"; exit 0; }
grep -q PoW "$2" && { echo "Unknown option."; exit 1; }
exec /usr/bin/tor "$@"
"""


def test_a_tor_without_proof_of_work_opens_the_door_with_a_warning(
    serve: Callable[..., Serving], folder: Path, private_tor: PrivateTor
) -> None:
    (folder / "bare-tor").write_text(BARE_TOR)
    (folder / "bare-tor").chmod(0o700)
    with (folder / "config.toml").open("a") as config:
        config.write('tor_binary = "bare-tor"\n')
    serving = serve()
    assert "We are five groups" in page(private_tor, serving.address())
    assert serving.said().count("bare-tor was built without proof of work") == 1
    assert "PoW" not in (folder / "tor" / "torrc").read_text()
    assert serving.stop() == 0


def test_without_tor_the_pages_are_served_on_their_socket(serve: Callable[..., Serving], folder: Path) -> None:
    serving = serve("--no-tor")
    door = Layout(folder / "tor", folder / "run").door
    serving.wait_for(re.escape(f"Pages answer at {door}, without tor."))
    assert 0 < keep_asking(lambda: ask_locally(door, 5), 5) < 14 * 1024
    assert not (folder / "tor").exists()
    assert serving.stop() == 0


@pytest.mark.parametrize("options", [(), ("--no-tor",)])
def test_a_second_door_of_one_configuration_is_refused_and_touches_nothing(
    serve: Callable[..., Serving], folder: Path, options: tuple[str, ...]
) -> None:
    serving = serve("--no-tor")
    serving.wait_for("Pages answer")
    door = Layout(folder / "tor", folder / "run").door
    second = Serving(folder, *options, log="said-too")
    assert second.process.wait(30) == 1
    assert second.said().startswith(f"Error: The pages of this configuration are served already, at {door}.")
    assert not (folder / "tor").exists()
    assert ask_locally(door, 5) > 0
    assert serving.stop() == 0


@pytest.mark.parametrize(("mode", "words"), [(None, "is not there"), (0o600, "is not a program")])
def test_a_tor_that_cannot_be_started_is_told_before_anything_is(
    serve: Callable[..., Serving], folder: Path, mode: int | None, words: str
) -> None:
    with (folder / "config.toml").open("a") as config:
        config.write('tor_binary = "no-tor"\n')
    if mode is not None:
        (folder / "no-tor").touch(mode=mode)
    serving = serve()
    assert serving.process.wait(30) == 1
    assert serving.said().startswith(f"Error: {folder / 'no-tor'} {words}")
    assert "onion.tor_binary" in serving.said()
    assert not (folder / "run").exists()


def test_a_file_that_is_no_tor_fails_in_a_step_that_says_so(serve: Callable[..., Serving], folder: Path) -> None:
    with (folder / "config.toml").open("a") as config:
        config.write('tor_binary = "no-tor"\n')
    (folder / "no-tor").write_bytes(bytes(4))
    (folder / "no-tor").chmod(0o700)
    serving = serve()
    assert serving.process.wait(60) == 1
    assert f"FAIL  Tor can be started: {folder / 'no-tor'}" in serving.said()


def test_papers_that_are_missing_are_told_in_words(serve: Callable[..., Serving], folder: Path) -> None:
    (folder / "root.pub").unlink()
    serving = serve()
    assert serving.process.wait(30) == 1
    assert "Error: " in serving.said()
    assert "root.pub is not there" in serving.said()
    assert "Traceback" not in serving.said()
