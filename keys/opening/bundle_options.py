"""What every command that signs the public bundle anew asks for: the bundle in use, and the root key with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import click

from keys.opening import options, terminal
from keys.opening.passphrases import Passphrases
from keys.sealing.papers import read_public_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import PublicBundle

bundle_option = click.option("--bundle", type=options.FILE, required=True, help="The public bundle in use.")

root_key_option = click.option("--root-key", type=options.FILE, required=True, help="root.key.age, from its keeper.")

passphrase_option = click.option(
    "--passphrase-file",
    type=options.FILE,
    help="A file with the passphrases, as for the ceremony: root's, desk's or spare's, and new reviewers'.",
)


class BundleOptions(TypedDict):
    """Options that all of these commands have."""

    bundle: Path
    root_key: Path
    day: date
    log_n: int
    passphrase_file: Path | None
    as_json: bool


def open_bundle(
    given: BundleOptions, reviewers: Iterable[str] = ()
) -> tuple[PublicBundle, SigningKey, Passphrases | None]:
    """Open the root key, check the bundle with it; return both, with the passphrases if a file gave them.

    Args:
        given: what was typed.
        reviewers: names of those who get a key file: a file of passphrases must have theirs.
    """
    file = given["passphrase_file"]
    scripted = None if file is None else Passphrases.from_text(terminal.read_text(file), reviewers)
    root = terminal.open_key_file(given["root_key"], None if scripted is None else scripted.root).signing_key()
    return read_public_bundle(given["bundle"], root.verify_key), root, scripted


def begin_next(bundle: PublicBundle) -> str:
    """Say what keeps the next change from beginning with the bundle before."""
    return (
        f"Put public bundle number {bundle.serial} in the place of the one before, at the keeper of the root key too:\n"
        "the next change begins with it, in another folder. Carry it to each desk, server and courier."
    )
