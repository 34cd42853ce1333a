"""What a program prints for a script is one line that no terminal obeys."""

from __future__ import annotations

import io
import json
import os
import pty
import sys
import termios
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from keys.command_line import for_screen, not_installed, say_json, screen_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def test_an_answer_for_a_script_is_one_line_of_printable_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": "صورة\x1b[2J\x7f\u202e\n.jpg", "day": date(2026, 11, 20), "path": Path("a/b")}
    say_json(value)
    printed = capsys.readouterr().out
    assert printed.endswith("\n")
    assert printed[:-1].isascii()
    assert printed[:-1].isprintable()
    assert json.loads(printed) == value | {"day": "2026-11-20", "path": "a/b"}


def test_what_is_no_json_is_not_printed() -> None:
    with pytest.raises(TypeError, match="bytes"):
        say_json({"row": b"\x00"})


def test_a_program_that_is_not_installed_is_told_without_python_s_report() -> None:
    said = not_installed("khomo-intake", ModuleNotFoundError("No module named 'alembic'", name="alembic"))
    assert said.startswith("Error: khomo-intake is not installed on this machine: alembic is missing. Use it where")


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put a screen of so many columns behind some of the three streams, and a file behind the others."""
    with ExitStack() as opened:

        def put(columns: int, *streams: str) -> None:
            for name in ("stdin", "stdout", "stderr"):
                near, far = pty.openpty() if name in streams else os.pipe()
                if name in streams:
                    termios.tcsetwinsize(far, (24, columns))
                opened.callback(os.close, near)
                monkeypatch.setattr(sys, name, opened.enter_context(os.fdopen(far, "w")))

        yield put
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("streams", "columns", "of_a_value"),
    [
        (("stdin", "stdout", "stderr"), 100, 100),
        (("stdin", "stderr"), 100, None),
        (("stdin",), 100, None),
        ((), None, None),
    ],
)
def test_a_line_is_broken_for_whoever_sits_there_through_a_pager_too_and_for_no_script(
    screen: Callable[..., None], streams: tuple[str, ...], columns: int | None, of_a_value: int | None
) -> None:
    screen(100, *streams)
    assert (screen_columns(), screen_columns(pager=False)) == (columns, of_a_value)
    long = "x" * 150
    assert len(list(for_screen(f"{long}\nshort"))) == (2 if columns is None else 3)
    assert len(list(for_screen(long, is_value=True))) == (1 if of_a_value is None else 2)


def test_a_screen_that_does_not_say_how_wide_it_is_has_eighty_columns(screen: Callable[..., None]) -> None:
    screen(0, "stdout")
    assert screen_columns() == 80


def test_streams_that_are_no_files_are_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None if name == "stdin" else io.StringIO())
    assert screen_columns() is None
