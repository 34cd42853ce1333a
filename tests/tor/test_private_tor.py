"""The private network works, and nothing of it leaves loopback."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from deploy.rehearsal.private_tor import PrivateTor
from deploy.rehearsal.socks import OnionConnection, Socks
from deploy.rehearsal.tor_baking import seconds_to_start
from deploy.rehearsal.tor_recipe import AUTHORITIES, LEAD_SECONDS, RELAYS, VOTING_SECONDS
from tests.journeys.watching import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.rehearsal.tor_process import TorProcess

pytestmark = pytest.mark.tor


class TinyService(Protocol):
    """What conftest.py starts."""

    onion: str
    tor: TorProcess
    first_lines: list[bytes]


PAGE = b"behind the door"


def _get(network: PrivateTor, onion: str, user: str) -> bytes:
    """Fetch the page; a service that has just started is asked for again until its descriptor is there."""
    connection = OnionConnection(Socks.through(network, user), onion, 60)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == HTTPStatus.OK
        return answer.read()
    finally:
        connection.close()


def test_an_onion_page_is_reachable(private_tor: PrivateTor, tiny_service: TinyService) -> None:
    assert _get(private_tor, tiny_service.onion, "first") == PAGE


def test_the_service_learns_an_address_for_each_circuit(private_tor: PrivateTor, tiny_service: TinyService) -> None:
    _get(private_tor, tiny_service.onion, "warm-up")
    tiny_service.first_lines.clear()
    for user in ("alice", "alice", "bob"):
        _get(private_tor, tiny_service.onion, user)
    alice, again, bob = [line.split()[2] for line in tiny_service.first_lines]
    assert all(line.startswith(b"PROXY TCP6 fc00:dead:beef:4dad:") for line in tiny_service.first_lines)
    assert alice == again
    assert alice != bob


def test_a_user_has_one_circuit_until_tor_is_made_to_forget_it(
    private_tor: PrivateTor, tiny_service: TinyService
) -> None:
    _get(private_tor, tiny_service.onion, "carol")
    with private_tor.circuits_used("carol") as circuits:
        for user in ("carol", "dave", "carol"):
            _get(private_tor, tiny_service.onion, user)
        wait_until(lambda: len(circuits) == 1, 10, "tor tells of the circuit")
        private_tor.forget_descriptors()
        _get(private_tor, tiny_service.onion, "carol")
        wait_until(lambda: len(circuits) == 2, 10, "tor tells of another circuit")


def _sockets_of(pids: set[int]) -> set[str]:
    links = [link for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir()]
    return {link.readlink().name.removeprefix("socket:[").removesuffix("]") for link in links if link.is_symlink()}


def _tcp_ends() -> Iterator[tuple[str, str, str]]:
    """Yield inode, local and remote address of every TCP socket of this machine."""
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            yield fields[9], _address(fields[1], family), _address(fields[2], family)


def _address(written: str, family: socket.AddressFamily) -> str:
    raw = bytes.fromhex(written.split(":", maxsplit=1)[0])
    words = [raw[at : at + 4][::-1] for at in range(0, len(raw), 4)]  # the kernel prints host-endian words
    return socket.inet_ntop(family, b"".join(words))


def _is_here(address: str) -> bool:
    there = ipaddress.ip_address(address)
    return there.is_loopback or there.is_unspecified


def test_tor_talks_to_loopback_only(private_tor: PrivateTor, tiny_service: TinyService) -> None:
    _get(private_tor, tiny_service.onion, "watched")
    mine = _sockets_of({*private_tor.pids(), tiny_service.tor.pid})
    ends = [(local, remote) for inode, local, remote in _tcp_ends() if inode in mine]
    assert len(ends) > len(private_tor.pids())
    assert [pair for pair in ends if not all(map(_is_here, pair))] == []
    assert any(remote == private_tor.address for _, remote in ends)


def test_every_authority_and_relay_runs(private_tor: PrivateTor) -> None:
    nicknames = {entry.nickname for entry in private_tor.controller.get_network_statuses()}
    assert nicknames == {*AUTHORITIES, *RELAYS}


def test_a_frozen_relay_is_silent_until_it_thaws(private_tor: PrivateTor, tiny_service: TinyService) -> None:
    _get(private_tor, tiny_service.onion, "cold")
    for victim in private_tor.relays_towards("cold"):
        private_tor.freeze(victim)
    try:
        with pytest.raises(OSError, match="timed out"):
            _get_once(private_tor, tiny_service.onion, "cold", seconds=2)
    finally:
        for victim in RELAYS:
            private_tor.thaw(victim)
    assert _get(private_tor, tiny_service.onion, "warm") == PAGE


def _get_once(network: PrivateTor, onion: str, user: str, seconds: float) -> None:
    connection = OnionConnection(Socks.through(network, user), onion, seconds)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.long
def test_an_owner_that_is_killed_takes_its_network_along() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, ",".join(map(str, PrivateTor.boot().pids())).encode())
        signal.pause()
    try:
        pids = [int(pid) for pid in os.read(reader, 1000).decode().split(",")]
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reader)
        os.close(writer)
    deadline = time.monotonic() + 40  # tor looks for its owner every 15 s
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.mark.parametrize("now", [0.0, 1.99, 2.0, 2.01, 9.9])
def test_relays_start_early_enough_for_the_next_vote(now: float) -> None:
    start = now + seconds_to_start(now)
    assert (start + LEAD_SECONDS) % VOTING_SECONDS == pytest.approx(0, abs=1e-6) or (
        start + LEAD_SECONDS
    ) % VOTING_SECONDS == pytest.approx(VOTING_SECONDS)
