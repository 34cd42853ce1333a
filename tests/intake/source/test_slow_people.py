"""A crowd that is slow in every way at once: it takes nobody's page away and nobody's report."""

from __future__ import annotations

import resource
import select
import time
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from intake.server.acted import FILE_NAME, read_acted
from intake.server.numbers import SERVER_NUMBERS
from tests.intake.server.door_client import get, post
from tests.intake.source.test_served import FORM, MIB, ServedDoor
from tests.intake.world import WRITE

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

IDLE = 1000
HALF_A_HEADER = 200
HALF_A_TEXT = 100
HALF_A_FILE = 60
SLOW_READERS = 200
DESCRIPTORS = 4096


@pytest.fixture
def door(tmp_path: Path) -> Iterator[ServedDoor]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(DESCRIPTORS, hard)), hard))
    door = ServedDoor(tmp_path)
    yield door
    door.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def crowd(door: ServedDoor, count: int, sent: bytes, circuit: int | None = None) -> list[socket.socket]:
    return [connected(door, proxy_line(circuit) + sent) for _ in range(count)]


def connected(door: ServedDoor, sent: bytes) -> socket.socket:
    """Connect, again while the kernel holds as many as it may for the server."""
    while True:
        try:
            return door.connect(sent)
        except BlockingIOError:
            time.sleep(0.01)


def all_open(connections: list[socket.socket]) -> bool:
    """Tell whether the server has neither answered nor closed any of them."""
    watched = select.poll()
    for connection in connections:
        watched.register(connection, select.POLLIN)
    return not watched.poll(0)


def test_a_crowd_that_is_slow_in_every_way_takes_nothing_from_others(door: ServedDoor) -> None:
    large = SERVER_NUMBERS.anteroom.small_body_bytes + 1000
    readers = crowd(door, SLOW_READERS, get(WRITE))
    file = door.filled(("message", ""), ("file", "x.bin", bytes(2 * large)))[:large]
    waiting = crowd(door, HALF_A_FILE, post(WRITE, 60 * MIB, FORM) + file)
    waiting += crowd(door, HALF_A_TEXT, post(WRITE, 50_000, FORM) + b"-" * 1000)
    waiting += crowd(door, HALF_A_HEADER, b"GET / HTTP/1.1\r\nHost: k")
    waiting += crowd(door, IDLE, b"")
    beside = []
    for _ in range(15):
        assert readers[0].recv(1) != b""
        assert door.ask(get(WRITE)).status == 200
        beside.append(all_open(waiting))
    assert any(beside), "the server let go of the crowd before it answered anybody"
    texts = [door.send(door.filled(("message", f"Hello {number}"))).status for number in range(3)]
    files = door.send(door.filled(("message", "Hello"), ("file", "a.jpg", b"x" * MIB))).status
    assert (texts, files) == ([200] * 3, 200)
    assert len(door.newly_stored()) >= 5
    for reader in readers:
        assert reader.recv(1) != b"", "who reads slowly has the answer all the same"


def test_when_more_wait_than_may_the_oldest_of_the_crowd_go_and_that_is_counted(door: ServedDoor) -> None:
    most = SERVER_NUMBERS.anteroom.connections
    phone = connected(door, proxy_line() + b"GET / HTTP/1.1\r\nHost: k")
    waiting = crowd(door, most + 50, b"", circuit=7)
    assert door.ask(get(WRITE)).status == 200
    assert not all_open(waiting[:50])
    assert all_open([phone]), "who came first, alone, does not go for a crowd"
    door.stop()
    [counts] = read_acted(door.folder / "store" / FILE_NAME).values()
    assert counts["too-many-waiting"] >= 50
