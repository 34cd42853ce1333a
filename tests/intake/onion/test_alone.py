"""One configuration is served once; what cannot be started is told before."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from intake.onion.alone import alone
from intake.onion.errors import OnionError
from intake.onion.tor import check_program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return tmp_path / "source" / "door"


def test_a_second_one_is_refused_while_the_first_lives_and_let_in_after(door: Path) -> None:
    with alone(door), ExitStack() as held:
        with pytest.raises(OnionError, match=f"served already, at {door}"):
            held.enter_context(alone(door))
        assert [path.name for path in door.parent.iterdir()] == ["serve.lock"]
    with alone(door):
        assert (door.parent / "serve.lock").stat().st_mode & 0o777 == 0o600


def test_pages_that_outlive_their_command_keep_a_second_door_shut(door: Path) -> None:
    door.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left, ExitStack() as held:
        left.bind(str(door))
        left.listen()
        with pytest.raises(OnionError, match="served already"):
            held.enter_context(alone(door))


def test_a_socket_that_nobody_listens_at_keeps_nobody_out(door: Path) -> None:
    door.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(door))
    with alone(door):
        assert door.exists()


def test_a_tor_is_a_program_that_may_be_started(tmp_path: Path) -> None:
    tor = tmp_path / "tor"
    with pytest.raises(OnionError, match="is not there"):
        check_program(tor)
    with pytest.raises(OnionError, match="is not a program"):
        check_program(tmp_path)
    tor.touch(mode=0o600)
    with pytest.raises(OnionError, match="is not a program"):
        check_program(tor)
    tor.chmod(0o700)
    check_program(tor)
