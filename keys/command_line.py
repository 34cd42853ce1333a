"""What the four programs share on the command line: exit codes, ``--json``, how an answer is printed for a script."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for scripts.")


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


def say_json(value: object) -> None:
    """Print one line of printable ASCII: nothing in it moves a cursor or turns a line. Days and paths become texts."""
    click.echo(json.dumps(value, ensure_ascii=True, default=_plain).replace("\x7f", "\\u007f"))


def _plain(value: object) -> str:
    if isinstance(value, date | Path):
        return str(value)
    raise TypeError(type(value).__name__)
