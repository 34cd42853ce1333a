"""What is said before and after an act about sheets: what it makes, what it makes unreadable, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from keys.opening.shares.split_keys import SplitKey
from keys.sealing.display import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from keys.opening.shares.drill import Drill
    from keys.opening.shares.slip39 import Scheme

_LOST = {
    SplitKey.ROOT: (
        "Without the root key no new epoch, reviewer, lead, server or courier can be made, and no desk can be declared "
        "lost. The door shuts when the last epoch ends."
    ),
    SplitKey.ARCHIVE: "Without the archive key nobody, ever, opens what was laid away in the archive.",
}
BEFORE_RECOVERY = """\
From the last sheet on this machine holds the whole key: no network, no stranger in the room.
Type the sheets one after the other; what is typed is not shown, unless you asked for it. The first four letters of a
word are enough. An empty line in the middle of a sheet begins it anew; before its first word it stops.
"""
AFTER_RECOVERY = """\
Use the file for what you came for, then destroy it, and every stick that it lay on. The sheets stay good.
All who were in the room know now who holds sheets. If that is too many, make a new split."""


def ask(text: str, question: str = "Go on?", *, yes: bool = False) -> None:
    """Show what an act means, and go on only after a yes."""
    click.echo(harmless(text), err=True)
    if not yes:
        click.confirm(question, abort=True, err=True)


def in_words(scheme: Scheme) -> str:
    """Say how many sheets there are, and how many may be lost."""
    lost = scheme.may_be_lost
    spare = f"{lost} may be lost" if lost else "none may be lost"
    return f"{scheme.sheets} sheets; any {scheme.needed} bring the key back, {spare}"


def before_ceremony(scheme: Scheme) -> str:
    """Say what a ceremony with sheets makes unreadable."""
    gone = scheme.may_be_lost + 1
    return "\n".join(
        [
            f"Root and archive will stand on paper only: {in_words(scheme)}.",
            f"There is no key file of either, and no copy. Once {gone} sheets of a key are lost, it is gone for ever:",
            *(f"- {text}" for text in _LOST.values()),
            f"Whoever brings {scheme.needed} sheets together has the key.",
        ]
    )


def before_split(what: SplitKey, scheme: Scheme) -> str:
    """Say what a later split means."""
    return "\n".join(
        [
            f"The {what} key will stand on {in_words(scheme)}.",
            "Sheets of earlier splits still bring the key back: collect and burn them.",
            f"The key file stays. Once you destroy it and {scheme.may_be_lost + 1} sheets are lost, the key is gone:",
            f"- {_LOST[what]}",
        ]
    )


def after_split(what: SplitKey, path: Path, record: Path) -> str:
    """Say what to do after a split."""
    return "\n".join(
        [
            f"The {what} key is split. The record of it lies in {record}: public, for drills.",
            f"Hold a drill: khomo-keys shares drill {what}.drill.note --record {record}",
            f"If it says yes, destroy {path} and every copy: with it, one person alone still has the whole key.",
        ]
    )


def wrong_sheets(turns: Sequence[int]) -> str:
    """Say which sheets did not belong."""
    listed = ", ".join(map(str, turns))
    return f"Not of this key, or made up: what was typed in turn {listed}. Find out where it comes from."


def before_drill(what: SplitKey, day: date) -> str:
    """Say how a drill goes."""
    return (
        f"A drill with the sheets of the {what} key, made on {day}. Each holder sits here alone and types the words; "
        "nothing of them is kept, or shown unless you asked for it. The first four letters of a word are enough. "
        "An empty line ends the drill."
    )


def drill_result(drill: Drill) -> str:
    """Say who was able, and whether it is enough."""
    record = drill.split.record
    answer = (
        f"No, not yet: {drill.missing} more needed." if drill.missing else f"Yes: {record.needed} sheets are needed."
    )
    return "\n".join(
        [
            f"Drill of {drill.day}, {record.what} key, split of {record.day}:",
            *(f"  {name}" for name in drill.labels),
            f"Could we recover? {answer}",
            "Compare with the paper on which you noted who holds which; a sheet that is not named above may be lost.",
        ]
    )
