"""The rehearsal's way through tor: what passes is tried again, what does not is told at once."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import socks
from deploy.rehearsal.socks import Socks, SocksError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GREETING, LOGIN, REQUEST = 3, 9, 5 + len("door.onion") + 2
NOT_FOUND, REFUSED, DONE = 0xF0, 0x05, 0x00


class Tor:
    """A SOCKS port that answers one connection after the other with the given codes."""

    def __init__(self, codes: Sequence[int]) -> None:
        self.answered: list[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, args=(codes,))
        self._thread.start()

    def _serve(self, codes: Sequence[int]) -> None:
        for code in codes:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.answered.append(code)
            with connection:
                for wanted, answer in (
                    (GREETING, b"\x05\x02"),
                    (LOGIN, b"\x01\x00"),
                    (REQUEST, bytes([5, code, 0, 1])),
                ):
                    connection.recv(wanted, socket.MSG_WAITALL)
                    connection.sendall(answer)
                connection.sendall(bytes(6))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socks, "RELOAD_SECONDS", 0.01)


@pytest.fixture
def tor(request: pytest.FixtureRequest, quick: None) -> Iterator[Tor]:
    served = Tor(request.param)
    yield served
    served.close()


def _connect(tor: Tor, seconds: float = 60) -> None:
    Socks("127.0.0.1", tor.port, "alice").connect("door.onion", 80, seconds).close()


@pytest.mark.parametrize("tor", [(NOT_FOUND, 0xF2, DONE)], indirect=True)
def test_a_service_that_is_not_found_just_now_is_asked_for_again(tor: Tor) -> None:
    _connect(tor)
    assert tor.answered == [NOT_FOUND, 0xF2, DONE]


@pytest.mark.parametrize("tor", [(REFUSED,)], indirect=True)
def test_a_service_that_refuses_is_asked_once(tor: Tor) -> None:
    with pytest.raises(SocksError, match="0x05"):
        _connect(tor)


@pytest.mark.parametrize("tor", [(NOT_FOUND,) * 1_000], indirect=True)
def test_patience_ends_with_the_time(tor: Tor) -> None:
    with pytest.raises(SocksError, match="0xF0"):
        _connect(tor, 0.5)


@pytest.mark.parametrize("tor", [(NOT_FOUND,) * 10 + (DONE,)], indirect=True)
def test_what_tor_holds_of_a_service_is_forgotten_where_asking_again_does_not_help(tor: Tor) -> None:
    forgotten: list[int] = []
    way = Socks("127.0.0.1", tor.port, "alice", lambda: forgotten.append(len(tor.answered)))
    way.connect("door.onion", 80, 60).close()
    assert forgotten == [socks.RELOADS_AS_BEFORE]


def test_a_way_that_hangs_is_left_for_another(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socks, "ATTEMPT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        taken: list[socket.socket] = []

        def answer_the_second() -> None:
            taken.append(silent.accept()[0])
            second, _ = silent.accept()
            for wanted, answer in (
                (GREETING, b"\x05\x02"),
                (LOGIN, b"\x01\x00"),
                (REQUEST, bytes([5, 0, 0, 1]) + bytes(6)),
            ):
                second.recv(wanted, socket.MSG_WAITALL)
                second.sendall(answer)
            taken.append(second)

        thread = threading.Thread(target=answer_the_second)
        thread.start()
        forgotten: list[int] = []
        way = Socks("127.0.0.1", silent.getsockname()[1], "alice", lambda: forgotten.append(len(taken)))
        connection = way.connect("door.onion", 80, 60)
        thread.join()
        assert forgotten == [1], "tor would go the same way again"
        assert connection.gettimeout() == 60
        for each in (connection, *taken):
            each.close()
