"""``khomo-intake migrate``: the store's schema, for upgrades and for taking one back."""

from __future__ import annotations

from dataclasses import dataclass

import click

from intake.command_line import with_config
from intake.config import Config  # noqa: TC001  # part of the command's signature
from intake.onion.alone import alone
from intake.onion.torrc import Layout
from intake.reporting import say
from intake.store.schema import bring_to, schemas, stored_schema
from intake.store.settings import StoreSettings
from keys.command_line import json_option


@dataclass(frozen=True, slots=True)
class Schemas:
    """Where things stand.

    Attributes:
        knows: the newest schema of this program.
        store: the schema of the store; None where there is none.
        steps: every schema that this program knows, the oldest first.
    """

    knows: str
    store: str | None
    steps: tuple[str, ...]


@click.command("migrate")
@click.option("--to", "wanted", metavar="SCHEMA", help="Which one, such as 0001; an older one for an older program.")
@click.option("--show", is_flag=True, help="Say which schema this program knows and which the store has.")
@json_option
@with_config
def migrate_command(config: Config, *, wanted: str | None, show: bool, as_json: bool) -> None:
    """Bring the store's schema forward to this program's, or back to one that an older program knows.

    The service and its timers must be stopped. Every start brings the schema forward by itself; only the way back has
    to be asked for. Rows, letters and chains stay.

    \b
    Example:
      khomo-intake migrate --show
      khomo-intake migrate --to 0002
    """  # noqa: D301  # click reads the backspace
    if show and wanted:
        raise click.UsageError("--show changes nothing: leave out --to.")
    folder, settings = config.paths.store_dir, StoreSettings()
    if not show:
        with alone(Layout.of(config).door):
            bring_to(folder, settings, wanted or schemas()[0])
    found = Schemas(schemas()[0], stored_schema(folder, settings), tuple(reversed(schemas())))
    stands = "There is no store yet" if found.store is None else f"The store has schema {found.store}"
    say(found, [f"{stands}; this program knows {found.knows}."], as_json=as_json)
