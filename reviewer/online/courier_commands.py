"""``khomo-reviewer courier``: bundles between desk and server over Tor instead of a stick, from an online laptop."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keys.command_line import exit_codes
from reviewer.online.courier_home import CourierHome
from reviewer.online.courier_line import CourierLine, fetch, push
from reviewer.online.tor_web import TorWeb, not_installed
from reviewer.terminal import FILE, FOLDER, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from keys.sealing.onion_address import OnionAddress

home_option = click.option(
    "--home", type=FOLDER, envvar="KHOMO_COURIER", required=True, show_envvar=True, help="The courier's folder."
)
onion_option = click.option("--onion", help="The server's courier address; remembered after the first time.")
additions_option = click.option("--torrc-additions", type=FILE, help="Lines for tor, for a private test network.")


@click.group("courier", epilog=exit_codes())
def courier_group() -> None:
    """Carry bundles over Tor instead of on a stick. For a laptop with a network: never the desk.

    \b
    Example:
      khomo-reviewer courier init ~/courier --key courier.key --root root.pub --bundle public-bundle.note
      khomo-reviewer courier fetch --home ~/courier --onion ADDRESS /media/stick
      khomo-reviewer courier push --home ~/courier /media/stick/khomo-to-server-main-000012.bundle
    """  # noqa: D301


@courier_group.command("init")
@click.argument("folder", type=FOLDER)
@click.option("--key", type=FILE, required=True, help="courier.key, as the ceremony made it.")
@click.option("--root", type=FILE, required=True, help="The root key's public half: root.pub.")
@click.option("--bundle", type=FILE, required=True, help="public-bundle.note.")
def init(folder: Path, key: Path, root: Path, bundle: Path) -> None:
    """Make the courier's FOLDER, and print the line by which the operator lets this laptop in.

    \b
    Example:
      khomo-reviewer courier init ~/courier --key courier.key --root root.pub --bundle public-bundle.note
    """  # noqa: D301
    home = CourierHome.make(folder, key, root, bundle)
    say(
        [
            "Give this line to the operator. It goes below [courier], which the server's configuration has already:",
            f'clients = {{ laptop = "{home.client_line}" }}',
            "The operator then gives you the courier's address: khomo-intake serve says it.",
        ]
    )


@courier_group.command("fetch")
@click.argument("destination", type=click.Path(exists=True, file_okay=False, path_type=Path))
@home_option
@onion_option
@additions_option
def fetch_command(destination: Path, home: Path, onion: str | None, torrc_additions: Path | None) -> None:
    """Fetch the next bundle for the desk into DESTINATION, the folder of the stick.

    A line that breaks costs nothing: the same command goes on where it was. Until all of it is here and right, it
    waits in the courier's own folder; nothing else comes onto the stick.

    \b
    Example:
      khomo-reviewer courier fetch --home ~/courier /media/stick
    """  # noqa: D301
    at = CourierHome(home)
    with _line(at, at.onion(onion), torrc_additions) as line, _pieces("Fetching") as tell:
        file = fetch(line, destination, at.public_bundle(), at.waiting, tell)
    say([f"{file} is here, whole and signed by the server. Bring it to the desk: khomo-reviewer import"])


@courier_group.command("push")
@click.argument("file", type=FILE)
@home_option
@onion_option
@additions_option
@click.option("--confirm", is_flag=True, help="Go on after a gap or with a new chain, once the desk was asked.")
def push_command(file: Path, home: Path, onion: str | None, torrc_additions: Path | None, *, confirm: bool) -> None:
    """Push the desk's bundle FILE to the server, which takes it in. What no desk has signed is not sent.

    \b
    Example:
      khomo-reviewer courier push --home ~/courier /media/stick/khomo-to-server-main-000012.bundle
    """  # noqa: D301
    at = CourierHome(home)
    with _line(at, at.onion(onion), torrc_additions) as line, _pieces("Pushing") as tell:
        done = push(line, file, at.public_bundle(), tell, confirmed=confirm)
    if done.repeated:
        say([f"The server had taken bundle {done.number} in before. Nothing was changed."])
    else:
        say([f"The server took bundle {done.number} in: {done.letters} letters."])


@contextmanager
def _line(home: CourierHome, onion: OnionAddress, additions: Path | None) -> Iterator[CourierLine]:
    try:
        from reviewer.online.courier_tor import own_tor  # noqa: PLC0415  # the desk has no stem
    except ModuleNotFoundError as error:
        raise not_installed() from error
    click.echo("Starting Tor. This can take a minute.", err=True)
    with own_tor(home.auth_private(onion), additions) as (host, port):
        web = TorWeb(onion, host, port)
        yield CourierLine(onion, home.signing_key(), lambda: web.connected("courier"))


@contextmanager
def _pieces(label: str) -> Iterator[Callable[[int, int], object]]:
    """Show how many pieces are there, on a terminal only; how many there are is known with the first."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    bar: Any
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def tell(done: int, pieces: int) -> None:
            bar.length = pieces
            bar.update(done - bar.pos)

        yield tell
