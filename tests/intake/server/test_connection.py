"""A request's body comes straight from the socket: whole, in order, never more than was declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gunicorn.config import Config
from gunicorn.http.unreader import SocketUnreader

from deploy.rehearsal.door_socket import proxy_line
from intake.server.connection import BrokenChunksError, DirectBody, DirectReader, DoorParser
from intake.server.numbers import SERVER_NUMBERS
from intake.server.run import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gunicorn.http.body import Body

    from intake.server.connection import DoorRequest

BODY = bytes(range(256)) * 300


class Pieces:
    """A socket that has received these pieces; it gives one at a time, or what was asked for of it."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.left = list(pieces)

    def recv(self, size: int) -> bytes:
        piece = self.left.pop(0) if self.left else b""
        if len(piece) > size:
            self.left.insert(0, piece[size:])
        return piece[:size]


def body_of(pieces: Sequence[bytes], length: int, buffered: bytes = b"") -> DirectBody:
    unreader = SocketUnreader(Pieces(pieces))
    unreader.unread(buffered)
    return DirectBody(DirectReader(unreader, length))


def request_of(fields_and_body: bytes) -> DoorRequest:
    head = proxy_line() + b"POST /upload HTTP/1.1\r\nHost: k\r\n" + fields_and_body
    configured = Config()
    for name, value in settings(SERVER_NUMBERS).items():
        configured.set(name, value)
    return DoorParser(configured, Pieces([head[at : at + 1000] for at in range(0, len(head), 1000)]), "").request()


def read_by(body: Body, size: int) -> list[bytes]:
    return list(iter(lambda: body.read(size), b""))


@pytest.mark.parametrize("size", [1, 1000, 65_536, 1 << 20])
@pytest.mark.parametrize("cut", [1, 4096, 50_000])
def test_a_body_comes_whole_whatever_the_reads(size: int, cut: int) -> None:
    pieces = [BODY[1000:][at : at + cut] for at in range(0, len(BODY) - 1000, cut)]
    read = read_by(body_of(pieces, len(BODY), buffered=BODY[:1000]), size)
    assert b"".join(read) == BODY
    assert max(map(len, read)) <= size


def test_what_one_receiving_gave_is_handed_on_as_it_is() -> None:
    piece = BODY[:50_000]
    assert body_of([piece], len(BODY)).read(65_536) is piece


@pytest.mark.parametrize("buffered", [b"", b"one ", b"one two"])
def test_what_follows_the_body_is_not_part_of_it(buffered: bytes) -> None:
    body = body_of([b"one twoPOST /"[len(buffered) :]], len("one two"), buffered)
    assert b"".join(read_by(body, 65_536)) == b"one two"
    assert body.read(10) == b""
    body.reader.unreader.read(1)
    assert body.reader.unreader.take_buffered() == b"OST /"


def test_a_body_that_is_cut_off_ends() -> None:
    assert read_by(body_of([b"abc"], 10), 100) == [b"abc"]


@pytest.mark.parametrize("size", [None, -1])
def test_a_body_can_be_read_in_one_go(size: int | None) -> None:
    assert body_of([BODY[:7], BODY[7:]], len(BODY)).read(size) == BODY


def test_lines_and_pieces_can_be_mixed() -> None:
    body = body_of([b"one\ntwo\nthr", b"ee"], 13)
    assert body.readline() == b"one\n"
    assert body.read(3) == b"two"
    assert body.readline() == b"\n"
    assert body.read(100) == b"three"


def test_a_reading_that_fails_is_noted_for_gunicorn() -> None:
    class Broken(Pieces):
        def recv(self, size: int) -> bytes:
            raise ConnectionResetError

    body = DirectBody(DirectReader(SocketUnreader(Broken([])), 10))
    with pytest.raises(ConnectionResetError):
        body.read(5)
    assert body.failed


@pytest.mark.parametrize(
    "rest",
    [
        b"zz\r\n",
        b"3\r\nyouandme",
        b"0;\r\r\n\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\n" + b"a: b\r\n" * 100_000,
        b"3\r\nyou",
        b"0\r\n",
    ],
    ids=["no size", "longer than said", "extension", "trailer", "trailers without end", "cut off", "no end"],
)
def test_chunks_that_do_not_parse_are_a_broken_connection_to_the_app(rest: bytes) -> None:
    request = request_of(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" + rest)
    with pytest.raises(BrokenChunksError):
        read_by(request.body, 4)


def test_chunks_that_do_not_parse_are_an_error_of_the_system_to_an_app() -> None:
    assert issubclass(BrokenChunksError, OSError)


def test_chunks_that_parse_are_the_body() -> None:
    request = request_of(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\na: b\r\n\r\n")
    assert read_by(request.body, 4) == [b"hell", b"o"]
