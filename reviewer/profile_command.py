"""khomo-reviewer profile: which rules set the clocks, and from which severity on leads read who is accused."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - click reads the annotations

import click

from keys.command_line import json_option, say_json
from reviewer import limits, triage_words
from reviewer.clocks import choose_profile, profile
from reviewer.people import NEVER, accused_from, choose_accused_from
from reviewer.profiles import BUILT_IN, read_profile
from reviewer.terminal import FILE, say, with_vault
from reviewer.values import Severity
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations

_FROM = click.Choice([*(severity.word for severity in Severity), NEVER])


@click.command("profile")
@click.argument("name", required=False, type=click.Choice(list(BUILT_IN)))
@click.option("--file", type=FILE, help="A profile of your own instead of NAME.")
@click.option("--accused-from", "accused", type=_FROM, help="From which severity on leads read who is accused.")
@json_option
@with_vault
def profile_command(vault: Vault, *, name: str | None, file: Path | None, accused: str | None, as_json: bool) -> None:
    """Show by when sources must hear from this desk, and who lays that down; with NAME or --file, choose that.

    A file of your own names the source of each rule; a clock that it leaves out does not run:

    \b
      version = 1
      name = "our statute"
      acknowledge = { days = 5, source = "Our statute, section 4" }
      feedback = { months = 2, source = "Our statute, section 5" }

    \b
    Example:
      khomo-reviewer profile
      khomo-reviewer profile none
      khomo-reviewer profile --file statute.toml
      khomo-reviewer profile --accused-from danger
    """  # noqa: D301
    if name is not None and file is not None:
        raise click.UsageError(triage_words.ONE_PROFILE)
    chosen = BUILT_IN[name] if name is not None else None
    if file is not None:
        with file.open("rb") as source:
            chosen = read_profile(source.read(limits.PROFILE_BYTES + 1))
    with vault.change() as change:
        if chosen is not None:
            choose_profile(change, chosen)
        if accused is not None:
            choose_accused_from(change, None if accused == NEVER else Severity.parse(accused))
        found, lowest = profile(change.rows), accused_from(change.rows)
        severity = None if lowest is None else lowest.word
    if as_json:
        say_json(asdict(found) | {"accused_from": severity or NEVER})
        return
    say([*triage_words.profile(found), triage_words.accused_from(severity)])
    if chosen is not None:
        say([triage_words.PROFILE_CHOSEN])
