"""khomo-caselog sign-address: members say which onion address is theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from caselog.errors import CaseLogError
from caselog.options import NEW_FILE, Lead, lead_options
from keys.sealing.address_note import AddressNote, join_address, sign_address
from keys.sealing.atomic import atomic_write
from keys.sealing.onion_address import OnionAddress

DEFAULT = Path("address.note")


@click.command("sign-address")
@click.argument("what", metavar="ONION|NOTE")
@lead_options
@click.option("-o", "--output", type=NEW_FILE, default=DEFAULT, show_default=True, help="The file to write.")
@click.option("--overwrite", is_flag=True, help="Replace OUTPUT if it is there.")
def sign_address_command(lead: Lead, what: str, output: Path, *, overwrite: bool) -> None:
    """Sign the onion address of your organisation, or put your name under a NOTE that another member has signed.

    Sign only an address that you have from somebody who set the server up, in person or over a line that you trust.
    The note goes to whoever prints leaflets and checks pages: khomo-reviewer verify-page.

    \b
    Example:
      khomo-caselog sign-address 2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion
      khomo-caselog sign-address address.note -o address-signed.note
    """  # noqa: D301 - click's own mark for "keep these lines"
    bundle = lead.store().bundle
    key = lead.signing_key()
    if key.verify_key not in bundle.leads:
        raise CaseLogError(
            "The public bundle does not name your key, so your signature would count for nobody.",
            "Ask for a public bundle that names you, and import it.",
        )
    given = Path(what)
    if given.is_file():
        text = join_address(given.read_bytes(), bundle.organisation, bundle.leads, key)
    else:
        note = AddressNote(bundle.organisation, OnionAddress.parse(what), datetime.now(UTC).date())
        click.echo(f"{bundle.organisation}: {' '.join(note.onion.groups)} .onion", err=True)
        text = sign_address(note, key)
    atomic_write(output, text, mode=0o644, overwrite=overwrite)
    click.echo(f"{output} bears your signature. Give it to the others.")
