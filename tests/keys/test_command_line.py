"""What a program prints for a script is one line that no terminal obeys."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from keys.command_line import not_installed, say_json


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
