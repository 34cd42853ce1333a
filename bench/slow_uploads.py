"""Pages while a hundred uploads trickle in: server and load generator each on a core of their own.

Each upload begins with as much as the server collects before it gives a thread to a body. From then on it trickles, and
is sealed as it comes in. The server works on as many files at once as it has places for; the few above it wait.
"""

from __future__ import annotations

import os
import select
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil

from bench import unix_http
from bench.door import Served, real_door
from bench.figures import Figure
from bench.unix_http import ask, form_at
from deploy.rehearsal.door_socket import connected
from deploy.rehearsal.forms import Multipart
from intake.server.numbers import SERVER_NUMBERS

SUBJECT = "Pages beside 100 slow uploads"
UPLOADS = 100
RATE = 64 * 1024
"""Bytes a second of each upload."""
SETTLE_SECONDS = 2.0
"""By then what the uploads began with is sealed."""
SECONDS = 8.0
CLIENTS = 16
ROUNDS = 3


def _pin(served: Served) -> None:
    """Give the server the first core and this process the last."""
    cores = sorted(os.sched_getaffinity(0))
    for process in (served.process, *served.process.children(recursive=True)):
        for thread in process.threads():
            psutil.Process(thread.id).cpu_affinity([cores[0]])
    os.sched_setaffinity(0, {cores[-1]})


def _pages_a_second(served: Served) -> float:
    deadline = time.monotonic() + SECONDS

    def client(_: int) -> int:
        done = 0
        while time.monotonic() < deadline:
            done += ask(served.socket, "GET", "/").status == 200
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(client, range(CLIENTS))) / SECONDS


class _Trickle:
    """A hundred uploads that one thread feeds in turns."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._running = True
        self._sockets = [connected(served.socket, unix_http.SECONDS) for _ in range(UPLOADS)]
        for connection in self._sockets:
            connection.sendall(self._head())

    def _head(self) -> bytes:
        form = form_at(self._served.socket)
        form.fill("message", "A slow upload comes with this.")
        body = Multipart(form)
        file = f'--{body.boundary}\r\nContent-Disposition: form-data; name="file"; filename="slow.bin"\r\n\r\n'
        fields = list(_without_files(body))
        start = b"".join(fields) + file.encode()
        length = len(start) + (1 << 30)
        lines = f"POST {form.action} HTTP/1.1\r\nHost: bench.onion\r\nContent-Type: {body.content_type}\r\n"
        lines += f"Content-Length: {length}\r\n\r\n"
        return lines.encode() + start + b"x" * SERVER_NUMBERS.anteroom.small_body_bytes

    def run(self) -> None:
        """Send a tenth of a second's worth to each, ten times a second."""
        piece = b"x" * (RATE // 10)
        while self._running:
            started = time.monotonic()
            for connection in self._sockets:
                connection.sendall(piece)
            time.sleep(max(0.0, 0.1 - (time.monotonic() - started)))

    def stop(self) -> None:
        """End the feeding; ``close`` comes after."""
        self._running = False

    def check(self) -> None:
        """Raise RuntimeError if more were answered than the server has no place for: they are no uploads any more."""
        answered = select.select(self._sockets, [], [], 0)[0]
        slots = SERVER_NUMBERS.slots
        if len(answered) > max(0, UPLOADS - (slots.bodies - slots.texts)):
            raise RuntimeError(f"{len(answered)} uploads were answered: {answered[0].recv(1000)!r}")

    def close(self) -> None:
        """Cut all of them off."""
        for connection in self._sockets:
            connection.close()


def _without_files(body: Multipart) -> list[bytes]:
    body.form.controls[:] = [control for control in body.form.controls if control.kind != "file"]
    whole = b"".join(body)
    return [whole.removesuffix(f"--{body.boundary}--\r\n".encode())]


def measure() -> list[Figure]:
    """Measure idle and busy in turns, three times."""
    before = os.sched_getaffinity(0)
    idle, busy = [], []
    try:
        with real_door() as served:
            _pin(served)
            for _ in range(ROUNDS):
                idle.append(_pages_a_second(served))
                with ExitStack() as stack:
                    trickle = _Trickle(served)
                    thread = threading.Thread(target=trickle.run)
                    thread.start()
                    stack.callback(trickle.close)
                    stack.callback(thread.join)
                    stack.callback(trickle.stop)
                    time.sleep(SETTLE_SECONDS)
                    busy.append(_pages_a_second(served))
                    trickle.check()
    finally:
        os.sched_setaffinity(0, before)
    idle_rate, busy_rate = statistics.median(idle), statistics.median(busy)
    return [
        Figure(
            SUBJECT,
            "landing pages",
            busy_rate,
            "1/s",
            "1/s with none",
            idle_rate,
            "ratio >= 0.50",
            busy_rate >= 0.5 * idle_rate,
        )
    ]
