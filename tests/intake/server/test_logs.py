"""No log holds what a source sent, whatever goes wrong."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
import warnings
from datetime import date
from typing import TYPE_CHECKING

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader

from deploy.rehearsal.door_socket import proxy_line
from intake.server.quiet_log import DayCounts, QuietFormatter, QuietLogger, kind_and_places
from tests.intake.server.door_client import RunningDoor, get, post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MARKER = "Kwacha7"

BROKEN = [
    get(f"/{MARKER}"),
    get(f"/fail?{MARKER}"),
    post("/fail", 20) + MARKER.encode().ljust(20),
    f"GET /{MARKER} HTTP/9\r\n\r\n".encode(),
    f"{MARKER} / HTTP/1.1\r\n\r\n".encode(),
    f"GET /\x01{MARKER} HTTP/1.1\r\n\r\n".encode(),
    f"GET /page HTTP/1.1\r\n{MARKER}\r\n\r\n".encode(),
    f"GET /page HTTP/1.1\r\n{MARKER} x: y\r\n\r\n".encode(),
    f"GET /page HTTP/1.1\r\nHost: a\r\nHost: {MARKER}\r\n\r\n".encode(),
    f"GET /page HTTP/1.1\r\nX: {MARKER}{'x' * 4000}\r\n\r\n".encode(),
    f"POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{MARKER}\r\n".encode(),
    f"POST /upload HTTP/1.1\r\nTransfer-Encoding: {MARKER}\r\n\r\n".encode(),
    f"POST /upload HTTP/1.1\r\nExpect: {MARKER}\r\nContent-Length: 5\r\n\r\n".encode(),
    get(f"/late-failure?{MARKER}"),
]


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Give logging back as it was."""
    root, raises = logging.root.handlers[:], logging.raiseExceptions
    gunicorn_log = logging.getLogger("gunicorn.error")
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning
    yield
    logging.root.handlers[:], logging.raiseExceptions = root, raises
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks
    gunicorn_log.handlers.clear()


def test_nothing_that_was_sent_is_in_the_log(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door()
    for request in BROKEN:
        door.ask(request)
    with door.connect(f"PROXY {MARKER}\r\n".encode()) as connection:
        connection.recv(1)
    with door.connect(proxy_line() + post(f"/upload?{MARKER}", 10**6) + MARKER.encode()):
        time.sleep(0.8)
    door.ask(get("/page"), circuit=0x7EA1)
    door.stop()
    log = door.log.read_text()
    assert MARKER not in log
    assert "7ea1" not in log
    assert "/page" not in log


def test_a_failure_of_ours_is_named_with_its_kind_and_place_once(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door()
    for _ in range(3):
        assert door.ask(get(f"/fail?{MARKER}")).status == 500
    door.stop()
    log = door.log.read_text()
    assert log.count("error: request-failed: ValueError from KeyError at server/small_app.py:") == 1
    assert "warning: UserWarning at small_app.py:" in log
    assert "error: some.library at small_app:" in log


def test_what_clients_break_makes_no_line(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door()
    before = door.log.read_text()
    for request in BROKEN[3:9]:
        assert door.ask(request).status in {400, 501}
    door.ask(get("/page"))
    assert door.log.read_text() == before


def test_the_log_tells_of_start_and_stop_without_times(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door()
    door.stop()
    log = door.log.read_text()
    assert log.startswith("info: Starting gunicorn")
    assert "info: Shutting down: Master" in log
    assert "20" + str(date.today().year)[2:] not in log  # noqa: DTZ011 - any year near this one will do


def test_counts_are_given_away_once_a_day() -> None:
    days = [date(2026, 11, 20)]
    counts = DayCounts(lambda: days[0])
    assert [counts.add("slow"), counts.add("slow")] == [True, False]
    assert counts.finished_day() == {}
    days[0] = date(2026, 11, 21)
    assert counts.finished_day() == {"slow": 2}
    assert counts.finished_day() == {}
    assert counts.add("slow")


@pytest.mark.usefixtures("own_logging")
def test_the_counts_of_a_day_are_written_when_it_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    days = [date(2026, 11, 20)]
    logger = QuietLogger(Config(), today=lambda: days[0])
    logger.note("too-slow")
    logger.failure("request-failed", InvalidHeader(MARKER))
    logger.access(None, None, None, None)
    logger.end_of_day()
    assert capsys.readouterr().err == ""
    days[0] = date(2026, 11, 21)
    logger.end_of_day()
    assert capsys.readouterr().err == (
        "info: yesterday: request-failed: InvalidHeader, 1 times\ninfo: yesterday: too-slow, 1 times\n"
    )


def test_an_exception_is_told_by_its_kinds_however_long_the_chain() -> None:
    error = ValueError(MARKER)
    for _ in range(9):
        error.__cause__, error = None, ValueError(MARKER)
        error.__context__ = OSError(MARKER)
    assert kind_and_places(error) == "ValueError from OSError"


@pytest.mark.usefixtures("own_logging")
def test_the_same_warning_is_written_once_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    days = [date(2026, 11, 20)]
    logger = QuietLogger(Config(), today=lambda: days[0])
    for day in (20, 20, 21):
        days[0] = date(2026, 11, day)
        logging.getLogger("khomo.store").warning("nearly full")
    logger.end_of_day()
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["warning: nearly full"] * 2 + ["info: yesterday: warning: nearly full, 3 times"]


def test_our_own_records_keep_their_words() -> None:
    record = logging.LogRecord("khomo.store", logging.WARNING, "x.py", 1, "%d days", (14,), None)
    assert QuietFormatter().format(record) == "warning: 14 days"


def test_what_python_prints_about_exceptions_is_quiet_too() -> None:
    script = f"""
import sys, threading, warnings
from intake.server.quiet_log import silence
silence()
warnings.warn("{MARKER}")
class Bad:
    def __del__(self): raise ValueError("{MARKER}")
Bad()
thread = threading.Thread(target=lambda: int("{MARKER}")); thread.start(); thread.join()
raise RuntimeError("{MARKER}")
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert MARKER not in ended.stderr + ended.stdout
    for expected in ("UserWarning", "unraisable: ValueError", "thread: ValueError", "stopped by: RuntimeError"):
        assert expected in ended.stderr
