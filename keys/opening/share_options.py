"""Options that the commands about sheets share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import click

from keys.opening import options, terminal
from keys.opening.errors import OpeningError
from keys.opening.shares.drill import Split
from keys.opening.shares.slip39 import Scheme
from keys.sealing.notes import VerifyKey

if TYPE_CHECKING:
    from pathlib import Path

ROOT_FILE = "root.pub"
"""Beside the record, after the ceremony."""
NO_SHARES: Final = "none"
DEFAULT = "3/5"
"""Two holders may be away or lose a sheet, and two who want to cannot."""


_ASK_SCHEME = """\
Root and archive are needed seldom, and whoever has them has everything. They can stand on paper only: N sheets for N
people, any K of whom bring a key back, and nobody alone. Or "none": two sealed key files, for one keeper each.
"""


def a_scheme(text: str) -> Scheme:
    """Read K/N."""
    try:
        return Scheme.parse(text)
    except OpeningError as error:
        raise click.BadParameter(str(error)) from None


def a_ceremony_scheme(text: str) -> Scheme | Literal["none"]:
    """Read K/N, or that nothing is split."""
    return NO_SHARES if text == NO_SHARES else a_scheme(text)


def ask_scheme() -> Scheme | Literal["none"]:
    """Ask how root and archive are kept, with a default."""
    click.echo(_ASK_SCHEME, err=True)
    chosen: Scheme | Literal["none"] = click.prompt(
        "K/N or none", default=DEFAULT, value_proc=a_ceremony_scheme, err=True
    )
    return chosen


record_option = click.option("--record", type=options.FILE, required=True, help="The record of the split.")
root_option = click.option(
    "--root", type=options.FILE, help="The root key's public half; else root.pub beside the record."
)
visible_option = click.option("--visible", is_flag=True, help="Show what is typed; only where nobody else can look.")
print_option = click.option(
    "--print-to",
    type=options.FOLDER,
    help="Write the pages into a new folder, to print elsewhere. Whoever has the folder has the key: burn the stick.",
)
yes_option = click.option("--yes", is_flag=True, help="For scripts: do not ask, everybody knows what it means.")


def read_split(record: Path, root: Path | None) -> Split:
    """Read the record of a split, checked with the root key that was named, or that lies beside it."""
    root = record.with_name(ROOT_FILE) if root is None else root
    if not root.exists():
        raise OpeningError(f"{root} is not there.", "Name the root key's public half with --root.")
    return Split.from_note(record.read_bytes(), VerifyKey.parse(terminal.read_text(root).strip()))
