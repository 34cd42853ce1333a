"""What a page costs is counted to the byte; what the plain server gives weighs what was asked for."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from bench.door import plain_door
from bench.visiting import Visitor, further_requests
from deploy.rehearsal.door_socket import DoorSocket
from deploy.rehearsal.forms import ChosenFile, Control, Form
from deploy.rehearsal.source_client import TOR_BROWSER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.door import Served

ENGLISH = TOR_BROWSER["Accept-Language"]


class Recorded:
    """A server that keeps what it was sent, and gives one answer after the other."""

    def __init__(self, *answers: bytes) -> None:
        self.sent: list[bytes] = []
        self._answers = iter(answers)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(timeout)
        threading.Thread(target=self._serve, args=(theirs, next(self._answers)), daemon=True).start()
        return ours

    def _serve(self, connection: socket.socket, answer: bytes) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(1 << 20)
            told = re.search(rb"\r\nContent-Length: (\d+)\r\n", request)
            whole = request.index(b"\r\n\r\n") + 4 + (int(told[1]) if told else 0)
            while len(request) < whole:
                request += connection.recv(1 << 20)
            self.sent.append(request)
            connection.sendall(answer)


def page(body: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n") -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture(scope="module")
def giving() -> Iterator[Served]:
    with plain_door("giving") as served:
        yield served


def test_every_byte_of_a_page_counts_both_ways() -> None:
    answer = page(b"<p>A page.</p>" * 5000)
    server = Recorded(answer)
    person = Visitor(server, "a.onion", ENGLISH)
    person.get("/")
    (load,) = person.loads
    assert (load.requests, load.up, load.down) == (1, len(server.sent[0]), len(answer))


def test_a_form_and_its_file_count_as_what_went_up(tmp_path: Path) -> None:
    server = Recorded(page(b"thanks"))
    (tmp_path / "file").write_bytes(b"x" * 200_000)
    person = Visitor(server, "a.onion", ENGLISH)
    person.submit(Form("/write", [Control("file", "file", file=ChosenFile(tmp_path / "file", "a.bin"))]))
    (load,) = person.loads
    assert load.up == len(server.sent[0]) > 200_000


def test_a_redirect_is_a_request_of_the_same_page_load() -> None:
    answers = page(b"", b"HTTP/1.1 303 See Other\r\nLocation: /en/\r\n"), page(b"here")
    person = Visitor(Recorded(*answers), "a.onion", ENGLISH)
    person.get("/")
    (load,) = person.loads
    assert (load.requests, load.down) == (2, sum(map(len, answers)))


def test_each_page_load_counts_for_itself() -> None:
    answers = page(b"one"), page(b"another")
    person = Visitor(Recorded(*answers), "a.onion", ENGLISH)
    person.get("/")
    person.get("/more")
    assert [(load.requests, load.down) for load in person.loads] == [(1, len(answer)) for answer in answers]


def test_what_a_page_makes_a_browser_fetch_are_requests() -> None:
    person = Visitor(
        Recorded(page(b'<link rel="icon" href="data:,"><img src="/a.png"><script src=b.js></script>')), "", ""
    )
    person.get("/")
    assert person.loads[0].requests == 3


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<link rel="icon" href="data:,">', 0),
        ("<link rel=icon href=data:,>", 0),
        ('<link rel="stylesheet" href="/style.css">', 1),
        ('<a href="/en/write">Write</a>', 0),
        ('<iframe src="x"></iframe><object data="y"></object>', 2),
    ],
)
def test_links_are_no_requests_and_what_is_fetched_is(html: str, count: int) -> None:
    assert further_requests(html) == count


def test_the_browser_asks_for_the_language_of_its_person() -> None:
    server = Recorded(page(b"here"))
    Visitor(server, "a.onion", "ar,en;q=0.3").get("/")
    assert b"\r\nAccept-Language: ar,en;q=0.3\r\n" in server.sent[0]


@pytest.mark.parametrize("wanted", [1_000, 6_132, 14_000, 100_000])
def test_the_plain_server_gives_as_many_bytes_as_it_is_asked_for(giving: Served, wanted: int) -> None:
    person = Visitor(DoorSocket(giving.socket), "a.onion", ENGLISH)
    person.get(f"/{wanted}")
    person.submit(Form(f"/{wanted}", [Control("textarea", "message", "A report. " * 5000)]))
    assert [abs(load.down - wanted) <= 2 for load in person.loads] == [True, True]
    assert person.loads[1].up > 50_000
