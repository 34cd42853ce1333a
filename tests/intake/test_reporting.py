from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from intake.reporting import Stages, say


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Result:
    path: Path
    day: date


def test_people_get_sentences_and_scripts_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(Path("x"), date(2026, 11, 20))
    say(result, ["One.", "Two."], as_json=False)
    assert capsys.readouterr().out == "One.\nTwo.\n"
    say(result, [], as_json=True)
    assert capsys.readouterr().out == '{"path": "x", "day": "2026-11-20"}\n'


def test_what_json_cannot_hold_is_an_error() -> None:
    with pytest.raises(TypeError):
        say(Result(object(), date(2026, 11, 20)), [], as_json=True)  # type: ignore[arg-type]


def test_each_stage_has_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Stages({"one": "First", "two": "Second"}, shown=True) as progress:
        for done in (5, 10):
            progress("one", done, 10)
        progress("two", 1, 1)
    told = terminal.getvalue()
    assert "First" in told
    assert "Second" in told
    assert told.count("100%") >= 2


@pytest.mark.parametrize(("terminal", "shown"), [(io.StringIO(), True), (Terminal(), False)])
def test_without_a_terminal_or_for_scripts_there_is_no_bar(
    monkeypatch: pytest.MonkeyPatch, terminal: io.StringIO, *, shown: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    with Stages({"one": "First"}, shown=shown) as progress:
        progress("one", 1, 2)
    assert not terminal.getvalue()
