"""What all four programs share: how they end when the system refuses something."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

import caselog.commands
import caselog.program
import intake.commands
import intake.program
import keys.opening.commands
import reviewer.commands
import reviewer.program
from intake.command_line import told

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAMS = {
    "khomo-intake": intake.commands.main,
    "khomo-keys": keys.opening.commands.main,
    "khomo-reviewer": reviewer.commands.main,
    "khomo-caselog": caselog.commands.main,
}


def fail_with(program: str, error: OSError) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return told(fail) if program == "khomo-intake" else fail  # the others tell it for all their commands


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_the_system_refuses_is_told_in_words(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = fail_with(program, OSError(errno.EROFS, "Read-only file system", "/media/stick/a"))
    monkeypatch.setitem(PROGRAMS[program].commands, "refused", click.Command("refused", callback=refused))
    result = CliRunner().invoke(PROGRAMS[program], ["refused"])
    assert result.exit_code == 1
    assert "/media/stick/a lies on a medium that is read-only. Release its write protection" in result.stderr
    assert "Errno" not in result.output


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_reader_that_has_gone_ends_a_program_without_a_word(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = fail_with(program, BrokenPipeError(errno.EPIPE, "Broken pipe"))
    monkeypatch.setitem(PROGRAMS[program].commands, "gone", click.Command("gone", callback=gone))
    result = CliRunner().invoke(PROGRAMS[program], ["gone"])
    assert (result.exit_code, result.output) == (1, "")


@pytest.mark.parametrize("package", [caselog, intake, reviewer], ids=lambda package: package.__name__)
def test_a_program_on_a_machine_that_is_not_its_own_says_so(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = package.__name__
    monkeypatch.setattr(sys, "argv", [f"khomo-{name}", "--version"])
    with pytest.raises(SystemExit) as ended:
        package.program.main()
    assert ended.value.code == 0
    monkeypatch.setitem(sys.modules, f"{name}.commands", None)
    with pytest.raises(SystemExit, match=f"khomo-{name} is not installed on this machine: {name}.commands is missing"):
        package.program.main()


def test_what_reaches_tor_is_missed_before_anybody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_socks", None)
    papers = ("--root", __file__, "--bundle", __file__)
    result = CliRunner().invoke(reviewer.commands.main, ["verify-page", "a.onion", *papers])
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "Error: What reaches Tor is not installed here. Install the packages of requirements"
    )
