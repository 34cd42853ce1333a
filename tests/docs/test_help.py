"""``--help`` of every command says how it is used, and what it says can be typed."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from caselog.errors import CaseLogError
from reviewer.errors import ReviewerError
from tests.docs import typed

COMMANDS = dict(typed.every_command())


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_with_an_example(words: str) -> None:
    program, *rest = words.split()
    done = CliRunner().invoke(typed.PROGRAMS[program], [*rest, "--help"])
    assert done.exit_code == 0, done.output
    assert any(line.startswith(words) for line in typed.example_lines(COMMANDS[words])), done.output
    assert re.search(r"^  Example[^\n]*:\n    \S", done.output, re.MULTILINE), (
        "the lines of an example stand below the word"
    )


def test_the_help_of_a_program_has_every_exit_code_that_one_of_its_commands_has() -> None:
    numbers: dict[str, set[str]] = {}
    for words, command in COMMANDS.items():
        numbers.setdefault(words.split()[0], set()).update(re.findall(r"[:;] (\d) ", command.epilog or ""))
    for program, found in numbers.items():
        assert found <= set(re.findall(r"[:;] (\d) ", typed.PROGRAMS[program].epilog or "")), program


@pytest.mark.parametrize("words", COMMANDS)
def test_every_example_can_be_typed_as_it_stands(words: str) -> None:
    for line in typed.example_lines(COMMANDS[words]):
        typed.parse(line)


COMMON = "; 1 refused or failed, stderr says why and what to do; 2 the command line is wrong"


@pytest.mark.parametrize("words", COMMANDS)
def test_every_help_ends_with_the_exit_codes_in_one_wording(words: str) -> None:
    program, *rest = words.split()
    text = " ".join(CliRunner().invoke(typed.PROGRAMS[program], [*rest, "--help"]).output.split())
    body, _, codes = text.partition("Exit codes: ")
    assert "xit code" not in codes
    assert re.fullmatch(rf"0 [^;]+{COMMON}(; \d [^;]+)*\.", codes), codes
    numbers = re.findall(r"(?:^|; )(\d) ", codes)
    assert numbers == sorted(set(numbers))
    assert set(re.findall(r"[Ee]xit code (?:is )?(\d)", body)) <= set(numbers)


@pytest.mark.parametrize(("program", "errors"), [("khomo-reviewer", ReviewerError), ("khomo-caselog", CaseLogError)])
def test_every_exit_code_of_a_program_s_errors_is_in_its_help(
    program: str, errors: type[ReviewerError | CaseLogError]
) -> None:
    codes = {one.exit_code for one in (errors, *errors.__subclasses__())}
    assert len(codes) > 3
    said = typed.PROGRAMS[program].epilog or ""
    assert codes <= set(map(int, re.findall(r"[:;] (\d) ", said)))


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_says_what_it_does(words: str) -> None:
    silent = [
        parameter.opts[0]
        for parameter in COMMANDS[words].params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert silent == []
