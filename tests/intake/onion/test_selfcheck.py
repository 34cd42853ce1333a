"""Whether the first page comes back is found out by asking for it, through SOCKS and over the pages' own socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from intake.onion.errors import UnreachableError
from intake.onion.numbers import OnionNumbers
from intake.onion.selfcheck import LARGEST_PAGE, ask_locally, ask_through_tor, keep_asking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ADDRESS = "a" * 56 + ".onion"
GRANTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[Callable[[list[bytes]], Path]]:
    """Makes a socket that answers with one piece for each thing it is sent; keeps what it was sent."""
    with contextlib.ExitStack() as stack:

        def script(answers: list[bytes]) -> Path:
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(str(tmp_path / "s"))
            listener.listen()

            def answer() -> None:
                with listener.accept()[0] as connection:
                    for piece in answers:
                        with (tmp_path / "asked").open("ab") as asked:
                            asked.write(connection.recv(4096))
                        connection.sendall(piece)

            thread = threading.Thread(target=answer)
            thread.start()
            stack.callback(thread.join, 5)
            return tmp_path / "s"

        yield script


def test_a_page_that_comes_through_socks_is_measured(scripted: Callable[..., Path], tmp_path: Path) -> None:
    assert ask_through_tor(scripted([b"\x05\x02", b"\x01\x00", GRANTED, PAGE]), ADDRESS, 5) == 5
    asked = (tmp_path / "asked").read_bytes()
    assert ADDRESS.encode() + b"\x00\x50GET / HTTP/1.1\r\nHost: " + ADDRESS.encode() in asked


@pytest.mark.parametrize(
    "answers",
    [
        [b"\x05\x02", b"\x01\x00", b"\x05\x04\x00\x01" + bytes(6)],
        [b"\x05\x02", b"\x01\x00", b""],
        [b"\x05"],
        [b"\x05\x02", b"\x01\x00", GRANTED, PAGE.replace(b"200", b"503")],
        [b"\x05\x02", b"\x01\x00", GRANTED, PAGE.replace(b"5\r\n\r\nhello", b"0\r\n\r\n")],
        [b"\x05\x02", b"\x01\x00", GRANTED, b"no page\r\n\r\n"],
        [b"\x05\x02", b"\x01\x00", GRANTED, b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LARGEST_PAGE + 1)],
    ],
    ids=["refused", "closed", "cut off", "wrong status", "empty", "not HTTP", "endless"],
)
def test_anything_else_is_unreachable(scripted: Callable[..., Path], answers: list[bytes]) -> None:
    with pytest.raises(UnreachableError):
        ask_through_tor(scripted(answers), ADDRESS, 5)


def test_no_socket_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="FileNotFoundError"):
        ask_through_tor(tmp_path / "none", ADDRESS, 5)
    with pytest.raises(UnreachableError, match="FileNotFoundError"):
        ask_locally(tmp_path / "none", 5)


def test_asking_locally_names_the_circuit_that_has_no_number(scripted: Callable[..., Path], tmp_path: Path) -> None:
    assert ask_locally(scripted([PAGE]), 5) == 5
    assert (tmp_path / "asked").read_bytes().startswith(b"PROXY TCP6 fc00:dead:beef:4dad::0:0 ")


def test_asking_goes_on_until_an_answer_comes_or_patience_ends() -> None:
    numbers = OnionNumbers(check_pause_seconds=0.01)
    tries: list[int] = []

    def third_time() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise UnreachableError("not yet")
        return 7

    def never() -> int:
        raise UnreachableError("never")

    assert keep_asking(third_time, 5, numbers) == 7
    with pytest.raises(UnreachableError, match="never"):
        keep_asking(never, 0.05, numbers)
