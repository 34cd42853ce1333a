"""khomo-keys ceremony."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

import click

from keys.command_line import json_option, say_json
from keys.opening import options, terminal
from keys.opening.ceremony import SHARES_FOLDER, Ceremony, Plan, hold_ceremony, steps
from keys.opening.descriptions import fingerprints_json
from keys.opening.errors import OpeningError
from keys.opening.fingerprints import as_text
from keys.opening.lead_card import LeadCard
from keys.opening.limits import EPOCH_DAYS, LONGEST_EPOCH_DAYS, SPARE_DAYS
from keys.opening.new_keys import short_name
from keys.opening.share_options import (
    NO_SHARES,
    a_ceremony_scheme,
    ask_scheme,
    print_option,
    visible_option,
    yes_option,
)
from keys.opening.shares import warnings
from keys.opening.shares.dialogs import HandOut
from keys.opening.shares.splitting import NewSplit, Sharing
from keys.opening.staging import check_empty
from keys.sealing.limits import DAYS_WITHOUT_BUNDLE
from keys.sealing.public_bundle import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from keys.opening.shares.slip39 import Scheme


_AWAY = {
    "take-away": "  take-away/  to the keepers of root and archive, never to stay at the desk",
    SHARES_FOLDER: "  shares/     public: to whoever holds drills; the sheets themselves are with their holders",
}


class _Options(TypedDict):
    organisation: str
    short: str | None
    reviewers: tuple[str, ...]
    desk_name: str
    contacts: tuple[str, ...]
    leads: tuple[Path, ...]
    lanes: tuple[str, ...]
    signatures_per_case: int
    days_without_bundle: int
    epoch_days: int
    spare_days: int
    day: date
    log_n: int
    shares: Scheme | Literal["none"] | None
    print_to: Path | None
    visible: bool
    yes: bool
    passphrase_file: Path | None
    as_json: bool


@click.command()
@click.argument("folder", type=options.FOLDER, metavar="DIR")
@click.option("--organisation", default="Khomo", show_default=True, help="Name that sources and leads see.")
@click.option("--short-name", "short", help="Begins the names of all keys; made from the name if not given.")
@click.option("--reviewer", "reviewers", multiple=True, default=("first",), show_default=True, help="May be repeated.")
@click.option("--desk-name", default="Desk", show_default=True, help="Name of the desk that opens reports.")
@click.option("--contact", "contacts", multiple=True, metavar="LABEL=VALUE", help="Help in danger. May be repeated.")
@click.option("--lead", "leads", multiple=True, type=options.FILE, help="A lead's card, lead.txt. May be repeated.")
@click.option(
    "--lane",
    "lanes",
    multiple=True,
    type=options.LANE,
    default=options.OFFERED,
    show_default=True,
    help="Way in that the pages offer. May be repeated.",
)
@click.option("--signatures-per-case", type=click.IntRange(1), default=1, show_default=True, help="Of reviewers.")
@click.option(
    "--days-without-bundle",
    type=click.IntRange(1),
    default=DAYS_WITHOUT_BUNDLE,
    show_default=True,
    help="Then the desk warns; the server as reports wait.",
)
@click.option(
    "--epoch-days",
    type=click.IntRange(1, LONGEST_EPOCH_DAYS),
    default=EPOCH_DAYS,
    show_default=True,
    help="On the pages.",
)
@click.option(
    "--spare-days",
    type=click.IntRange(1, LONGEST_EPOCH_DAYS),
    default=SPARE_DAYS,
    show_default=True,
    help="Of the spare desk.",
)
@click.option(
    "--shares",
    type=a_ceremony_scheme,
    metavar="K/N|none",
    help="Root and archive on N sheets of paper each, any K of which bring the key back; or two sealed key files.",
)
@print_option
@visible_option
@yes_option
@click.option(
    "--passphrase-file",
    type=options.FILE,
    help="A file with the passphrases, instead of asking: lines 'root: …', 'archive: …', 'desk: …', 'spare: …', and "
    "'reviewer NAME: …' for each; with a single reviewer, one line for all keys will do.",
)
@options.day_option
@options.work_factor_option
@json_option
def ceremony(folder: Path, **given: Unpack[_Options]) -> None:
    """Make all keys of an organisation in DIR, a new or empty folder.

    Asks whether root and archive are split into sheets of paper, and for passphrases, or draws them. Fills DIR whole or
    not at all: shares/ (the records of the sheets) or take-away/ (root and archive, to be carried away), desk/, spare/,
    reviewers/ (a folder each), server/, courier/, and what is public: public-bundle.note, root.pub, fingerprints.txt.

    \b
    Example:
      khomo-keys ceremony /media/stick/ceremony --organisation "Open Harbour" --reviewer amina
    """  # noqa: D301 - click's own mark for "keep these lines"
    plan = _plan(given)
    check_empty(folder)
    _check_apart(folder, given["print_to"])

    def hand_out(splits: Sequence[NewSplit]) -> None:
        bar.render_finish()
        HandOut(given["print_to"], given["visible"])(splits)

    scheme = _scheme(given)
    plan = replace(plan, sharing=None if scheme is None else Sharing(scheme, hand_out))
    passphrases = terminal.ceremony_passphrases(given["passphrase_file"], plan.reviewers, split=scheme is not None)
    with terminal.progress_bar(steps(plan), "Sealing key files") as bar:
        done = hold_ceremony(plan, passphrases, folder, lambda: bar.update(1))
    if given["as_json"]:
        say_json(
            {
                "folder": str(folder),
                "root": done.root,
                "serial": done.bundle.serial,
                "files": list(done.files),
                "fingerprints": fingerprints_json(done.fingerprints),
            }
        )
    else:
        terminal.say(_report(folder, done))


def _check_apart(folder: Path, sheets: Path | None) -> None:
    if sheets is not None and folder.resolve() in (sheets.resolve(), *sheets.resolve().parents):
        raise OpeningError("The sheets may not lie in the folder of the keys.", "Name another folder with --print-to.")


def _scheme(given: _Options) -> Scheme | None:
    """Return how root and archive are split: as options or people say; a script that says nothing does not."""
    chosen = given["shares"]
    if chosen is None and given["passphrase_file"] is None:
        chosen = ask_scheme()
    if chosen is None or chosen == NO_SHARES:
        return None
    warnings.ask(warnings.before_ceremony(chosen), yes=given["yes"])
    return chosen


def _plan(given: _Options) -> Plan:
    return Plan(
        organisation=given["organisation"],
        short=given["short"] or short_name(given["organisation"]),
        day=given["day"],
        reviewers=given["reviewers"],
        desk_name=given["desk_name"],
        epoch_days=given["epoch_days"],
        spare_days=given["spare_days"],
        contacts=tuple(options.a_contact(text) for text in given["contacts"]),
        leads=tuple(LeadCard.read(path) for path in given["leads"]),
        policy=Policy(
            signatures_per_case=given["signatures_per_case"],
            days_without_bundle=given["days_without_bundle"],
            lanes=frozenset(given["lanes"]),
        ),
        log_n=given["log_n"],
    )


def _report(folder: Path, done: Ceremony) -> str:
    return "\n".join(
        [
            f"The keys of {done.bundle.organisation} lie in {folder}:",
            *(f"  {name}" for name in done.files),
            "",
            "Now carry them apart:",
            _AWAY[SHARES_FOLDER] if any(name.startswith(SHARES_FOLDER) for name in done.files) else _AWAY["take-away"],
            "  desk/       to the desk's machine; the spare/ folder to another safe place",
            "  reviewers/  each reviewer's folder to that reviewer, who alone knows what opens it",
            "  server/     to the server, and courier/ to the courier, both with public-bundle.note and root.pub",
            "",
            "Fingerprints, to compare in words or in hex (also in fingerprints.txt; print it):",
            as_text(done.fingerprints),
        ]
    )
