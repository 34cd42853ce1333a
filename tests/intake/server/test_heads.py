"""A thread is for a complete request that came through a circuit."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.rehearsal.door_socket import proxy_line
from intake.server.door import NoCircuitError, circuit_address
from intake.server.heads import (
    HeadBuffer,
    RefusedHeadError,
    arrives_complete,
    begins_collected,
    circuit_of,
    is_circuit_address,
)
from intake.server.numbers import Anteroom
from tests.intake.server.door_client import get, post

LIMITS = Anteroom(head_bytes=1000, small_body_bytes=100)


def filled(data: bytes, piece: int = 10_000) -> HeadBuffer:
    """Return a buffer that was fed in pieces."""
    head = HeadBuffer(LIMITS)
    for start in range(0, len(data), piece):
        head.feed(data[start : start + piece])
    return head


@given(st.integers(1, 400), st.sampled_from([get("/page"), post("/x", 5) + b"hello", b"\r\n" + get("/page")]))
def test_a_request_is_complete_with_its_last_byte_however_it_is_cut(piece: int, request_bytes: bytes) -> None:
    data = proxy_line() + request_bytes
    assert filled(data, piece).complete
    assert not filled(data[:-1], piece).complete
    assert filled(data, piece).take() == data


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise_than_by_refusing(data: bytes) -> None:
    for start in (b"", b"PROXY ", proxy_line(1)):
        with suppress(RefusedHeadError):
            filled(start + data, 7)


@pytest.mark.parametrize(
    ("fields", "waited_for"),
    [
        ((), 50),
        (("Expect: 100-continue",), 0),
        (("Transfer-Encoding: chunked",), 0),
        (("Content-Length: 50",), 0),
    ],
)
def test_a_small_body_is_waited_for_if_its_length_is_certain(fields: tuple[str, ...], waited_for: int) -> None:
    head = filled(proxy_line() + post("/x", 50, *fields))
    assert head.has_head
    assert head.complete is (waited_for == 0)
    assert head.body_bytes == waited_for


@pytest.mark.parametrize("length", ["-1", "+5", "5x", "", "9" * 40, "1_0"])
def test_other_bodies_are_left_to_the_app(length: str) -> None:
    assert filled(proxy_line() + post("/x", 0).replace(b"Length: 0", b"Length: " + length.encode())).complete
    assert not arrives_complete({"CONTENT_LENGTH": length}, 100)


def test_of_a_large_body_the_beginning_is_waited_for() -> None:
    start = proxy_line() + post("/x", 5000)
    assert not filled(start + bytes(99)).complete
    assert filled(start + bytes(100)).complete
    assert filled(start).body_bytes == 100
    assert begins_collected({"CONTENT_LENGTH": "5000"})
    assert not arrives_complete({"CONTENT_LENGTH": "5000"}, 100)


def test_app_and_anteroom_agree_on_what_arrives_complete() -> None:
    assert arrives_complete({"CONTENT_LENGTH": "100"}, 100)
    assert not arrives_complete({"CONTENT_LENGTH": "100", "HTTP_EXPECT": "100-continue"}, 100)
    assert not arrives_complete({"CONTENT_LENGTH": "100", "HTTP_TRANSFER_ENCODING": "chunked"}, 100)
    assert not arrives_complete({}, 100)


def test_bytes_behind_a_body_do_not_count_as_header() -> None:
    assert filled(proxy_line() + post("/x", 5000) + bytes(5000)).complete


def test_only_tor_s_addresses_stand_for_circuits() -> None:
    assert circuit_of(proxy_line(7)) == "fc00:dead:beef:4dad::0:7"
    assert is_circuit_address("fc00:dead:beef:4dad::ffff:ffff")
    assert not is_circuit_address("fc00:dead:beef:4dae::1")
    assert not is_circuit_address("127.0.0.1")
    with pytest.raises(NoCircuitError):
        circuit_address({"REMOTE_ADDR": ""})
    assert circuit_address({"REMOTE_ADDR": "fc00:dead:beef:4dad::1"}) == "fc00:dead:beef:4dad::1"


def test_a_refusal_says_nothing_of_what_was_sent() -> None:
    with pytest.raises(RefusedHeadError) as refused:
        filled(b"PROXY TCP6 secret ::1 1 2\r\n")
    assert "secret" not in repr(refused.value)
