"""What the commands about sheets ask and say on a terminal, on stderr: stdout stays what was asked for.

Rules:
1. Typing is hidden unless the person asks to see it; after each sheet the screen is cleared, lines scrolled away too.
2. Nothing is made for good before as many sheets as bring the key back were read back from paper, by their holders.
3. An empty line in the middle of a sheet begins it anew; before its first word it ends the turn.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from keys.opening.errors import OpeningError
from keys.opening.shares.drill import Drill
from keys.opening.shares.errors import ShareError
from keys.opening.shares.gathering import Gathering, Recovered, Wanted
from keys.opening.shares.print_folder import printed_from_memory, write_pages
from keys.opening.shares.proofs import label
from keys.opening.shares.slip39 import WORDS
from keys.opening.shares.swap import swapping
from keys.opening.shares.typed_words import TypedWords
from keys.opening.staging import staged_folder
from keys.sealing.display import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from keys.opening.shares.drill import Split
    from keys.opening.shares.slip39 import Share
    from keys.opening.shares.splitting import NewSplit

_PRINT = """\
The sheets lie in memory only, until this command ends:
    {folder}
Print each on a page of its own, with a printer on a cable, or copy them by hand onto empty ones:
    lp {folder}/*.txt
Give each holder one sheet of each key. The page “roll” goes to somebody who holds none, or into the fire.
"""
_CLEAR = "\x1b[2J\x1b[3J\x1b[1;1H"
"""Erase the display, the lines scrolled away (xterm and those that follow it), and go to the first line."""
_SWAP = """\
Careful: this machine may write its memory to its disk (swap), and what you type with it. Ctrl-C, then: swapoff -a
"""
_READ_BACK = """
Now each holder reads back a sheet of the {what} key, alone at the screen: {needed} at least, better all.
What is typed is not shown, unless you asked for it. The first four letters of a word are enough.
Words that are wrong on paper are found now, or never.
"""


@dataclass(frozen=True, slots=True)
class HandOut:
    """How new sheets get onto paper.

    Args:
        print_to: a new folder, for another machine with a printer; None: from memory, and read back at once.
        visible: whether typing is shown.
    """

    print_to: Path | None = None
    visible: bool = False

    def __call__(self, splits: Sequence[NewSplit]) -> None:
        """Give the sheets out; raises OpeningError or ``click.Abort`` where that did not end well."""
        pages = {name: text for new in splits for name, text in new.pages.items()}
        if self.print_to is not None:
            with staged_folder(self.print_to) as staging:
                write_pages(staging, pages)
            return
        warn_of_swap()
        with printed_from_memory(pages) as folder:
            tell(_PRINT.format(folder=folder))
            for new in splits:
                _read_back(new, folder, visible=self.visible)


def tell(text: str) -> None:
    """Say something beside the answer."""
    click.echo(harmless(text), err=True)


def clear_screen() -> None:
    """Clear the screen and what has scrolled away from it, also where the answer goes to a file."""
    if sys.stderr.isatty():
        click.echo(_CLEAR, nl=False, err=True)


def warn_of_swap() -> None:
    """Say so where words in memory may end on the disk."""
    if swapping():
        tell(_SWAP)


def print_one(name: str, text: str) -> None:
    """Let one page be printed from memory."""
    warn_of_swap()
    with printed_from_memory({name: text}) as folder:
        tell(f"The sheet lies in memory only, until this command ends. Print it:\n    lp {folder / name}")
        click.prompt("Press Enter once it is printed", default="", show_default=False, err=True)


def read_share(*, visible: bool) -> Share | None:
    """Ask for the words of one sheet until they are a share; None where the holder types nothing."""
    typed = TypedWords()
    while True:
        line: str = click.prompt(
            f"Words {typed.next_place} to {WORDS}", default="", show_default=False, hide_input=not visible, err=True
        )
        if not line.strip():
            if typed == TypedWords():
                return None
            typed = TypedWords()
            tell("From the first word, then.")
            continue
        typed, wrong = typed.and_line(line)
        if wrong is not None:
            tell(str(wrong))
        elif typed.complete:
            clear_screen()
            try:
                return typed.share()
            except ShareError as error:
                tell(str(error))
            typed = TypedWords()


def shown_sheets(split: Split, drill: Drill | None, day: date, *, visible: bool, hint: str = "") -> Iterator[Drill]:
    """Yield the drill after each sheet that was shown, until the next holder types nothing.

    ``hint`` is said again after each, as the screen was cleared.
    """
    while (share := read_share(visible=visible)) is not None:
        try:
            drill = Drill.begun(split, day, share) if drill is None else drill.and_share(share)
        except ShareError as error:
            tell(str(error))
            continue
        name = label(split.record.proof_of(share))
        tell(f"The sheet “{name}” of the {split.record.what} key is good. Sheets shown: {len(drill.able)}.")
        tell(f"The next holder types now; an empty line ends it.{hint}")
        yield drill


def _read_back(new: NewSplit, folder: Path, *, visible: bool) -> None:
    record = new.split.record
    hint = f" What is wrong on paper is printed again from {folder}."
    tell(_READ_BACK.format(what=record.what, needed=record.needed))
    drill: Drill | None = None
    while drill is None or drill.missing:
        for drill in shown_sheets(new.split, drill, record.day, visible=visible, hint=hint):  # noqa: B020 - each goes on from the last
            if len(drill.able) == len(new.sheets):
                return
        if drill is None or drill.missing:
            tell(f"{record.needed} sheets at least have to be read back. Ctrl-C ends this, and nothing is made.")


def gathered(wanted: Wanted, *, visible: bool) -> Recovered:
    """Ask for one sheet after the other until the key is back; raises OpeningError where somebody stops."""
    warn_of_swap()
    gathering = Gathering(wanted)
    while True:
        share = read_share(visible=visible)
        if share is None:
            raise OpeningError("Stopped: the key was not brought back.", "Begin again with all sheets at hand.")
        try:
            gathering = gathering.and_share(share)
            if not gathering.missing:
                return gathering.recovered()
            tell(f"Good. Sheets still missing: {gathering.missing}.")
        except ShareError as error:
            tell(str(error))
