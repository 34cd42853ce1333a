"""khomo-keys epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from keys.command_line import json_option, say_json
from keys.opening import options, terminal
from keys.opening.bundle_options import (
    BundleOptions,
    begin_next,
    bundle_option,
    open_bundle,
    passphrase_option,
    root_key_option,
)
from keys.opening.ceremony import DESK_ID
from keys.opening.descriptions import epoch_json
from keys.opening.fingerprints import as_text, of_recipient
from keys.opening.limits import EPOCH_DAYS, LONGEST_EPOCH_DAYS
from keys.opening.renewal import Renewal, renew
from keys.opening.staging import check_empty

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from keys.opening.passphrases import Passphrases


class _Options(BundleOptions):
    desk: str
    begins: date | None
    days: int


@click.group()
def epoch() -> None:
    """Epochs: the keys that reports are sealed to, each for a time.

    \b
    Example:
      khomo-keys epoch new --help
    """  # noqa: D301 - click's own mark for "keep these lines"


@epoch.command()
@click.argument("folder", type=options.FOLDER, metavar="DIR")
@bundle_option
@root_key_option
@click.option("--desk", default=DESK_ID, show_default=True, help="Id of the desk that gets the epoch.")
@click.option(
    "--begins",
    type=options.a_day,
    metavar="YYYY-MM-DD",
    help="First day on the pages; else the day after the last epoch.",
)
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_EPOCH_DAYS),
    default=EPOCH_DAYS,
    show_default=True,
    help="How long the pages use the epoch.",
)
@passphrase_option
@options.day_option
@options.work_factor_option
@json_option
def new(folder: Path, **given: Unpack[_Options]) -> None:
    """Make a desk's next epoch, and the public bundle anew, in DIR, a new or empty folder.

    The new bundle has the next serial. Carry the key file to the desk, the bundle to the desk and to the server.

    \b
    Example:
      khomo-keys epoch new next --bundle public-bundle.note --root-key take-away/root.key.age
    """  # noqa: D301 - click's own mark for "keep these lines"
    check_empty(folder)
    bundle, root, scripted = open_bundle(given)
    passphrase = _passphrase(scripted, spare=bundle.desk(given["desk"]).spare)
    renewal = Renewal(given["desk"], given["day"], given["begins"], given["days"], given["log_n"])
    renewed, made = renew(bundle, root, renewal, passphrase, folder)
    if given["as_json"]:
        say_json({"folder": str(folder), "serial": renewed.serial, "epoch": epoch_json(made)})
        return
    terminal.say(
        f"Epoch {made.id} is on the pages from {made.not_before} to {made.not_after}.\n"
        f"Its key file and public bundle number {renewed.serial} lie in {folder}.\n"
        + as_text([of_recipient(f"epoch {made.id}", made.recipient)])
        + f"\n{begin_next(renewed)}"
    )


def _passphrase(scripted: Passphrases | None, *, spare: bool) -> str:
    if scripted is None:
        return terminal.ask_new("the new epoch's key file")
    return scripted.spare if spare else scripted.desk
