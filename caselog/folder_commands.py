"""khomo-caselog init, import and cosign: what changes the folder, or goes back to the desk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caselog import telling
from caselog.checkpoint import cosign as cosign_head
from caselog.errors import CaseLogError, TruncatedError
from caselog.importing import Imported, import_delivery
from caselog.lead_store import DeskState, LeadStore
from caselog.options import (
    FILE,
    NEW_FILE,
    Lead,
    lead_options,
    say,
)
from caselog.transport import opened_delivery
from keys.command_line import json_option
from keys.opening.terminal import progress_bar
from keys.sealing.atomic import atomic_write
from keys.sealing.display import one_line
from keys.sealing.names import safe_name
from keys.sealing.papers import read_public_bundle_note, read_root

if TYPE_CHECKING:
    from keys.sealing.age import HybridIdentity


@click.command()
@lead_options
@click.option("--root", "root_file", type=FILE, required=True, help="The root key's public half: root.pub.")
@click.option("--bundle", "bundle_file", type=FILE, required=True, help="public-bundle.note.")
def init(lead: Lead, root_file: Path, bundle_file: Path) -> None:
    """Make your case log folder, once.

    Compare the root key's fingerprint with somebody of the organisation first: `khomo-keys show public-bundle.note`.

    \b
    Example:
      khomo-caselog init --store case-log --keys lead --root root.pub --bundle public-bundle.note
    """  # noqa: D301 - click's own mark for "keep these lines"
    if lead.keys is None:
        raise click.UsageError("Name the folder of your keys with --keys.")
    root_key = read_root(root_file)
    keys = str(lead.keys.absolute())
    store = LeadStore.create(lead.folder, lead.card().name, root_key, read_public_bundle_note(bundle_file), keys)
    of = one_line(store.bundle.organisation)
    click.echo(f"{lead.folder} is ready for {store.lead}. It believes the root key of {of}:")
    click.echo(f"    {root_key.fingerprint_words()}")


@click.command(name="import")
@click.argument("deliveries", type=FILE, nargs=-1, required=True, metavar="DELIVERY...")
@lead_options
@json_option
def import_(lead: Lead, *, deliveries: tuple[Path, ...], as_json: bool) -> None:
    """Check deliveries of the desk and keep what they bring. The same delivery again changes nothing.

    A delivery is an age file, an OpenPGP message (your own GnuPG is asked), or what one of them holds. If the desk
    addressed a case to you of which no package came, the exit code is 7.

    \b
    Example:
      khomo-caselog import khomo-to-lead-anna-000003.age
    """  # noqa: D301 - click's own mark for "keep these lines"
    store = lead.store()
    identity = lead.identity()
    done = [_import(store, path, identity) for path in deliveries]
    say("\n".join(map(telling.imported, done)), [telling.imported_json(one) for one in done], as_json=as_json)
    last = {one.desk: one for one in done}
    if any(one.missing for one in last.values()):
        raise SystemExit(TruncatedError.exit_code)


def _import(store: LeadStore, path: Path, identity: HybridIdentity) -> Imported:
    length = path.stat().st_size
    with (
        opened_delivery(path, identity, store.folder) as container,
        progress_bar(length, f"Checking {one_line(path.name)}") as bar,
    ):
        done = import_delivery(store, container, identity, bar.update)
        bar.update(length)
        return done


@click.command()
@lead_options
@click.option(
    "-o", "--output", type=NEW_FILE, help="A new file, for the desk and other leads.  [default: head-YOU.note]"
)
@click.option("--desk", help="Name of the desk's key, if there are several.")
def cosign(lead: Lead, output: Path | None, desk: str | None) -> None:
    """Sign the newest head: you say that you saw this log, and that it grew out of all that you saw before.

    \b
    Example:
      khomo-caselog cosign
    """  # noqa: D301 - click's own mark for "keep these lines"
    store = lead.store()
    states = [(part, state) for part, state in store.states() if desk in {None, state.desk.name}]
    if len(states) != 1:
        names = ", ".join(state.desk.name for _, state in store.states())
        if not names:
            raise CaseLogError("There is no head to sign yet.", "Import a delivery first: khomo-caselog import")
        raise CaseLogError("It is not clear whose head you want to sign.", f"Name the desk with --desk: {names}.")
    part, state = states[0]
    part.leaves(state)
    key = lead.signing_key()
    output = output or Path(f"head-{safe_name(store.lead)}.note")
    signed = cosign_head(state.head, key)
    atomic_write(output, signed, mode=0o644)
    part.remember_cosigned(signed)
    click.echo(_cosigned(state, output))


def _cosigned(state: DeskState, output: Path) -> str:
    return f"{output}: head of {state.desk.name} at {state.size} leaves, with your signature. Give it to the desk."
