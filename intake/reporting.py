"""How commands report: sentences for a person, one JSON object for a script, a progress bar on a terminal."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed import DataclassInstance

json_option = click.option("as_json", "--json", is_flag=True, help="Print one JSON object instead of sentences.")


def say(result: DataclassInstance, sentences: Iterable[str], *, as_json: bool) -> None:
    """Print what happened, for a script or for a person."""
    if as_json:
        click.echo(json.dumps(asdict(result), default=_plain, sort_keys=True))
        return
    for sentence in sentences:
        click.echo(sentence)


def _plain(value: object) -> object:
    if isinstance(value, date | Path):
        return str(value)
    raise TypeError(type(value).__name__)


class Stages:
    """Shows one progress bar after the other, on a terminal only; use as a context manager and call it.

    Args:
        shown: False for ``--json``.
        labels: what to show for a stage.
    """

    def __init__(self, labels: Mapping[str, str], *, shown: bool) -> None:
        self._labels = labels
        self._shown = shown and sys.stderr.isatty()
        self._stage = ""
        self._done = 0
        self._bars = ExitStack()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self._bars.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that a stage has come so far."""
        if not self._shown:
            return
        if stage != self._stage:
            self._bars.close()
            self._stage, self._done = stage, 0
            bar: Any = click.progressbar(length=total, label=self._labels[stage], file=sys.stderr)
            self._bar = self._bars.enter_context(bar)
        self._bar.update(done - self._done)
        self._done = done
