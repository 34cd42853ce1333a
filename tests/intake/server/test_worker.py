"""Nobody takes anybody else's page away: not by silence, not by a trickle, not by asking for too much."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from tests.intake.server.door_client import RunningDoor, get, post, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable

COLLECTED = bytes(4096)
"""What the main loop of the tiny server waits for of a body before it gives a thread."""


def is_closed(connection: socket.socket) -> bool:
    """Tell whether the server has closed, without an answer."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def bytes_to_the_end(connection: socket.socket) -> int:
    """Read what is left, and return how much that was."""
    count = 0
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65536):
            count += len(data)
    return count


def pieces_until_closed(connection: socket.socket, piece: bytes = b"x", pause: float = 0.05) -> int:
    """Send pieces until the server closes; return how many it took. Fails where it never closes."""
    for count in range(2_000):
        try:
            connection.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            return count
        time.sleep(pause)
    pytest.fail("the server never closed")


def test_a_page_is_served_and_sees_the_circuit(door: RunningDoor) -> None:
    answer = door.ask(get("/page"), circuit=0x12345)
    assert (answer.status, answer.body) == (200, b"fc00:dead:beef:4dad::1:2345")
    assert b"Connection: close" in answer.head


def test_600_connections_with_only_the_proxy_line_do_not_stop_pages(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(anteroom={"head_seconds": 600.0})
    with contextlib.ExitStack() as stack:
        for _ in range(600):
            stack.enter_context(door.connect(proxy_line()))
        assert [door.ask(get("/page")).status for _ in range(20)] == [200] * 20


def test_a_connection_that_never_finishes_its_header_is_closed(door: RunningDoor) -> None:
    silent, half, trickling = door.connect(), door.connect(proxy_line()), door.connect(proxy_line() + b"GET / HT")
    assert pieces_until_closed(trickling) > 1
    assert is_closed(silent)
    assert is_closed(half)


def test_when_too_many_wait_the_oldest_of_the_fullest_circuit_goes(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(anteroom={"head_seconds": 15.0, "connections": 12})
    alone = [door.connect(proxy_line()) for _ in range(2)]
    waiting = [door.connect(proxy_line(7)) for _ in range(11)]
    assert is_closed(waiting[0])
    for connection in (waiting[1], *alone):
        connection.sendall(get("/page"))
        assert read_answer(connection).status == 200


def test_when_too_much_waits_the_oldest_of_the_fullest_circuit_goes(start_door: Callable[..., RunningDoor]) -> None:
    """A slow phone keeps its place beside a crowd that came later on one circuit."""
    door = start_door(anteroom={"head_seconds": 15.0, "small_body_bytes": 4096, "buffered_bytes": 20_000})
    phone = door.connect(proxy_line() + post("/upload", 4096) + bytes(1000))
    waiting = [door.connect(proxy_line(7) + post("/upload", 4096) + bytes(4000)) for _ in range(6)]
    assert is_closed(waiting[0])
    waiting[5].sendall(bytes(96))
    assert read_answer(waiting[5]).body == b"4096"
    phone.sendall(bytes(3096))
    assert read_answer(phone).body == b"4096"


def test_what_fills_the_memory_goes_and_not_whoever_only_came_first(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(anteroom={"head_seconds": 15.0, "small_body_bytes": 4096, "buffered_bytes": 20_000})
    early = [door.connect(proxy_line()) for _ in range(6)]
    waiting = [door.connect(proxy_line(7) + post("/upload", 4096) + bytes(4000)) for _ in range(8)]
    assert all(map(is_closed, waiting[:4]))
    for connection in early:
        connection.sendall(get("/page"))
        assert read_answer(connection).status == 200
    waiting[7].sendall(bytes(96))
    assert read_answer(waiting[7]).body == b"4096"


def test_without_file_descriptors_the_oldest_of_the_fullest_circuit_goes(
    start_door: Callable[..., RunningDoor],
) -> None:
    door = start_door(anteroom={"head_seconds": 15.0})
    open_files = len(list(Path(f"/proc/{door.worker_pid()}/fd").iterdir()))
    resource.prlimit(door.worker_pid(), resource.RLIMIT_NOFILE, (open_files + 20, 4096))
    waiting = [door.connect(proxy_line(7)) for _ in range(40)]
    assert is_closed(waiting[0])
    assert door.ask(get("/page")).status == 200
    waiting[39].sendall(get("/page"))
    assert read_answer(waiting[39]).status == 200


@pytest.mark.parametrize(
    "first",
    [
        get("/page"),
        b"PROXY TCP4 127.0.0.1 127.0.0.1 1 80\r\n" + get("/page"),
        b"PROXY TCP6 2001:db8::1 ::1 1 80\r\n" + get("/page"),
        b"PROXY UNKNOWN\r\n" + get("/page"),
        b"PROXY " + b"x" * 200,
        proxy_line() + proxy_line() + get("/page"),
        b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a\x21\x21\x00\x24" + bytes(36) + get("/page"),
    ],
    ids=["none", "ipv4", "not tor's", "unknown", "endless", "two", "version 2"],
)
def test_a_request_without_a_circuit_address_is_refused(door: RunningDoor, first: bytes) -> None:
    with door.connect(first) as connection:
        answer = read_answer(connection)
    assert answer.status == 400
    assert b"Nothing of it was stored" in answer.body


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /page HTTP/1.1\r\nX: " + b"y" * 3000 + b"\r\n\r\n", 431),
        (b"GET /" + b"y" * 1900 + b"\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\n\r\n", 400),
        (b"GET /page HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
        (b"POST /upload HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx", 400),
        (b"GET /page HTTP/1.1\r\n" + b"X: y\r\n" * 60 + b"\r\n", 431),
    ],
    ids=["header too large", "no version", "NUL", "two lengths", "length and chunked", "too many fields"],
)
def test_a_broken_header_gets_a_short_page(door: RunningDoor, request_bytes: bytes, status: int) -> None:
    answer = door.ask(request_bytes)
    assert answer.status == status
    assert b"yyy" not in answer.body


def test_a_request_line_that_is_too_long_gets_a_short_page(start_door: Callable[..., RunningDoor]) -> None:
    assert start_door(anteroom={}).ask(get("/" + "y" * 3000)).status == 414


def test_an_empty_line_before_the_request_is_ignored(door: RunningDoor) -> None:
    assert door.ask(b"\r\n" + get("/page")).status == 200
    with door.connect(proxy_line() + b"\r\n") as connection:
        time.sleep(0.1)
        connection.sendall(get("/page"))
        assert read_answer(connection).status == 200


def test_a_header_may_come_byte_by_byte(start_door: Callable[..., RunningDoor]) -> None:
    with start_door(anteroom={}).connect() as connection:
        for byte in proxy_line() + get("/page"):
            connection.sendall(bytes([byte]))
        assert read_answer(connection).status == 200


def test_small_bodies_that_trickle_hold_no_thread(door: RunningDoor) -> None:
    with contextlib.ExitStack() as stack:
        trickles = [stack.enter_context(door.connect(proxy_line() + post("/upload", 4000))) for _ in range(50)]
        for _ in range(3):
            for trickle in trickles:
                trickle.sendall(b"x")
            assert door.ask(get("/page")).status == 200
        trickles[0].sendall(bytes(3997))
        assert read_answer(trickles[0]).body == b"4000"


def test_a_small_body_that_never_ends_is_closed(door: RunningDoor) -> None:
    with door.connect(proxy_line() + post("/upload", 100) + b"x") as connection:
        assert is_closed(connection)


def test_one_byte_at_a_time_ends_a_large_body(door: RunningDoor) -> None:
    with door.connect(proxy_line() + post("/upload", 100_000) + COLLECTED) as connection:
        assert pieces_until_closed(connection) > 1


def test_a_silent_large_body_ends(door: RunningDoor) -> None:
    with door.connect(proxy_line() + post("/upload", 100_000) + bytes(5000)) as connection:
        assert is_closed(connection)


def test_a_silent_large_body_is_not_closed_at_once(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(inbound={"idle_seconds": 600.0})
    with door.connect(proxy_line() + post("/upload", 100_000) + bytes(5000)) as connection:
        assert door.ask(get("/page")).status == 200
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)


def test_a_fast_large_body_arrives_whole(door: RunningDoor) -> None:
    size = 5_000_000
    assert door.ask(post("/upload", size) + bytes(size)).body == str(size).encode()


def test_a_chunked_body_arrives_whole(door: RunningDoor) -> None:
    head = b"POST /upload HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert door.ask(head + b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n").body == b"8"


def test_a_client_that_expects_100_is_told_to_go_on(door: RunningDoor) -> None:
    with door.connect(proxy_line() + post("/upload", 100, "Expect: 100-continue")) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(bytes(100))
        assert read_answer(connection).body == b"100"


def test_a_body_without_a_length_is_empty_and_not_waited_for(door: RunningDoor) -> None:
    with door.connect(proxy_line() + b"POST /upload HTTP/1.1\r\nHost: k\r\n\r\n") as connection:
        assert read_answer(connection).body == b"0"


def test_a_client_that_goes_away_gives_the_app_a_short_read(door: RunningDoor) -> None:
    with door.connect(proxy_line() + post("/upload", 100_000) + bytes(5000)) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert read_answer(connection).body == b"5000"


def test_a_slow_reader_of_a_large_answer_is_cut_off(door: RunningDoor) -> None:
    with door.connect(proxy_line() + get("/large")) as connection:
        time.sleep(2)
        assert len(read_answer(connection).body) < 16 * 1024 * 1024


def test_who_reads_a_byte_at_a_time_is_cut_off_and_takes_no_thread_from_others(door: RunningDoor) -> None:
    """As many as there are threads."""
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(door.connect(proxy_line() + get("/large"))) for _ in range(8)]
        for _ in range(30):
            for reader in readers:
                assert reader.recv(1) != b""
            time.sleep(0.05)
        assert door.ask(get("/page")).status == 200
        assert all(bytes_to_the_end(reader) < 16 * 1024 * 1024 for reader in readers)


def test_slow_readers_hold_no_thread_for_long(door: RunningDoor) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(door.connect(proxy_line() + get("/large")))
        assert door.ask(get("/page")).status == 200


def test_an_early_answer_is_read_although_the_client_goes_on_sending(door: RunningDoor) -> None:
    size = 6_000_000
    with door.connect(proxy_line() + post("/early", size)) as connection:
        connection.sendall(bytes(size))
        assert read_answer(connection).body == b"too large"


def test_draining_holds_no_thread(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(draining={"idle_seconds": 600.0})
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(door.connect(proxy_line() + post("/early", 10**9) + COLLECTED))
        assert door.ask(get("/page")).status == 200


def test_draining_ends(door: RunningDoor) -> None:
    with contextlib.ExitStack() as stack:
        drains = [
            stack.enter_context(door.connect(proxy_line() + post("/early", 10**9) + COLLECTED)) for _ in range(20)
        ]
        assert all(read_answer(drain).body == b"too large" for drain in drains)


def test_a_client_that_goes_away_while_draining_is_forgotten(door: RunningDoor) -> None:
    for _ in range(3):
        with door.connect(proxy_line() + post("/early", 10**9) + COLLECTED) as connection:
            connection.recv(10)
    assert door.ask(get("/page")).status == 200


def test_a_client_that_goes_away_while_waiting_is_forgotten(door: RunningDoor) -> None:
    for _ in range(3):
        door.connect(proxy_line()).close()
    assert door.ask(get("/page")).status == 200


@pytest.mark.parametrize(("piece", "pause", "least"), [(65_536, 0.0, 8 * 1024 * 1024), (10, 0.1, 10)])
def test_draining_stops_at_its_limit_of_bytes_and_of_time(
    door: RunningDoor, piece: int, pause: float, least: int
) -> None:
    with door.connect(proxy_line() + post("/early", 10**9) + COLLECTED) as connection:
        assert piece * pieces_until_closed(connection, bytes(piece), pause) >= least


def test_when_too_many_drain_the_oldest_of_the_fullest_circuit_is_closed(
    start_door: Callable[..., RunningDoor],
) -> None:
    door = start_door(draining={"connections": 3, "idle_seconds": 600.0, "most_seconds": 600.0})
    drains = []
    for circuit in (1, 7, 7, 7):
        drains.append(door.connect(proxy_line(circuit) + post("/early", 10**9) + COLLECTED))
        answer = b""
        while not answer.endswith(b"too large"):
            answer += drains[-1].recv(1000)
        drains[-1].sendall(bytes(1_000_000))  # more than the socket holds: it is taken once the connection drains
    assert is_closed(drains[1])
    for draining in (drains[0], *drains[2:]):
        draining.setblocking(False)
        with pytest.raises(BlockingIOError):
            draining.recv(1)


def test_a_failure_after_the_answer_began_adds_no_second_answer(door: RunningDoor) -> None:
    answer = door.ask(get("/late-failure"))
    assert answer.status == 200
    assert b"HTTP/1.1" not in answer.body


def test_sigterm_stops_an_idle_server_at_once_and_removes_the_socket(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(stop_seconds=600.0)
    idle = door.connect(proxy_line())
    door.stop()
    assert is_closed(idle)
    assert not door.socket_path.exists()
    assert door.process.returncode == 0


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_server_with_an_upload_under_way(start_door: Callable[..., RunningDoor], sign: int) -> None:
    door = start_door(inbound={"idle_seconds": 600.0})
    with door.connect(proxy_line() + post("/upload", 10**6)):
        time.sleep(0.2)
        door.stop(sign)


def test_sigterm_lets_a_request_under_way_finish(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(stop_seconds=2.0)
    with door.connect(proxy_line() + get("/slow")) as connection:
        time.sleep(0.2)
        door.stop()
        assert read_answer(connection).body == b"done"


def test_the_app_sees_nothing_of_the_server(door: RunningDoor) -> None:
    environ = door.ask(get("/environ")).body
    assert b"gunicorn.socket" not in environ
    assert b"PROXY" not in environ


def test_headers_of_proxies_mean_nothing(door: RunningDoor) -> None:
    fields = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4\r\nSCRIPT_NAME: /x\r\n\r\n"
    environ = door.ask(get("/environ")[:-2] + fields.encode()).body
    assert b'"wsgi.url_scheme": "http"' in environ
    assert b'"SCRIPT_NAME": ""' in environ
    assert b'"REMOTE_ADDR": "fc00:' in environ
