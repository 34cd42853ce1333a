"""Who waits for a measurement sees what is measured and for how long."""

from __future__ import annotations

import io
import threading

import pytest

from bench import progress
from bench.progress import Progress, clock_text


class Terminal(io.StringIO):
    """Notices when the line tells of seven seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if text.startswith("\r") and "0:07" in text:
            self.changed.set()
        return super().write(text)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (9.99, "0:09"), (61, "1:01"), (3725, "62:05")])
def test_time_is_told_in_minutes_and_seconds(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_a_log_has_a_line_when_a_subject_begins_and_one_when_it_ends() -> None:
    out, clock = io.StringIO(), Clock()
    told = Progress(out, 2, clock)
    with told.subject("pages"):
        clock.now += 65
    with told.subject("desk"):
        clock.now += 5
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert lines == [
        "1 of 2 pages …",
        "1 of 2 pages 1:05, in all 1:05",
        "2 of 2 desk …",
        "2 of 2 desk 0:05, in all 1:10",
    ]
    assert "\r" not in out.getvalue()


def test_on_a_terminal_one_line_changes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "TICK_SECONDS", 0.01)
    out, clock = Terminal(), Clock()
    with Progress(out, 1, clock).subject("pages"):
        clock.now += 7
        assert out.changed.wait(30)
    first, *later = out.getvalue().split("\r")
    assert "pages" in first
    assert "0:07" in later[-1]
    assert "\n" not in "".join([first, *later[:-1]])
    assert later[-1].endswith("\n")


def test_a_subject_that_fails_ends_its_line_too() -> None:
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Progress(out, 1, Clock()).subject("pages"):
        raise ZeroDivisionError
    assert len(out.getvalue().splitlines()) == 2
