"""What goes wrong on the way, and what people do who want the door shut: others are served, nothing is half-stored."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import steps_source
from deploy.rehearsal.samples import large_file
from deploy.rehearsal.socks import Socks
from deploy.rehearsal.source_client import SourceClient
from tests.journeys.uploading import UPLOAD_BYTES, doctor_is_content, page_comes, upload_under_way
from tests.journeys.watching import everything_is_whole, growing, wait_until

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from deploy.rehearsal.forms import ChosenFile
    from deploy.rehearsal.private_tor import PrivateTor
    from deploy.rehearsal.source_client import Page
    from deploy.rehearsal.stage import Stage

pytestmark = pytest.mark.tor

IDLE, MANY_IDLE = 600, 1000
STREAMS_A_CIRCUIT = 50
TRICKLES = 60
LARGE_BODY = 8_000_000
ATTEMPTS = 3
MINUTE = 60.0
"""Limits count by the minute and by the circuit: what came over two circuits or in two minutes shows nothing."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> ChosenFile:
    return large_file(tmp_path_factory.mktemp("file"), UPLOAD_BYTES)


def _processes_below(parent: int) -> Iterator[int]:
    below = subprocess.run(["pgrep", "--parent", str(parent)], capture_output=True, text=True, check=False)
    for pid in map(int, below.stdout.split()):
        yield pid
        yield from _processes_below(pid)


def _open_descriptors() -> int:
    """Return how many files and connections the process holds that serves pages."""
    pages = filter(_serves_pages, _processes_below(os.getpid()))
    return max(sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()) for pid in pages)


def _serves_pages(pid: int) -> bool:
    return b"source_door" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _tor_of(stage: Stage) -> int:
    """Return the process id of the door's own tor: the one that reads its torrc."""
    torrc = str(stage.machine("server") / "tor" / "torrc").encode()
    return next(
        pid for pid in _processes_below(os.getpid()) if torrc in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    )


def test_tor_killed_in_the_middle_of_an_upload_comes_back_and_nothing_is_half_stored(
    private_tor: PrivateTor, open_door: Stage, file: ChosenFile
) -> None:
    upload = upload_under_way(open_door, file)
    old = _tor_of(open_door)
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: growing(open_door) == 0, 90, "the rest of the upload is gone")
    wait_until(lambda: not Path(f"/proc/{old}").exists(), 30, "the old tor is gone")
    log = open_door.machine("server") / "serve.log"
    wait_until(lambda: log.read_text().count("The door is open") > 1, 90, "the door opens again")
    private_tor.forget_descriptors()
    page_comes(open_door, 90)
    upload.join(120)
    assert upload.page is None
    everything_is_whole(open_door)
    doctor_is_content(open_door)


def _connect(network: PrivateTor, onion: str, user: str) -> socket.socket:
    return Socks.through(network, user).connect(onion, 80, 60)


def _post(length: int) -> bytes:
    kind = "Content-Type: multipart/form-data; boundary=x"
    return f"POST /write HTTP/1.1\r\nHost: h.onion\r\n{kind}\r\nContent-Length: {length}\r\n\r\n".encode()


class Trickle(threading.Thread):
    """Sends one byte a second on many connections, until it is told to stop."""

    def __init__(self, connections: list[socket.socket]) -> None:
        super().__init__()
        self._connections = connections
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.wait(1):
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the server may have had enough of it
                    connection.send(b"-")


def _are_there(idle: int, trickling: list[socket.socket]) -> bool:
    """Whether the server holds so many idle connections, and reads bodies that trickle."""
    answered = select.poll()
    for connection in trickling:
        answered.register(connection, select.POLLIN)
    return _open_descriptors() > idle and len(answered.poll(0)) < len(trickling)


def _comes_beside(stage: Stage, idle: int, trickling: list[socket.socket]) -> bool:
    """Fetch a page, which must come; return whether all the others were still there when it had come."""
    page_comes(stage)
    return _are_there(idle, trickling)


@pytest.mark.parametrize(
    "idle", [pytest.param(IDLE, id="hundreds"), pytest.param(MANY_IDLE, id="a thousand", marks=pytest.mark.long)]
)
def test_idle_connections_and_trickling_bodies_take_nobodys_page_away(
    private_tor: PrivateTor, open_door: Stage, idle: int
) -> None:
    marks = [secrets.token_hex(4) for _ in range((idle + TRICKLES) // STREAMS_A_CIRCUIT + 1)]
    users = [marks[number // STREAMS_A_CIRCUIT] for number in range(idle + TRICKLES)]
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda mark: _statuses(open_door, mark, 1), marks))  # circuits take longer than the server waits
        opened = list(pool.map(lambda user: _connect(private_tor, open_door.onion, user), users))
    trickling = opened[idle:]
    for number, connection in enumerate(trickling):
        connection.sendall(_post(LARGE_BODY if number % 2 else 5000))
    trickle = Trickle(trickling)
    trickle.start()
    try:
        assert _are_there(idle, trickling)
        beside = [_comes_beside(open_door, idle, trickling) for _ in range(10)]
        receipt = steps_source.send(steps_source.visit(open_door), "Sent beside idle connections.", ())
    finally:
        trickle.stop.set()
        trickle.join()
        for connection in opened:
            connection.close()
    assert "We have it" in receipt.text
    assert any(beside), "the server let go of what is idle before it answered anybody"


def _statuses(stage: Stage, user: str, count: int) -> list[int]:
    client = SourceClient(Socks.through(stage.network, user), stage.onion)
    return [client.get("/").status for _ in range(count)]


def _abuse(stage: Stage, user: str) -> list[int]:
    """Ask for 151 pages as one user, with eight honest visitors beside; returns what the one was answered."""
    first = _statuses(stage, user, 1)  # one circuit stands: streams that come together may be given several
    with ThreadPoolExecutor(8) as pool:
        abusive = pool.map(lambda _: _statuses(stage, user, 25), range(6))
        good = pool.submit(lambda: [_statuses(stage, f"good-{number}-of-{user}", 3) for number in range(8)])
        assert {status for statuses in good.result() for status in statuses} == {HTTPStatus.OK}
        return [*first, *(status for statuses in abusive for status in statuses)]


def test_one_abusive_circuit_is_slowed_down_and_good_ones_are_not(private_tor: PrivateTor, open_door: Stage) -> None:
    for attempt in range(ATTEMPTS):
        began, user = time.monotonic(), f"abuser-{attempt}"
        with private_tor.circuits_used(user) as circuits:
            answered = _abuse(open_door, user)
        if len(circuits) == 1 and time.monotonic() - began < MINUTE:
            break
    else:
        pytest.fail(f"in {ATTEMPTS} attempts tor never let one circuit carry 151 requests within a minute")
    assert answered.count(HTTPStatus.OK) <= 120
    assert answered.count(HTTPStatus.TOO_MANY_REQUESTS) >= 30
    assert set(answered) == {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS}


def test_an_attacker_with_a_new_circuit_for_each_request_does_not_shut_the_door(
    private_tor: PrivateTor, open_door: Stage
) -> None:
    done = threading.Event()

    def attack(_: int) -> int:
        """Begin large uploads, each over a new circuit, and leave them hanging."""
        held: list[socket.socket] = []
        while not done.is_set():
            with contextlib.suppress(OSError):
                held.append(_connect(private_tor, open_door.onion, secrets.token_hex(8)))
                held[-1].sendall(_post(LARGE_BODY) + b"--x\r\n")
        for connection in held:
            connection.close()
        return len(held)

    with ThreadPoolExecutor(8) as pool:
        attackers = [pool.submit(attack, number) for number in range(6)]
        try:
            time.sleep(5)
            receipts = [_send_text(open_door, number) for number in range(6)]
        finally:
            done.set()
        circuits = sum(attacker.result() for attacker in attackers)
    assert circuits > 30
    assert all("We have it" in page.text for page in receipts)


def _send_text(stage: Stage, number: int) -> Page:
    return steps_source.send(steps_source.visit(stage), f"Report {number} of somebody who is in a hurry.", ())
