"""khomo-keys amend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import click

from keys.command_line import json_option, say_json
from keys.opening import options, terminal
from keys.opening.amendment import Amended, Amendment, Group, amend, check_taken
from keys.opening.bundle_options import (
    BundleOptions,
    begin_next,
    bundle_option,
    open_bundle,
    passphrase_option,
    root_key_option,
)
from keys.opening.descriptions import fingerprints_json
from keys.opening.fingerprints import as_text
from keys.opening.lead_card import LeadCard
from keys.opening.staging import check_empty

if TYPE_CHECKING:
    from pathlib import Path

    from keys.opening.passphrases import Passphrases
    from keys.sealing.public_bundle import PublicBundle

_NUMBERS = ("signatures_per_case", "signatures_desk_lost", "days_without_bundle", "raw_files", "against_consent")


class _Options(BundleOptions):
    add_reviewer: tuple[str, ...]
    retire_reviewer: tuple[str, ...]
    add_server: tuple[str, ...]
    retire_server: tuple[str, ...]
    add_courier: tuple[str, ...]
    retire_courier: tuple[str, ...]
    add_lead: tuple[Path, ...]
    retire_lead: tuple[str, ...]
    contacts: tuple[str, ...]
    lost_desk: tuple[str, ...]
    keep_reviewer: tuple[str, ...]
    new_openpgp: tuple[str, ...]
    lanes: tuple[str, ...]
    signatures_per_case: int | None
    signatures_desk_lost: int | None
    days_without_bundle: int | None
    raw_files: bool | None
    against_consent: bool | None


@click.command(name="amend")
@click.argument("folder", type=options.FOLDER, metavar="DIR")
@bundle_option
@root_key_option
@click.option("--add-reviewer", multiple=True, metavar="NAME", help="Draw a key for one more. May be repeated.")
@click.option("--retire-reviewer", multiple=True, metavar="NAME", help="No longer signs cases. May be repeated.")
@click.option("--add-lead", multiple=True, type=options.FILE, help="The lead's card, lead.txt. May be repeated.")
@click.option("--retire-lead", multiple=True, metavar="NAME", help="No longer signs. May be repeated.")
@click.option("--add-server", multiple=True, metavar="NAME", help="Draw a key for one more server.")
@click.option("--retire-server", multiple=True, metavar="NAME", help="What it signs is refused. May be repeated.")
@click.option("--add-courier", multiple=True, metavar="NAME", help="Draw a key for one more courier.")
@click.option("--retire-courier", multiple=True, metavar="NAME", help="Gets in no more. May be repeated.")
@click.option(
    "--contact",
    "contacts",
    multiple=True,
    metavar="LABEL=VALUE",
    help="Add or change help in danger; 'LABEL=' takes it away. May be repeated.",
)
@click.option("--lost-desk", multiple=True, metavar="ID", help="Receives and signs no more; spare ones step in.")
@click.option("--keep-reviewer", multiple=True, metavar="NAME", help="Whose key was never at a desk that is lost now.")
@click.option("--new-openpgp", multiple=True, metavar="ID", help="Make a desk's next OpenPGP key; it keeps the last.")
@click.option("--lane", "lanes", multiple=True, type=options.LANE, help="Ways in, in place of all that are offered.")
@click.option("--signatures-per-case", type=click.IntRange(1), help="Reviewers who sign a case.")
@click.option("--signatures-desk-lost", type=click.IntRange(1), help="Leads to sign a desk lost: not asked for yet.")
@click.option(
    "--days-without-bundle",
    type=click.IntRange(1),
    help="Then the desk warns; the server as reports wait.",
)
@click.option("--raw-files/--no-raw-files", default=None, help="May unchanged files go to leads, if two sign?")
@click.option(
    "--against-consent/--no-against-consent", default=None, help="May two sign that a case goes against its consent?"
)
@passphrase_option
@options.day_option
@options.work_factor_option
@json_option
def amend_command(folder: Path, **given: Unpack[_Options]) -> None:
    """Sign the public bundle anew with other people, machines, contacts or policy, in DIR, a new or empty folder.

    The new bundle has the next serial. Nothing is replaced: carry new key files to their desk and machines, and the
    bundle to the desk, the servers and the couriers. NAME is as at the ceremony, or whole: short/reviewer/amina.

    After a raid: --lost-desk main, and for every reviewer --retire-reviewer NAME --add-reviewer NAME. The new key files
    open the spare desk: khomo-reviewer init VAULT --keys spare --reviewer-keys DIR/reviewers/NAME.

    \b
    Example:
      khomo-keys amend next --bundle public-bundle.note --root-key take-away/root.key.age \\
          --add-reviewer chisomo --retire-reviewer amina --days-without-bundle 10
    """  # noqa: D301 - click's own mark for "keep these lines"
    check_empty(folder)
    amendment = _amendment(given)
    bundle, root, scripted = open_bundle(given, amendment.reviewers.add)
    check_taken(bundle, amendment)
    passphrases = _ask(amendment, bundle) if scripted is None else scripted
    done = amend(bundle, root, amendment, passphrases, folder)
    if given["as_json"]:
        say_json(
            {
                "folder": str(folder),
                "serial": done.bundle.serial,
                "files": list(done.files),
                "added": fingerprints_json(done.added),
                "retired": fingerprints_json(done.retired),
            }
        )
    else:
        terminal.say(_report(folder, done))


def _amendment(given: _Options) -> Amendment:
    policy: dict[str, Any] = {name: value for name, value in given.items() if name in _NUMBERS and value is not None}
    if given["lanes"]:
        policy["lanes"] = frozenset(given["lanes"])
    return Amendment(
        today=given["day"],
        reviewers=Group(given["add_reviewer"], given["retire_reviewer"]),
        servers=Group(given["add_server"], given["retire_server"]),
        couriers=Group(given["add_courier"], given["retire_courier"]),
        leads=tuple(LeadCard.read(path) for path in given["add_lead"]),
        retired_leads=given["retire_lead"],
        contacts=tuple(options.a_contact(text) for text in given["contacts"]),
        lost_desks=given["lost_desk"],
        kept_reviewers=given["keep_reviewer"],
        new_openpgp=given["new_openpgp"],
        policy=policy,
        log_n=given["log_n"],
    )


def _ask(amendment: Amendment, bundle: PublicBundle) -> Passphrases:
    """Ask for what protects new key files; nobody is asked where there are none."""
    holders = ["spare" if bundle.desk(desk_id).spare else "desk" for desk_id in amendment.new_openpgp]
    return terminal.ask_passphrases(holders, amendment.reviewers.add)


def _report(folder: Path, done: Amended) -> str:
    lines = [f"Public bundle number {done.bundle.serial} lies in {folder}."]
    lines += [f"  {name}" for name in done.files]
    if done.added:
        lines += ["Added; compare in words or in hex:", as_text(done.added)]
    if done.retired:
        lines += ["Retired:", as_text(done.retired)]
    return "\n".join([*lines, "khomo-keys show tells all that the bundle says.", begin_next(done.bundle)])
