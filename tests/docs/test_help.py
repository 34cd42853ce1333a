"""``--help`` of every command says how it is used, and what it says can be typed."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from tests.docs import typed

COMMANDS = dict(typed.every_command())


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_with_an_example(words: str) -> None:
    program, *rest = words.split()
    done = CliRunner().invoke(typed.PROGRAMS[program], [*rest, "--help"])
    assert done.exit_code == 0, done.output
    assert any(line.startswith(words) for line in typed.example_lines(COMMANDS[words])), done.output


@pytest.mark.parametrize("words", COMMANDS)
def test_every_example_can_be_typed_as_it_stands(words: str) -> None:
    for line in typed.example_lines(COMMANDS[words]):
        typed.parse(line)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_says_what_it_does(words: str) -> None:
    silent = [
        parameter.opts[0]
        for parameter in COMMANDS[words].params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert silent == []
