"""What is no request gets a short answer or none, is counted, and leaves nothing: not in a log, not on the disk."""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.canary import Canary
from deploy.rehearsal.door_socket import proxy_line
from intake.server.acted import FILE_NAME, read_acted
from intake.server.numbers import SERVER_NUMBERS
from tests.intake.server.door_client import get, read_answer
from tests.intake.source.test_served import ServedDoor
from tests.intake.world import WRITE
from tests.malformed import malformed_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.intake.server.door_client import Answer

MARK = f"mark-{secrets.token_hex(8)}."
REQUESTS = malformed_requests(MARK, WRITE)
HANDED_BACK = {"a token that is none of ours"}
"""Whoever sends a form that we cannot use gets the text back, and nobody else does."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDoor]:
    door = ServedDoor(tmp_path_factory.mktemp("door"))
    yield door
    door.close()


@pytest.fixture(scope="module")
def answers(door: ServedDoor) -> dict[str, Answer]:
    """Send each on a circuit of its own."""
    return {what: send(door, request) for what, request in REQUESTS.items()}


def send(door: ServedDoor, request: bytes) -> Answer:
    with door.connect(proxy_line() + request) as connection:
        with contextlib.suppress(OSError):  # answered and closed already
            connection.shutdown(socket.SHUT_WR)
        return read_answer(connection)


@pytest.mark.parametrize("what", REQUESTS)
def test_it_gets_a_short_answer_or_none_and_nothing_of_it_comes_back(answers: dict[str, Answer], what: str) -> None:
    answer = answers[what]
    assert answer.status not in {500, 502}
    assert len(answer.body) <= 60_000
    if what not in HANDED_BACK:
        assert MARK.encode() not in answer.head + answer.body


def test_most_of_them_are_refused(answers: dict[str, Answer]) -> None:
    refused = [what for what, answer in answers.items() if answer.status >= 400 or answer.status == 0]
    assert len(refused) >= 0.75 * len(REQUESTS)


@pytest.mark.usefixtures("answers")
def test_nothing_is_stored_and_the_next_person_is_served(door: ServedDoor) -> None:
    assert door.newly_stored() == []
    assert door.growing() == []
    assert door.ask(get(WRITE)).status == 200
    assert door.send(door.filled(("message", "Hello"))).status == 200
    assert door.newly_stored() == [(b"Hello", [])]


@pytest.mark.usefixtures("answers")
def test_no_log_and_no_file_holds_anything_of_it(door: ServedDoor) -> None:
    """Asked last: the server is stopped, and has written all that it ever writes."""
    door.stop()
    canary = Canary([MARK.encode()])
    assert canary.in_folders([door.folder]) == []
    log = door.log.read_text()
    assert "dead:beef" not in log
    assert "error" not in log
    [counts] = read_acted(door.folder / "store" / FILE_NAME).values()
    assert counts["malformed"] >= 10
    assert counts["head-too-large"] >= 1
    assert SERVER_NUMBERS.slots.bodies > counts["too-slow"]


def test_the_canary_would_find_it(door: ServedDoor) -> None:
    (door.folder / "leak").write_bytes(f"GET /{MARK} HTTP/1.1".encode())
    try:
        assert len(Canary([MARK.encode()]).in_folders([door.folder])) == 1
    finally:
        (door.folder / "leak").unlink()
