"""Each limit, when it acts, adds one kind of line, a day later, and nothing of whom it acted on."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import re
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.canary import Canary
from deploy.rehearsal.door_socket import proxy_line
from intake.server.acted import FILE_NAME, KINDS, read_acted
from keys.sealing.codename import WordList
from keys.sealing.limits import KIB, MIB
from tests.intake.server.door_client import Answer, RunningDoor, get, post
from tests.intake.server.test_worker import bytes_to_the_end, is_closed
from tests.intake.source.conftest import BOUNDARY, hidden_fields, multipart
from tests.intake.world import WRITE, at

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

DOOR = Path(__file__).with_name("limits_door.py")
FORM = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
MARK = "Kwacha-Seven-Bridges"
"""Stands in every text, name, path and header that a visitor sends here."""
CIRCUITS = 0x7EA10000
"""The first circuit; its digits are looked for, too."""
COLLECTED = bytes(480 * KIB)
"""More than the main loop collects of a body: a thread has the request."""
MUCH = 1000 * MIB


@dataclass
class Door:
    """The server under test, and the day of its log."""

    running: RunningDoor
    folder: Path
    secrets: set[str] = field(default_factory=lambda: {MARK})
    day: date = date(2026, 11, 20)
    circuits: Iterator[int] = field(default_factory=lambda: itertools.count(CIRCUITS))
    read: int = 0

    def newcomer(self) -> int:
        """Return a circuit that nobody had."""
        circuit = next(self.circuits)
        self.secrets |= {f"{circuit:08x}", f"{circuit >> 16:x}:{circuit & 0xFFFF:x}"}
        return circuit

    def ask(self, request: bytes, circuit: int | None = None) -> Answer:
        return self.running.ask(request, circuit or self.newcomer())

    def connect(self, sent: bytes, circuit: int | None = None) -> socket.socket:
        """Send something, on a new circuit if none is named, and leave the connection open."""
        return self.running.connect(proxy_line(circuit or self.newcomer()) + sent)

    def status_of(self, request: bytes) -> int:
        """Send something, and return the status without waiting for the connection's end."""
        with self.connect(request) as connection:
            return int(connection.recv(12).split()[1])

    def form(self, *parts: tuple[str, str] | tuple[str, str, bytes]) -> bytes:
        """Fill in a form, words and all."""
        hidden = hidden_fields(self.ask(get(f"{WRITE}?{MARK}")).body.decode())
        self.secrets.add(hidden["codename"])
        return multipart([*hidden.items(), ("message", MARK), *parts])

    def report(self, *parts: tuple[str, str] | tuple[str, str, bytes]) -> int:
        body = self.form(*parts)
        return self.ask(post(WRITE, len(body), FORM) + body).status

    def say(self, file: str, text: str) -> None:
        """Write what the server may read at any moment."""
        with (self.folder / file).open("r+") as told:
            told.write(f"{text:>16}")

    def end_the_day(self) -> tuple[list[str], dict[str, int]]:
        """Let the day pass; returns the lines that the log has more, and what was counted for the day."""
        over, self.day = self.day, self.day + timedelta(days=1)
        self.say("today", self.day.isoformat())
        deadline = time.monotonic() + 10
        while over not in read_acted(self.acted):
            assert time.monotonic() < deadline, self.running.log.read_text()
            time.sleep(0.02)
        text = self.running.log.read_text()
        new, self.read = text[self.read :].splitlines(), len(text)
        return new, dict(read_acted(self.acted)[over])

    @property
    def acted(self) -> Path:
        return self.folder / "store" / FILE_NAME


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    folder = Path(tempfile.mkdtemp(prefix="kh-"))
    (folder / "free").write_text(f"{100 * 1024 * MIB:>16}")
    (folder / "today").write_text("      2026-11-20")
    command = [sys.executable, "-m", "tests.intake.server.limits_door", str(folder)]
    running = RunningDoor(command, folder / "door", folder / "log")
    door = Door(running, folder)
    door.read = len(running.log.read_text())
    yield door
    running.close()
    shutil.rmtree(folder)


def comes_past_tor(door: Door) -> None:
    assert door.running.connect(get(f"/{MARK}")).recv(12).endswith(b"400")


def sends_a_large_head(door: Door) -> None:
    assert door.status_of(f"GET / HTTP/1.1\r\nX: {MARK}{'y' * 17_000}\r\n\r\n".encode()) == 431


def sends_no_http(door: Door) -> None:
    assert door.status_of(f"GET /{MARK} HTTP/1.1\r\n{MARK}\r\n\r\n".encode()) == 400


def sends_a_long_line(door: Door) -> None:
    assert door.status_of(f"GET /{MARK}{'y' * 3000} HTTP/1.1\r\n\r\n".encode()) == 414


def sends_too_many_headers(door: Door) -> None:
    headers = "".join(f"X-{MARK}-{number}: y\r\n" for number in range(60))
    assert door.status_of(f"GET / HTTP/1.1\r\n{headers}\r\n".encode()) == 431


def says_nothing(door: Door) -> None:
    with door.connect(f"GET /{MARK}".encode()) as silent:
        assert is_closed(silent)


def stops_in_the_middle(door: Door) -> None:
    body = door.form(("file", f"{MARK}.pdf", b""))
    with door.connect(post(WRITE, MUCH // 100, FORM) + body + COLLECTED) as slow:
        while slow.recv(65536):
            pass


def many_wait(door: Door) -> None:
    circuit = door.newcomer()
    with contextlib.ExitStack() as stack:
        for _ in range(70):
            stack.enter_context(door.connect(f"GET /{MARK}".encode(), circuit))
        assert door.ask(get("/")).status == 200


def much_waits(door: Door) -> None:
    circuit = door.newcomer()
    with contextlib.ExitStack() as stack:
        part = post(WRITE, 400 * KIB, FORM) + MARK.encode() + bytes(300 * KIB)
        first, *_others = [stack.enter_context(door.connect(part, circuit)) for _ in range(4)]
        assert is_closed(first)


def is_answered_early() -> bytes:
    """Return a request for a page that is not there, of which much is still to come."""
    return post(f"/{MARK}", MUCH // 10, FORM) + COLLECTED


def answered_early(door: Door, circuit: int | None = None) -> socket.socket:
    """Return a connection of which much is still to come after its answer."""
    going_on = door.connect(is_answered_early(), circuit)
    assert going_on.recv(12).endswith(b"404")
    return going_on


def many_go_on_after_their_answer(door: Door) -> None:
    circuit = door.newcomer()
    with contextlib.ExitStack() as stack:
        alone = stack.enter_context(answered_early(door))
        oldest, *_others = [stack.enter_context(answered_early(door, circuit)) for _ in range(4)]
        assert bytes_to_the_end(oldest), "the oldest of the crowd goes"
        alone.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            assert alone.recv(MIB), "who came before it, alone, stays"


def goes_on_after_the_answer_for_long(door: Door) -> None:
    with answered_early(door) as going_on:
        going_on.sendall(MARK.encode())
        assert bytes_to_the_end(going_on)


def goes_on_after_the_answer_with_much(door: Door) -> None:
    with door.connect(is_answered_early()) as going_on, contextlib.suppress(ConnectionError):
        for _ in range(80):
            going_on.sendall(bytes(MIB))


def leaves_no_descriptors(door: Door) -> None:
    pid = door.running.worker_pid()
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    held = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (held + 10, before[1]))
    circuit = door.newcomer()
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(door.connect(f"GET /{MARK}".encode(), circuit)) for _ in range(20)]
        assert is_closed(waiting[0])
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def asks_for_too_many_pages(door: Door) -> None:
    circuit = door.newcomer()
    assert [door.ask(get(f"/{MARK}"), circuit).status for _ in range(31)][-1] == 429


def sends_too_many_forms(door: Door) -> None:
    circuit, body = door.newcomer(), multipart([("message", MARK)])
    assert [door.ask(post(f"/{MARK}", len(body), FORM) + body, circuit).status for _ in range(9)][-1] == 429


def tries_too_many_codenames(door: Door) -> None:
    circuit, statuses = door.newcomer(), []
    for _ in range(3):
        words = WordList.load().draw().expose()
        door.secrets.add(words)
        body = multipart([("codename", words)])
        statuses.append(door.ask(post(at("box.enter"), len(body), FORM) + body, circuit).status)
    assert statuses == [403, 403, 429]


@contextlib.contextmanager
def file_slot_taken(door: Door) -> Iterator[None]:
    """Hold the one place for files."""
    body = door.form(("file", f"{MARK}.pdf", b""))
    with door.connect(post(WRITE, MUCH // 100, FORM) + body + COLLECTED):
        time.sleep(0.1)
        yield


def finds_no_slot(door: Door) -> None:
    with file_slot_taken(door):
        head = f"POST {WRITE} HTTP/1.1\r\nHost: k\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert door.status_of(f"{head}{len(MARK):x}\r\n{MARK}\r\n0\r\n\r\n".encode()) == 503


def gives_its_text_alone(door: Door) -> None:
    body = door.form(("file", f"{MARK}.pdf", bytes(600 * KIB)))
    with file_slot_taken(door):
        assert door.status_of(post(WRITE, len(body), FORM) + body) == 503


def sends_too_much(door: Door) -> None:
    body = door.form(("file", f"{MARK}.pdf", b""))
    with door.connect(post(WRITE, MUCH, FORM) + body + COLLECTED) as large:
        assert large.recv(12).endswith(b"413")


def comes_when_the_disk_is_full(door: Door) -> None:
    free = (door.folder / "free").read_text()
    door.say("free", str(12 * MIB))
    assert door.report(("file", f"{MARK}.pdf", bytes(13 * MIB))) == 507
    door.say("free", free)


def comes_when_there_is_no_room_for_text(door: Door) -> None:
    free = (door.folder / "free").read_text()
    door.say("free", "0")
    assert door.report() == 507
    door.say("free", free)


def comes_while_the_store_is_held(door: Door) -> None:
    body = door.form()
    with (door.folder / "store" / "store.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert door.ask(post(WRITE, len(body), FORM) + body).status == 503


def comes_when_the_day_is_full(door: Door) -> None:
    assert door.report(("file", f"{MARK}.pdf", b"x" * 3 * MIB)) == 200
    assert door.report(("file", f"{MARK}.pdf", b"x" * 20 * MIB)) == 507


def many_circuits_come(door: Door) -> None:
    for _ in range(210):
        door.ask(get(f"/{MARK}"))


STEPS: list[tuple[Callable[[Door], None], str]] = [
    (comes_past_tor, "no-circuit-address"),
    (sends_a_large_head, "head-too-large"),
    (sends_no_http, "malformed"),
    (sends_a_long_line, "malformed"),
    (sends_too_many_headers, "malformed"),
    (says_nothing, "never-complete"),
    (stops_in_the_middle, "too-slow"),
    (many_wait, "too-many-waiting"),
    (much_waits, "too-much-waiting"),
    (many_go_on_after_their_answer, "too-many-draining"),
    (goes_on_after_the_answer_for_long, "drained-too-long"),
    (goes_on_after_the_answer_with_much, "drained-too-long"),
    (leaves_no_descriptors, "no-descriptors"),
    (asks_for_too_many_pages, "too-many-requests"),
    (sends_too_many_forms, "too-many-requests"),
    (tries_too_many_codenames, "too-many-tries"),
    (finds_no_slot, "no-slot"),
    (gives_its_text_alone, "text-alone"),
    (sends_too_much, "too-large"),
    (comes_when_the_disk_is_full, "files-no-space"),
    (comes_when_there_is_no_room_for_text, "text-no-space"),
    (comes_while_the_store_is_held, "store-busy"),
    (comes_when_the_day_is_full, "files-day-over"),
    (many_circuits_come, "circuits-forgotten"),
]


@pytest.mark.parametrize(("visit", "kind"), STEPS, ids=lambda one: getattr(one, "__name__", one))
def test_a_limit_that_acts_adds_one_kind_of_line_when_the_day_is_over(
    door: Door, visit: Callable[[Door], None], kind: str
) -> None:
    before = door.running.log.read_text()
    visit(door)
    assert door.running.log.read_text() == before, "a line at once would be a time"
    lines, counts = door.end_the_day()
    said = r"request-failed: \w+ at [\w./:, ]+" if kind == "malformed" else kind
    [line] = lines
    assert re.fullmatch(rf"info: yesterday: {said}, \d+ times", line)
    assert set(counts) == {kind}
    assert f"{counts[kind]} times" in line


def test_these_are_all_limits_that_count() -> None:
    assert {kind for _visit, kind in STEPS} == set(KINDS)


def test_nothing_of_a_visitor_is_in_log_or_counts_after_all_that(door: Door) -> None:
    found = Canary(secret.encode() for secret in door.secrets)
    assert len(door.secrets) > 100
    for path in (door.running.log, door.acted):
        assert found.in_bytes(path.name, path.read_bytes()) == []
    assert re.fullmatch(r'[\d\s":,{}a-z-]*', door.acted.read_text())
