"""``khomo-reviewer verify-page``: for a laptop with a network. The desk never runs it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from keys.command_line import exit_codes, json_option, say_json
from keys.sealing.address_note import read_address, signers_needed
from keys.sealing.atomic import atomic_write
from keys.sealing.display import one_line
from keys.sealing.fingerprint import fingerprint_words
from keys.sealing.onion_address import OnionAddress
from keys.sealing.papers import read_public_bundle, read_root
from reviewer.errors import ReviewerError
from reviewer.online.tor_web import TOR_BROWSER, TorWeb, check_installed
from reviewer.online.verify_page import usable_keys, verify_page
from reviewer.terminal import ATTENTION, FILE, say

if TYPE_CHECKING:
    from keys.sealing.public_bundle import PublicBundle
    from reviewer.online.page_check import Verdict

REMEMBERED_BYTES = 1_000_000
AGE = "age1"
NOT_COMPARED = (
    "What the pages say was not compared with an earlier check: read them yourself, then use --remember each time."
)


def _socks_port(_ctx: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, int]:
    """Read HOST:PORT."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise click.BadParameter(f"{value} is not HOST:PORT, such as 127.0.0.1:9150")
    return host, int(port)


def _header_value(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Read what one line of a request can carry."""
    if not (value.isascii() and value.isprintable()):
        raise click.BadParameter("not one line of plain letters and signs")
    return value


@dataclass(frozen=True, slots=True)
class Report:
    """What the command says.

    Attributes:
        signed: who signed the address and when; ``None`` if nobody was asked.
        circuits: how many strangers looked.
        verdict: what they saw.
        compared: whether that was compared with what an earlier check saw.
    """

    signed: str | None
    circuits: int
    verdict: Verdict
    compared: bool

    def lines(self) -> list[str]:
        """Say it to a person; a hostile door chose some of the words, and no screen obeys them."""
        verdict = self.verdict
        lines = [
            f"The address is signed by {self.signed}." if self.signed else "Nobody's signature under it was checked.",
            f"{len(verdict.pages)} pages looked alike to {self.circuits} visitors.",
            *(() if self.compared else (NOT_COMPARED,)),
            *map(_shown_key, sorted(verdict.keys)),
            *(f"WRONG  {one}" for one in verdict.wrong),
            "Do not send people there before you know why." if verdict.wrong else "Nothing is wrong.",
        ]
        return [one_line(line) for line in lines]

    def json(self) -> dict[str, object]:
        """Say it to a script."""
        seen = self.verdict
        return {"signed": self.signed, "pages": len(seen.pages), "keys": sorted(seen.keys), "wrong": seen.wrong}


def _shown_key(key: str) -> str:
    if key.startswith(AGE):
        return f"A key of the desk is shown: {fingerprint_words(key.encode())}"
    return f"An OpenPGP key of the desk is shown: {' '.join(wrap(key, 4))}"


@click.command(
    "verify-page", epilog=exit_codes(f"{ATTENTION} something is wrong and was said", done="nothing is wrong")
)
@click.argument("onion")
@click.option("--root", "root_file", type=FILE, required=True, help="The root key's public half: root.pub.")
@click.option("--bundle", "bundle_file", type=FILE, required=True, help="public-bundle.note.")
@click.option("--address", "address_file", type=FILE, help="The note that members signed: address.note.")
@click.option(
    "--signatures",
    type=click.IntRange(1),
    help="Members who must have signed.  [default: 2, or 1 where only one is known]",
)
@click.option("--circuits", type=click.IntRange(2, 20), default=3, show_default=True, help="Visitors to compare.")
@click.option(
    "--socks",
    callback=_socks_port,
    default="127.0.0.1:9050",
    show_default=True,
    help="Tor's SOCKS port (Tor Browser: 9150).",
)
@click.option(
    "--user-agent",
    callback=_header_value,
    default=TOR_BROWSER,
    help="What Tor Browser of today says of itself, if it is another.",
)
@click.option(
    "--remember",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Compare with the last check, kept in this file.",
)
@json_option
def verify_page_command(  # noqa: PLR0913  # click gives each option as a parameter
    onion: str,
    root_file: Path,
    bundle_file: Path,
    address_file: Path | None,
    *,
    signatures: int | None,
    circuits: int,
    socks: tuple[str, int],
    user_agent: str,
    remember: Path | None,
    as_json: bool,
) -> None:
    """Check the door at ONION from a laptop with a network, through Tor: address, pages and keys.

    Several visitors, each over a circuit of its own, look at every page. All must see the same, with your keys, and
    nothing that runs or fetches. What this cannot see: a page that is changed for one single visitor, and, unless an
    earlier check is kept with --remember, other words for everybody.

    \b
    Example:
      khomo-reviewer verify-page ONION --root root.pub --bundle public-bundle.note --address address.note
      khomo-reviewer verify-page ONION --root root.pub --bundle public-bundle.note --remember door.json
    """  # noqa: D301
    check_installed()
    bundle = read_public_bundle(bundle_file, read_root(root_file))
    address, threshold = OnionAddress.parse(onion), signatures or signers_needed(bundle.leads)
    signed = None if address_file is None else _signed(address, address_file, bundle, threshold)
    known = None if remember is None else _remembered(remember)
    click.echo("Looking at the pages through Tor. This takes a few minutes.", err=True)
    web = TorWeb(address, *socks, user_agent)
    verdict = verify_page(web, usable_keys(bundle, datetime.now(UTC).date()), circuits=circuits, known=known)
    if remember is not None and not verdict.wrong:
        atomic_write(remember, json.dumps(dict(verdict.pages), indent=1).encode(), overwrite=True)
    report = Report(signed, circuits, verdict, compared=known is not None)
    say_json(report.json()) if as_json else say(report.lines())
    if verdict.wrong:
        raise click.exceptions.Exit(ATTENTION)


def _signed(address: OnionAddress, file: Path, bundle: PublicBundle, threshold: int) -> str:
    today = datetime.now(UTC).date()
    signed = read_address(file.read_bytes(), bundle.organisation, bundle.leads, today, threshold)
    if signed.note.onion != address:
        raise ReviewerError(
            f"The members signed another address: {signed.note.onion}.",
            "Believe the note, not where you have ONION from.",
        )
    return f"{', '.join(key.name for key in signed.signers)} on {signed.note.issued}"


def _remembered(file: Path) -> dict[str, str] | None:
    """Read what the last check saw; ``None`` before the first."""
    if not file.exists():
        return None
    try:
        kept = json.loads(file.read_bytes()[:REMEMBERED_BYTES])
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise ReviewerError(f"{file} is not what an earlier check wrote.", "Name another file with --remember.")
    return kept
