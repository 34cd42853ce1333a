"""The answer page is cut off after the commit: what was sent is found again with the words, and is there once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from tests.intake.server.door_client import Answer, get, post
from tests.intake.source.conftest import hidden_fields, multipart
from tests.intake.source.test_served import FORM, ServedDoor
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDoor]:
    served = ServedDoor(tmp_path_factory.mktemp("door"))
    yield served
    served.close()


def send_and_hang_up(door: ServedDoor, path: str, body: bytes, *headers: str) -> None:
    """Send a form and leave with the first byte of the answer, which comes after the commit."""
    head = "".join(f"\r\n{header}" for header in (FORM, *headers)).removeprefix("\r\n")
    with door.connect(proxy_line() + post(path, len(body), head)) as connection:
        connection.sendall(body)
        assert connection.recv(1) == b"H"


def words_in(body: bytes) -> str:
    return re.findall(rb'name="codename"\r\n\r\n([^\r]+)', body)[0].decode()  # type: ignore[no-any-return]


def come_back(door: ServedDoor, words: str) -> str:
    """Type the words and return the visit's cookie."""
    typed = multipart([("codename", words)])
    answer = door.ask(post(at("box.enter"), len(typed), FORM) + typed)
    assert answer.status == 303
    return re.findall(rb"Set-Cookie: (visit=[^;]+)", answer.head)[0].decode()  # type: ignore[no-any-return]


def look(door: ServedDoor, page: str, cookie: str) -> Answer:
    return door.ask(get(at(page)).removesuffix(b"\r\n") + f"Cookie: {cookie}\r\n\r\n".encode())


def test_a_first_report_whose_answer_was_lost_is_found_again_with_its_words(door: ServedDoor) -> None:
    body = door.filled(("message", "Hello"), ("file", "a.jpg", b"photo"))
    send_and_hang_up(door, at("report.write"), body)
    assert door.newly_stored() == [(b"Hello", []), (None, [b"photo"])]
    cookie = come_back(door, words_in(body))
    assert b"What you sent lies sealed in the box." in look(door, "box.show", cookie).body
    assert b"We have it" in door.send(body).body
    assert door.newly_stored() == []


def test_an_addition_whose_answer_was_lost_can_be_sent_again_and_is_there_once(door: ServedDoor) -> None:
    first = door.filled(("message", "Hello"))
    door.send(first)
    door.newly_stored()
    cookie = come_back(door, words_in(first))
    token = hidden_fields(look(door, "box.show", cookie).body.decode())["token"]
    body = multipart([("token", token), ("message", "One more thing.")])
    send_and_hang_up(door, at("box.add"), body, f"Cookie: {cookie}")
    assert door.newly_stored() == [(b"One more thing.", [])]
    again = door.ask(post(at("box.add"), len(body), f"{FORM}\r\nCookie: {cookie}") + body)
    assert again.status == 303
    assert door.newly_stored() == []


def test_giving_up_a_box_counts_also_when_the_answer_was_lost(door: ServedDoor) -> None:
    first = door.filled(("message", "Hello"))
    door.send(first)
    cookie = come_back(door, words_in(first))
    token = hidden_fields(look(door, "acts.ask_end", cookie).body.decode())["token"]
    body = multipart([("token", token), ("sure", "yes")])
    send_and_hang_up(door, at("acts.end"), body, f"Cookie: {cookie}")
    typed = multipart([("codename", words_in(first))])
    assert door.ask(post(at("box.enter"), len(typed), FORM) + typed).status == 403
    assert look(door, "box.show", cookie).status == 303
