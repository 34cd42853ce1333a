"""A crowd pushes out its own; among equals one is drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from intake.server.crowd import who_goes
from intake.server.numbers import SERVER_NUMBERS
from keys.sealing.limits import KIB, MIB


@dataclass(frozen=True)
class One:
    """A connection, by its circuit and what it holds."""

    circuit: str
    held: int = 0
    name: str = ""


def bytes_of(one: One) -> int:
    return one.held


def test_the_oldest_of_the_circuit_with_most_connections_goes() -> None:
    phone, crowd = One("phone"), [One("crowd", name=str(number)) for number in range(3)]
    assert who_goes([phone, *crowd, One("other"), One("other")]) is crowd[0]


def test_the_circuit_that_holds_most_bytes_goes_whatever_it_has_of_connections() -> None:
    large = One("one", 5000)
    assert who_goes([*(One("many", 100) for _ in range(9)), large], bytes_of, 1000) is large


@pytest.mark.parametrize("connections", [192, 2048])
def test_three_circuits_full_of_streams_do_not_throw_a_slow_phone_out(connections: int) -> None:
    """64 streams a circuit, as tor gives; a phone has been sending for longer than all of them."""
    whole = SERVER_NUMBERS.anteroom.small_body_bytes
    waiting = [One("phone", 100 * KIB), *(One(f"crowd {at // 64}", whole - 1) for at in range(connections))]
    left, dropped = list(waiting), Counter[str]()
    while sum(map(bytes_of, left)) > SERVER_NUMBERS.anteroom.buffered_bytes - 40 * MIB:
        gone = who_goes(left, bytes_of, whole)
        left.remove(gone)
        dropped[gone.circuit] += 1
    assert dropped["phone"] == 0
    assert max(dropped.values()) - min(dropped[one.circuit] for one in waiting[1:]) <= 1


def test_among_equals_one_is_drawn_and_a_form_that_is_nearly_here_is_no_worse_than_one_that_began() -> None:
    asked: list[list[str]] = []

    def draw(circuits: object) -> str:
        asked.append(sorted(circuits))  # type: ignore[call-overload]
        return "b"

    waiting = [One("a", 999), One("b", 1), One("c", 500), One("b", 1)]
    assert who_goes(waiting, bytes_of, 1000, draw) is waiting[1]
    assert asked == [["a", "b", "c"]]
    gone = Counter(who_goes(waiting[:3]).circuit for _ in range(300))
    assert min(gone[name] for name in "abc") > 50
