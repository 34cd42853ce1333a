"""Silence ends a connection, and so does a trickle; the app's own time counts for nothing."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from intake.server.draining import DrainBudget, unread_bytes
from intake.server.numbers import Draining, Pace
from intake.server.pacing import Meter, PacedSocket, TooSlowError
from keys.sealing.limits import KIB, SUBMISSION_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

PACE = Pace(idle_seconds=0.1, window_seconds=10, window_bytes=1000)


@pytest.fixture
def pair() -> Iterator[tuple[PacedSocket, socket.socket]]:
    """A paced socket and its peer."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield PacedSocket(ours, PACE, PACE), theirs


def test_enough_in_every_window_is_fast_enough() -> None:
    meter = Meter(PACE)
    for _ in range(100):
        meter.count(1, 100)


def test_a_fast_start_does_not_buy_a_slow_rest() -> None:
    meter = Meter(PACE)
    meter.count(1, 10**9)
    meter.count(9, 0)
    for _ in range(9):
        meter.count(1, 1)
    with pytest.raises(TooSlowError):
        meter.count(1, 1)


def test_a_trickle_that_keeps_to_every_window_ends_after_patience() -> None:
    pace = Pace(window_seconds=10, window_bytes=1000, patient_seconds=100, average_bytes=500)
    meter = Meter(pace)
    for _ in range(99):
        meter.count(1, 101)
    with pytest.raises(TooSlowError):
        meter.count(1, 101)


def test_a_bad_stretch_of_a_good_circuit_is_forgiven() -> None:
    meter = Meter(Pace(window_seconds=10, window_bytes=1000, patient_seconds=100, average_bytes=500))
    for _ in range(100):
        meter.count(1, 5000)
    for _ in range(800):
        meter.count(1, 101)


def test_nobody_sends_for_ever() -> None:
    meter = Meter(Pace(patient_seconds=10, longest_seconds=100))
    for _ in range(100):
        meter.count(1, 10**6)
    with pytest.raises(TooSlowError):
        meter.count(1, 10**6)


def test_a_poor_mobile_circuit_brings_the_largest_form() -> None:
    meter = Meter(Pace())
    for _ in range(SUBMISSION_BYTES // (20 * KIB * 60)):
        meter.count(60, 20 * KIB * 60)


def test_how_long_a_body_may_take_follows_from_the_pace() -> None:
    assert PACE.seconds_for(2000) == pytest.approx(20.1)


def test_silence_is_too_slow_in_both_directions(pair: tuple[PacedSocket, socket.socket]) -> None:
    paced, _ = pair
    with pytest.raises(TooSlowError):
        paced.recv(1)
    with pytest.raises(TooSlowError):
        paced.sendall(bytes(10_000_000))


def test_what_comes_late_is_waited_for(pair: tuple[PacedSocket, socket.socket]) -> None:
    paced, theirs = pair
    late = threading.Timer(PACE.idle_seconds / 4, theirs.sendall, (b"late",))
    late.start()
    assert paced.recv(100) == b"late"
    late.join()


def test_a_peer_that_reads_slowly_gets_all(pair: tuple[PacedSocket, socket.socket]) -> None:
    paced, theirs = pair
    got = bytearray()

    def read() -> None:
        while len(got) < 3_000_000:
            got.extend(theirs.recv(65_536))

    reader = threading.Thread(target=read)
    reader.start()
    paced.sendall(bytes(range(250)) * 12_000)
    reader.join()
    assert got == bytes(range(250)) * 12_000


def test_a_paced_socket_never_half_closes(pair: tuple[PacedSocket, socket.socket]) -> None:
    paced, theirs = pair
    with pytest.raises(OSError, match="half-close"):
        paced.shutdown(socket.SHUT_WR)
    paced.close()
    paced.setblocking(False)
    paced.settimeout(0)
    assert paced.gettimeout() == PACE.idle_seconds
    paced.sendall(b"still open")
    assert theirs.recv(100) == b"still open"
    assert paced.fileno() > 0


def test_a_drain_ends_by_bytes_by_silence_and_by_time() -> None:
    limits = Draining(most_bytes=1000, most_seconds=60, idle_seconds=5)
    budget = DrainBudget(limits, None, now=100)
    assert budget.deadline == 105
    budget.count(999, now=150)
    assert (budget.deadline, budget.spent) == (155, False)
    budget.count(1, now=158)
    assert (budget.deadline, budget.spent) == (160, True)
    assert not DrainBudget(limits, 10, now=0).spent
    assert DrainBudget(limits, 0, now=0).spent


def test_a_drain_that_is_cut_short_is_one_that_more_could_come_to() -> None:
    limits = Draining(most_bytes=1000, most_seconds=60, idle_seconds=5)
    for unread, cut_short in ((10, False), (1000, False), (1001, True), (None, True)):
        budget = DrainBudget(limits, unread, now=0)
        assert (budget.went_on, budget.cut_short) == (False, False)
        budget.count(unread or 1000, now=1)
        assert (budget.went_on, budget.cut_short) == (True, cut_short)


def test_a_socket_remembers_that_its_peer_was_too_slow(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, theirs = pair
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"
    assert not ours.too_slow
    with pytest.raises(TooSlowError):
        ours.recv(1)
    assert ours.too_slow


def test_a_connection_without_a_request_has_an_unknown_rest() -> None:
    assert unread_bytes(None) is None
