"""khomo-keys lead and passphrase: what single people need."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from keys.command_line import json_option, say_json
from keys.opening import options, terminal
from keys.opening.descriptions import card_fingerprints, card_json
from keys.opening.fingerprints import as_text
from keys.opening.leads import CARD_FILE, make_lead
from keys.opening.openpgp import read_openpgp_key
from keys.opening.passphrases import draw_passphrase
from keys.opening.staging import check_empty

if TYPE_CHECKING:
    from pathlib import Path


class _Options(TypedDict):
    openpgp: Path | None
    log_n: int
    passphrase_file: Path | None
    as_json: bool


@click.command()
@click.argument("name")
@click.argument("folder", type=options.FOLDER, metavar="DIR")
@click.option("--openpgp", type=options.FILE, help="Your armored OpenPGP public key, if you open packages with it.")
@click.option("--passphrase-file", type=options.FILE, help="A file with the passphrase, instead of asking.")
@options.work_factor_option
@json_option
def lead(name: str, folder: Path, **given: Unpack[_Options]) -> None:
    """Make a lead's own keys in DIR, a new or empty folder, on the lead's own machine.

    Give lead.txt to the desk, and read the fingerprints to each other over another way. The two key files stay.

    \b
    Example:
      khomo-keys lead amina ~/khomo-lead
    """  # noqa: D301 - click's own mark for "keep these lines"
    check_empty(folder)
    openpgp = "" if given["openpgp"] is None else terminal.read_text(given["openpgp"])
    if openpgp:
        read_openpgp_key(openpgp)
    passphrase_ = terminal.new_passphrase("your two key files", given["passphrase_file"])
    card = make_lead(name, passphrase_, folder, openpgp, given["log_n"])
    if given["as_json"]:
        say_json({"folder": str(folder), **card_json(card)})
    else:
        terminal.say(f"Give {folder / CARD_FILE} to the desk, and compare:\n{as_text(card_fingerprints(card))}")


@click.command()
def passphrase() -> None:
    """Draw a passphrase of eight words (more than 100 bits) and print it.

    \b
    Example:
      khomo-keys passphrase
    """  # noqa: D301 - click's own mark for "keep these lines"
    terminal.say(draw_passphrase())
