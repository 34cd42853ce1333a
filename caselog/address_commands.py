"""khomo-caselog sign-address: members say which onion address is theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caselog.errors import CaseLogError
from caselog.options import NEW_FILE, Lead, lead_options
from keys.sealing.address_note import AddressNote, SignedAddress, join_address, read_address, sign_address
from keys.sealing.atomic import atomic_write
from keys.sealing.display import one_line
from keys.sealing.onion_address import OnionAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT = Path("address.note")


@click.command("sign-address")
@click.argument("what", metavar="ONION|NOTE")
@lead_options
@click.option("-o", "--output", type=NEW_FILE, default=DEFAULT, show_default=True, help="The file to write.")
@click.option("--overwrite", is_flag=True, help="Replace OUTPUT if it is there.")
def sign_address_command(lead: Lead, what: str, output: Path, *, overwrite: bool) -> None:
    """Sign the onion address of your organisation, or put your name under a NOTE that another member has signed.

    Sign only an address that you have from somebody who set the server up, in person or over a line that you trust.
    It is shown before you sign, also that of a NOTE: compare it with what you have. The note goes to whoever prints
    leaflets and checks pages: khomo-reviewer verify-page.

    \b
    Example:
      khomo-caselog sign-address 2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion
      khomo-caselog sign-address address.note -o address-signed.note
    """  # noqa: D301 - click's own mark for "keep these lines"
    bundle, today, given = lead.store().bundle, datetime.now(UTC).date(), Path(what)
    earlier = given.read_bytes() if given.is_file() else None
    if earlier is None:
        signed = SignedAddress(AddressNote(bundle.organisation, OnionAddress.parse(what), today), ())
    else:
        signed = read_address(earlier, bundle.organisation, bundle.leads, today)
    for line in _shown(signed):
        click.echo(line, err=True)
    click.confirm("Is this the address, letter by letter?", abort=True, err=True)
    key = lead.signing_key()
    if key.verify_key not in bundle.leads:
        raise CaseLogError(
            "The public bundle does not name your key, so your signature would count for nobody.",
            "Ask for a public bundle that names you, and import it.",
        )
    if earlier is None:
        text = sign_address(signed.note, key)
    else:
        text = join_address(earlier, bundle.organisation, bundle.leads, today, key)
    atomic_write(output, text, mode=0o644, overwrite=overwrite)
    click.echo(f"{output} bears your signature. Give it to the others.")


def _shown(signed: SignedAddress) -> Iterator[str]:
    """Show what a signature will stand under: whose, since when, by whom so far, and last the address in groups."""
    yield f"The address of {one_line(signed.note.organisation)}, as of {signed.note.issued}."
    if signed.signers:
        yield f"Signed so far by {', '.join(key.name for key in signed.signers)}."
    yield f"{' '.join(signed.note.onion.groups)} .onion"
