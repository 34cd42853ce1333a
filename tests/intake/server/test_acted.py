"""Every limit says that it acted, a number a day; nothing says on whom or when."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from intake.server import heads, limits, worker
from intake.server.acted import DAYS_KEPT, KINDS, ActedLimits, read_acted, told
from intake.source import refusal_pages, text_only
from tests.intake.server.door_client import RunningDoor, get, post, read_answer
from tests.intake.server.test_worker import COLLECTED, bytes_to_the_end, is_closed, pieces_until_closed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

COUNTING = (worker, heads, limits, text_only, refusal_pages)
DAYS = [date(2026, 11, 20), date(2026, 11, 21)]


def test_counts_are_written_when_the_day_is_over_and_not_before(tmp_path: Path) -> None:
    path, today = tmp_path / "acted.json", [DAYS[0]]
    acted = ActedLimits(path, lambda: today[0], 315_532_800)
    for kind in ("too-slow", "too-slow", "malformed", "something else"):
        acted.count(kind)
    acted.end_of_day()
    assert not path.exists()
    today[0] = DAYS[1]
    acted.count("malformed")
    acted.end_of_day()
    assert read_acted(path) == {DAYS[0]: Counter({"too-slow": 2, "malformed": 2})}
    assert (path.stat().st_mtime, path.stat().st_mode & 0o777) == (315_532_800, 0o600)
    assert tmp_path.stat().st_mtime == 315_532_800
    acted.end_of_day()
    assert len(read_acted(path)) == 1


def test_a_stop_keeps_what_the_day_had_so_far_and_a_start_adds_to_it(tmp_path: Path) -> None:
    path = tmp_path / "acted.json"
    for _ in range(2):
        acted = ActedLimits(path, lambda: DAYS[0])
        acted.count("no-slot")
        acted.keep()
        acted.keep()
    assert read_acted(path) == {DAYS[0]: Counter({"no-slot": 2})}


def test_where_nothing_acted_nothing_is_written(tmp_path: Path) -> None:
    acted = ActedLimits(tmp_path / "acted.json", lambda: DAYS[0])
    acted.keep()
    assert list(tmp_path.iterdir()) == []
    nowhere = ActedLimits(None, lambda: DAYS[0])
    nowhere.count("no-slot")
    nowhere.keep()


def test_days_long_past_are_forgotten(tmp_path: Path) -> None:
    path, today = tmp_path / "acted.json", [DAYS[0]]
    for day in (DAYS[0], date(2026, 12, 24), date.fromordinal(DAYS[0].toordinal() + DAYS_KEPT)):
        today[0] = day
        acted = ActedLimits(path, lambda: today[0])
        acted.count("no-slot")
        acted.keep()
    assert list(read_acted(path)) == [date(2026, 12, 24), date.fromordinal(DAYS[0].toordinal() + DAYS_KEPT)]


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"version": 2, "days": {}}', '{"version": 1}', '{"version": 1, "days": {"x": {}}}']
)
def test_a_file_that_cannot_be_read_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "acted.json"
    path.write_text(content)
    assert read_acted(path) == {}
    acted = ActedLimits(path, lambda: DAYS[0])
    acted.count("no-slot")
    acted.keep()
    assert read_acted(path) == {DAYS[0]: Counter({"no-slot": 1})}


def test_counts_are_told_in_words_most_often_first() -> None:
    assert told(Counter({"no-slot": 2, "too-slow": 1200, "malformed": 0})) == [
        "1,200 connections that sent or read too slowly were closed",
        "2 forms were refused because too many were under way",
    ]


def test_kinds_that_nobody_knows_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "acted.json"
    path.write_text(json.dumps({"version": 1, "days": {"2026-11-20": {"no-slot": 1, "strange": 2}}}))
    assert read_acted(path) == {DAYS[0]: Counter({"no-slot": 1})}


@pytest.mark.parametrize("module", COUNTING)
def test_every_kind_that_is_counted_has_words(module: ModuleType) -> None:
    """And every kind with words is counted somewhere (below)."""
    assert counted_in(module) <= set(KINDS)


def test_every_kind_that_has_words_is_counted_somewhere() -> None:
    assert set().union(*(counted_in(module) for module in COUNTING)) == set(KINDS)


def counted_in(module: ModuleType) -> set[str]:
    source = Path(str(module.__file__)).read_text()
    return set(re.findall(r'"([a-z]+(?:-[a-z]+)+|malformed)"', source)) & set(KINDS) | set(
        re.findall(r'note\([^"\n]*"([a-z-]+)"', source)
    )


def test_each_limit_of_the_server_is_counted_and_written_when_it_stops(
    start_door: Callable[..., RunningDoor], run_folder: Path
) -> None:
    door = start_door(anteroom={"head_seconds": 0.5, "head_bytes": 2048, "small_body_bytes": 4096, "connections": 60})
    with door.connect(b"GET / HTTP/1.1\r\n\r\n") as no_circuit:
        read_answer(no_circuit)
    assert door.ask(b"GET / HTTP/1.1\r\nX: " + b"y" * 3000 + b"\r\n\r\n").status == 431
    assert door.ask(b"GET / HTTP/1.1\r\nX y\r\n\r\n").status == 400
    assert is_closed(door.connect(proxy_line()))
    with door.connect(proxy_line() + post("/upload", 100_000) + COLLECTED) as slow:
        pieces_until_closed(slow)
    with door.connect(proxy_line() + post("/early", 10**9) + COLLECTED) as draining:
        assert draining.recv(12)
        draining.sendall(b"and more")
        assert bytes_to_the_end(draining)
    with contextlib.ExitStack() as stack:
        for _ in range(70):
            stack.enter_context(door.connect(proxy_line(7)))
        assert door.ask(get("/page")).status == 200
    door.stop()
    [counts] = read_acted(run_folder / "acted.json").values()
    assert counts["no-circuit-address"] == counts["head-too-large"] == counts["malformed"] == 1
    assert counts["never-complete"] >= 1
    assert counts["too-slow"] >= 1
    assert counts["drained-too-long"] >= 1
    assert counts["too-many-waiting"] >= 10
    assert re.fullmatch(r'[\d\s":,{}a-z-]*', (run_folder / "acted.json").read_text())
