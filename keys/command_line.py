"""What the four programs share on the command line: ``--json``, and how an answer is printed for a script."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for scripts.")


def say_json(value: object) -> None:
    """Print one line of printable ASCII: nothing in it moves a cursor or turns a line. Days and paths become texts."""
    click.echo(json.dumps(value, ensure_ascii=True, default=_plain).replace("\x7f", "\\u007f"))


def _plain(value: object) -> str:
    if isinstance(value, date | Path):
        return str(value)
    raise TypeError(type(value).__name__)
