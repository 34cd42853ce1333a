"""khomo-reviewer name: two people open a name that is kept apart."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - click reads the annotations

import click

from keys.opening.key_files import read_key_file
from reviewer import name_words
from reviewer.source_names import kept_apart, open_names, reason
from reviewer.terminal import FILE, read_passphrase, say, with_vault
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations


@click.command("name")
@click.argument("case", type=int)
@click.option("--spare-key", type=FILE, required=True, help="An epoch's key file of the spare desk.")
@click.option("--spare-passphrase-file", type=FILE, help="A file with its passphrase, instead of asking.")
@click.option("--reason", "why", help="Why, for the case's history. It asks if you say nothing.")
@with_vault
def name_command(
    vault: Vault, *, case: int, spare_key: Path, spare_passphrase_file: Path | None, why: str | None
) -> None:
    """Show the name of CASE that its source wanted kept apart: two people do it together.

    You unlock the vault. The second person brings the spare desk's key file and types its passphrase. The name is shown
    once and kept nowhere; who opened it, on which day and why stands in the case's history.

    \b
    Example:
      khomo-reviewer name 17 --spare-key /media/spare/epoch-spare-2026-11-20-9c1e.key.age
    """  # noqa: D301
    with vault.look() as rows:
        kept_apart(rows, case)
    said = reason(click.prompt(name_words.ASK_WHY, err=True) if why is None else why)
    key = read_key_file(spare_key, read_passphrase(spare_passphrase_file, name_words.ASK_SPARE))
    say(name_words.opened(open_names(vault, case, key, said)))
