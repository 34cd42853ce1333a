"""What people are told to type: found in pages and in ``--help`` texts, and read by click's own parsers."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click

from caselog.commands import main as caselog
from intake.commands import main as intake
from keys.opening.commands import main as keys
from reviewer.commands import main as reviewer

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS: dict[str, click.Command] = {
    "khomo-intake": intake,
    "khomo-keys": keys,
    "khomo-reviewer": reviewer,
    "khomo-caselog": caselog,
}
_FENCED = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_CONTINUED = re.compile(r"\\\n\s*")
_SHELL = ("|", ">", "&&", ";")


def fenced_lines(page: str) -> list[str]:
    """Return each line that stands in a fenced block, with its continuation."""
    blocks = (_CONTINUED.sub("", block) for block in _FENCED.findall(page))
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def inline_code(page: str) -> list[str]:
    """Return what stands in a sentence as code."""
    return _INLINE.findall(_FENCED.sub("", page))


def example_lines(command: click.Command) -> list[str]:
    """Return the lines of a command's help that begin with one of our programs."""
    text = _CONTINUED.sub("", command.help or "")
    text = re.sub(r"^\s*Example[^:\n]*: ", "", text, flags=re.MULTILINE)
    return [line.strip() for line in text.splitlines() if line.strip().startswith(tuple(PROGRAMS))]


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Yield each command of the four programs with the words that call it."""
    for name, program in PROGRAMS.items():
        yield from _below(name, program)


def _below(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _below(f"{words} {name}", child)


def parse(line: str) -> None:
    """Read ``line`` as click would, without running it.

    Raises:
        click.UsageError: A command or an option that is not there, or an argument too many.
        KeyError: No program of ours.
    """
    words = shlex.split(line, comments=True)
    end = next((index for index, word in enumerate(words) if word in _SHELL), len(words))
    program, *rest = words[:end]
    _parse(PROGRAMS[program], program, rest)


def _parse(command: click.Command, name: str, words: list[str]) -> None:
    context = click.Context(command, info_name=name, **command.context_settings)
    _, rest, _ = command.make_parser(context).parse_args(list(words))
    if not isinstance(command, click.Group):
        if rest:
            raise click.UsageError(f"too many arguments: {rest}", context)
        return
    if rest:
        child = command.get_command(context, rest[0])
        if child is None:
            raise click.UsageError(f"no such command: {rest[0]}", context)
        _parse(child, rest[0], rest[1:])
