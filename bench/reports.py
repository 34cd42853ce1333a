"""Text reports, stored durably: how many a second at several concurrencies, beside the disk's own fsyncs."""

from __future__ import annotations

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.door import Served, real_door
from bench.figures import Figure, seconds
from bench.unix_http import ask
from deploy.rehearsal.forms import Multipart, read_page
from deploy.rehearsal.source_client import at

SUBJECT = "Text reports of 6.7 kB, stored durably"
MESSAGE = "What I saw, where and when. " * 240
CONCURRENCY = {1: 60, 8: 400, 32: 1200}
WANTED = 300


def _fsyncs_a_second() -> float:
    """Write and fsync small new files in one folder, one after the other."""
    count = 200
    with tempfile.TemporaryDirectory() as name:

        def once() -> None:
            for number in range(count):
                with (Path(name) / str(number)).open("wb") as file:
                    file.write(b"x" * 4096)
                    file.flush()
                    os.fsync(file.fileno())

        return count / seconds(once)


def _body(html: str) -> tuple[bytes, dict[str, str]]:
    form = next(form for form in read_page(html)[0] if form.action.endswith("/write"))
    form.fill("message", MESSAGE)
    body = Multipart(form)
    return b"".join(body), {"Content-Type": body.content_type, "Content-Length": str(body.size)}


def _run(served: Served, concurrency: int, count: int) -> tuple[float, float, int]:
    """Return reports a second, the 99th percentile in seconds, and how many were accepted."""
    with ThreadPoolExecutor(concurrency) as pool:
        pages = list(pool.map(lambda _: ask(served.socket, "GET", at("write")).html, range(count)))
        bodies = [_body(page) for page in pages]

        def send(number: int) -> tuple[float, int]:
            body, headers = bodies[number]
            started = time.perf_counter()
            answer = ask(served.socket, "POST", at("write"), [body], headers)
            return time.perf_counter() - started, answer.status

        started = time.perf_counter()
        results = list(pool.map(send, range(count)))
        elapsed = time.perf_counter() - started
    times = sorted(taken for taken, _ in results)
    accepted = sum(status == 200 for _, status in results)
    return accepted / elapsed, times[int(0.99 * (count - 1))], accepted


def _stored(served: Served) -> int:
    return sum(
        1
        for path in (served.folder / "store").rglob("*")
        if path.is_file() and path.stat().st_size >= 1 << 17 and len(path.name) == 32
    )


def measure() -> list[Figure]:
    """Measure at each concurrency on one server; every accepted report must be in the store."""
    figures = []
    fsyncs = _fsyncs_a_second()
    with real_door() as served:
        before = _stored(served)
        for concurrency, count in CONCURRENCY.items():
            rate, p99, accepted = _run(served, concurrency, count)
            after = _stored(served)
            lost = accepted - (after - before)
            before = after
            goal, reached = (f">= {WANTED}/s", rate >= WANTED) if concurrency == 32 else ("", None)
            figures += [
                Figure(
                    SUBJECT,
                    f"stored at concurrency {concurrency}",
                    rate,
                    "1/s",
                    "fsyncs/s, one at a time",
                    fsyncs,
                    goal,
                    reached,
                ),
                Figure(SUBJECT, f"p99 at concurrency {concurrency}", p99 * 1000, "ms"),
                Figure(
                    SUBJECT,
                    f"not accepted or lost at concurrency {concurrency}",
                    count - accepted + lost,
                    "reports",
                    wanted="none",
                    reached=count - accepted + lost == 0,
                ),
            ]
    return figures
