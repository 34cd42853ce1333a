"""Many at once, over the private Tor network: a training in which everybody reports, and a flood of new circuits.

What is asserted does not depend on how fast the machine is: everybody gets a report through, and it is stored whole.
The figures are printed (``-s``); docs/operator-reference.md has those of a run of the long tests.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import statistics
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import steps_source
from deploy.rehearsal.forms import Multipart
from deploy.rehearsal.samples import large_file
from deploy.rehearsal.socks import Socks
from deploy.rehearsal.source_client import WRITE, SourceClient, at
from intake.server.numbers import SERVER_NUMBERS
from keys.sealing.codename import WordList
from tests.journeys.watching import everything_is_whole, growing, rows, wait_until

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from deploy.rehearsal.forms import ChosenFile
    from deploy.rehearsal.stage import Stage

pytestmark = pytest.mark.tor

SIZES = [pytest.param("small", id="some"), pytest.param("whole", id="many", marks=pytest.mark.long)]
PEOPLE = {"small": 10, "whole": 30}
CIRCUITS = {"small": 60, "whole": 1000}
HONEST = {"small": 3, "whole": 20}
"""Honest reports at least, while the flood lasts; before it as many for comparison, at most five."""
FLOODERS = 8
HELD = 150
"""Connections that the flood leaves hanging at once; more than there are places for files."""
LARGE = 8_000_000
ENOUGH_BYTES = SERVER_NUMBERS.anteroom.small_body_bytes + 50_000
PHOTO = 400_000
PATIENCE_SECONDS = 300.0


def _report(stage: Stage, message: str, files: tuple[ChosenFile, ...] = ()) -> float:
    """Come as somebody new, read the first page, and report; returns the seconds that it took."""
    source = SourceClient(Socks.through(stage.network, secrets.token_hex(8)), stage.onion, PATIENCE_SECONDS)
    started = time.monotonic()
    steps_source.right_page(source.get("/"))
    receipt = steps_source.send(source, message, files)
    assert "We have it" in receipt.text
    return time.monotonic() - started


def _figures(name: str, seconds: Sequence[float]) -> str:
    some = sorted(seconds)
    return f"{name}: {len(some)}, median {statistics.median(some):.1f} s, longest {some[-1]:.1f} s"


def _new_rows(stage: Stage, before: set[str]) -> int:
    return len(set(rows(stage)) - before)


@pytest.mark.parametrize("size", SIZES)
def test_everybody_in_a_training_gets_a_report_through(open_door: Stage, tmp_path: Path, size: str) -> None:
    people, before = PEOPLE[size], set(rows(open_door))
    photo = large_file(tmp_path, PHOTO)

    def report(number: int) -> float:
        files = (photo,) if number % 3 == 0 else ()
        return _report(open_door, f"Exercise {number} of the training.", files)

    started = time.monotonic()
    with ThreadPoolExecutor(people) as pool:
        seconds = list(pool.map(report, range(people)))
    print(f"\n{_figures('people in a training', seconds)}; all in {time.monotonic() - started:.1f} s")  # noqa: T201
    assert _new_rows(open_door, before) == people + len(range(0, people, 3))
    everything_is_whole(open_door)


@dataclass
class Flood:
    """Takes a new circuit again and again, and does with each what hurts: in turns, one of ``_harms``."""

    stage: Stage
    circuits: int
    file: ChosenFile
    done: int = 0
    failed: int = 0
    started: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    _held: deque[socket.socket] = field(default_factory=deque)
    _numbers: Iterator[int] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._numbers = iter(range(self.circuits))

    @contextlib.contextmanager
    def under_way(self) -> Iterator[Flood]:
        """Flood for the length of a block, and on until all circuits were taken."""
        threads = [threading.Thread(target=self._run) for _ in range(FLOODERS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            for thread in threads:
                thread.join()
            self.ended = time.monotonic()
            for connection in self._held:
                connection.close()

    @property
    def lasts(self) -> bool:
        """Whether circuits are still being taken."""
        return self.done + self.failed < self.circuits

    @property
    def rate(self) -> float:
        """Circuits a second."""
        return self.done / (self.ended - self.started)

    def _run(self) -> None:
        harms: Sequence[Callable[[SourceClient], None]] = (self._hang, self._report, self._guess, self._hang)
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            way = Socks.through(self.stage.network, secrets.token_hex(8))
            try:
                harms[number % len(harms)](SourceClient(way, self.stage.onion, PATIENCE_SECONDS))
            except (OSError, HTTPException, LookupError, steps_source.PageError):
                self.failed += 1
            else:
                self.done += 1

    def _hang(self, source: SourceClient) -> None:
        """Begin to send a large file, enough of it to get a place, and leave it hanging."""
        form = steps_source.right_page(source.get(WRITE)).form("/write")
        form.choose("file", self.file)
        upload = Multipart(form)
        fields = f"Content-Type: {upload.content_type}\r\nContent-Length: {upload.size}"
        connection = source._way.connect(source.onion, 80, PATIENCE_SECONDS)
        connection.sendall(f"POST {WRITE} HTTP/1.1\r\nHost: h.onion\r\n{fields}\r\n\r\n".encode())
        sent = 0
        for piece in upload:
            connection.sendall(piece)
            sent += len(piece)
            if sent > ENOUGH_BYTES:
                break
        with self._lock:
            self._held.append(connection)
            if len(self._held) > HELD:
                self._held.popleft().close()

    @staticmethod
    def _report(source: SourceClient) -> None:
        steps_source.send(source, "A report that says nothing. " * 500, ())

    @staticmethod
    def _guess(source: SourceClient) -> None:
        form = steps_source.right_page(source.get(at("return"))).form("/return")
        form.fill("codename", WordList.load().draw().expose())
        source.submit(form)


@pytest.mark.parametrize("size", SIZES)
def test_a_flood_of_new_circuits_delays_honest_reports_and_stops_none(
    open_door: Stage, tmp_path: Path, size: str
) -> None:
    before = set(rows(open_door))
    calm = [_report(open_door, f"Before the flood {number}.") for number in range(min(5, HONEST[size]))]
    honest = []
    with Flood(open_door, CIRCUITS[size], large_file(tmp_path, LARGE)).under_way() as flood:
        for number in itertools.count():
            if number >= HONEST[size] and not flood.lasts:
                break
            honest.append(_report(open_door, f"A text in a hurry {number}."))
    print(  # noqa: T201
        f"\n{_figures('honest reports before', calm)}\n{_figures('honest reports beside the flood', honest)}\n"
        f"the flood: {flood.done} circuits, {flood.rate:.1f} a second, {flood.failed} did not come about"
    )
    assert flood.done >= 0.8 * CIRCUITS[size]
    assert _new_rows(open_door, before) >= len(calm) + len(honest)
    wait_until(lambda: growing(open_door) == 0, 180, "what was left hanging is gone")
    everything_is_whole(open_door)
    assert _report(open_door, "After the flood.") > 0
