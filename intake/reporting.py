"""How commands report: sentences for a person, one JSON object for a script, a progress bar on a terminal."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

import click

from keys.command_line import say_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed import DataclassInstance


def say(result: DataclassInstance, sentences: Iterable[str], *, as_json: bool) -> None:
    """Print what happened, for a script or for a person."""
    if as_json:
        say_json(asdict(result))
        return
    for sentence in sentences:
        click.echo(sentence)


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
