"""What the four programs share on the command line: exit codes, ``--json``, how an answer is printed.

A line that is wider than the screen is broken here, and what goes on is marked: a screen would break it without, and
words of others that were placed well would stand there as a line of ours.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keys.sealing.display import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

json_option = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for scripts.")


_USUAL = 80
"""Columns of a screen that does not say how many it has."""

_FAILED = ("1 refused or failed, stderr says why and what to do", "2 the command line is wrong")


def exit_codes(*more: str, done: str = "done") -> str:
    """Return the end of a help text: the three codes that every command has, and ``more`` of one or a program."""
    return f"Exit codes: {'; '.join((f'0 {done}', *_FAILED, *more))}."


def end_with_exit_codes(command: click.Command) -> None:
    """Let the help of all commands below end as that of their group does, but where a command says its own codes."""
    for child in command.commands.values() if isinstance(command, click.Group) else ():
        child.epilog = child.epilog or command.epilog
        end_with_exit_codes(child)


def not_installed(program: str, missing: ModuleNotFoundError) -> str:
    """Say that a program lies on a machine that it is not for; nothing of Python's own report."""
    return (
        f"Error: {program} is not installed on this machine: {missing.name} is missing. "
        "Use it where its guide installs it, or install the packages of its lock file there."
    )


def screen_columns(*, pager: bool = True) -> int | None:
    """How wide the screen is that shows the answer, or a pager through which it goes; None where there is neither."""
    for stream in (sys.stdout, sys.stderr, sys.stdin)[: None if pager else 1]:
        try:
            return os.get_terminal_size(stream.fileno()).columns or _USUAL
        except (OSError, ValueError, AttributeError):
            continue
    return None


def for_screen(text: str, *, is_value: bool = False) -> Iterator[str]:
    """Give the lines of a text as they fit on the screen, if there is one.

    ``is_value``: it is a path, or a signed text, that may go into a file or another program as it is.
    """
    columns = screen_columns(pager=not is_value)
    for line in text.split("\n"):
        yield from (line,) if columns is None else folded(line, columns)


def say_json(value: object) -> None:
    """Print one line of printable ASCII: nothing in it moves a cursor or turns a line. Days and paths become texts."""
    click.echo(json.dumps(value, ensure_ascii=True, default=_plain).replace("\x7f", "\\u007f"))


def _plain(value: object) -> str:
    if isinstance(value, date | Path):
        return str(value)
    raise TypeError(type(value).__name__)
