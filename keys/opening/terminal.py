"""What khomo-keys asks and says on a terminal. Questions go to stderr, so that stdout stays what was asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from keys.opening.errors import OpeningError
from keys.opening.key_files import read_key_file
from keys.opening.passphrases import (
    HOLDERS,
    ON_PAPER,
    Passphrases,
    check_passphrase,
    draw_passphrase,
    one_passphrase,
    readings,
)
from keys.sealing.display import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from keys.sealing.key_file import KeyFile

_WHAT = {
    "root": "the root key (signs everything; is carried away)",
    "archive": "the archive key (opens closed epochs; is carried away)",
    "desk": "the keys of the desk (needed once, when its vault is made)",
    "spare": "the keys of the spare desk (for the day after a raid)",
}
_WHAT_REVIEWER = "the signing key of reviewer {name} ({name} types it; nobody else looks)"


def say(text: str) -> None:
    """Print an answer, with nothing in it that a terminal obeys."""
    click.echo(harmless(text).rstrip("\n"))


def progress_bar(length: int, label: str) -> Any:
    """Return click's bar for stderr; nothing of it is printed where no terminal is."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


def read_text(path: Path) -> str:
    """Read a small text file; raises OpeningError for what is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise OpeningError(f"{path} is not a text file.", "Choose another file.") from None


def ceremony_passphrases(file: Path | None, reviewers: Sequence[str], *, split: bool) -> Passphrases:
    """Take all passphrases from a file, or ask for each; where root and archive are split they have none."""
    if file is not None:
        return Passphrases.from_text(read_text(file), reviewers)
    return ask_passphrases([holder for holder in HOLDERS if not (split and holder in ON_PAPER)], reviewers)


def ask_passphrases(holders: Iterable[str], reviewers: Iterable[str]) -> Passphrases:
    """Ask for the passphrases of these; the others' stay empty."""
    asked = {holder: ask_new(_WHAT[holder]) for holder in holders}
    signers = {name: ask_new(_WHAT_REVIEWER.format(name=name)) for name in reviewers}
    return Passphrases(**(dict.fromkeys(HOLDERS, "") | asked), reviewers=signers)


def passphrase_from(file: Path) -> str:
    """Read a file with a single passphrase, for scripts; raises OpeningError for more or fewer lines."""
    return one_passphrase(read_text(file))


def new_passphrase(what: str, file: Path | None) -> str:
    """Take a passphrase for a new file from a file with one line, or ask for it."""
    return ask_new(what) if file is None else check_passphrase(passphrase_from(file))


def ask_new(what: str) -> str:
    """Ask for a new passphrase until it is good and was typed twice; an empty answer draws one."""
    while True:
        typed = _ask_hidden(f"Passphrase for {what} [Enter: draw one]", default="")
        if not typed:
            return _draw()
        try:
            check_passphrase(typed)
        except OpeningError as error:
            click.echo(str(error), err=True)
            continue
        if _ask_hidden("The same again") == typed:
            return typed
        click.echo("The two are not the same.", err=True)


def _draw() -> str:
    """Show a drawn passphrase until it was typed back from paper."""
    drawn = draw_passphrase()
    click.echo(f"\nWrite these words down, on paper only:\n\n    {drawn}\n", err=True)
    while drawn not in readings(_ask_hidden("Type them from your paper")):
        click.echo("These are other words. Look at your paper again.", err=True)
    click.clear()
    return drawn


def _ask_hidden(question: str, default: str | None = None) -> str:
    answer: str = click.prompt(question, hide_input=True, default=default, show_default=False, err=True)
    return answer


def open_key_file(path: Path, passphrase: str | None) -> KeyFile:
    """Open a key file with a passphrase that was given, or that is asked for."""
    return read_key_file(path, _ask_hidden(f"Passphrase of {path}") if passphrase is None else passphrase)
