"""``khomo-intake leaflet`` and ``khomo-intake clearnet``."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from intake.command_line import with_config
from intake.config import Config  # noqa: TC001  # read at run time
from intake.leaflet.kit import clearnet_pages
from intake.leaflet.leaflet import Leaflet
from intake.onion.torrc import Layout
from intake.papers import read_public_bundle
from keys.sealing.atomic import atomic_write
from keys.sealing.errors import KhomoError
from keys.sealing.onion_address import OnionAddress

if TYPE_CHECKING:
    from collections.abc import Callable

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
FOLDER = click.Path(file_okay=False, path_type=Path)

onion_option = click.option("--onion", help="The address.  [default: the one of this server's tor]")
language_option = click.option("--language", "only", multiple=True, help="Only this language; may be given again.")
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace files that are there.")


class NoAddressError(KhomoError):
    """There is no address to print."""


def _leaflets(config: Config, onion: str | None, only: tuple[str, ...]) -> list[Leaflet]:
    strangers = [language for language in only if language not in config.door.languages]
    if strangers:
        raise click.BadParameter(f"{', '.join(strangers)} is not in door.languages of the configuration.")
    address = OnionAddress.parse(onion or _own_address(config))
    bundle = read_public_bundle(config.paths)
    return [Leaflet.of(language, bundle, address, config.door) for language in only or config.door.languages]


def _own_address(config: Config) -> str:
    try:
        return Layout.of(config).hostname.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise NoAddressError(
            "This server has no onion address yet.", "Start `khomo-intake serve` once, or give --onion ADDRESS."
        ) from None


def _write(folder: Path, files: dict[str, bytes], *, overwrite: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    taken = [name for name in files if (folder / name).exists()]
    if taken and not overwrite:
        raise KhomoError(f"There is already a {folder / taken[0]}.", "Choose another folder, or give --overwrite.")
    for name, content in files.items():
        atomic_write(folder / name, content, mode=0o644, overwrite=overwrite)
        click.echo(folder / name)


@click.command("leaflet")
@click.argument("folder", type=FOLDER, metavar="DIR")
@onion_option
@language_option
@overwrite_option
@with_config
def leaflet_command(config: Config, folder: Path, onion: str | None, only: tuple[str, ...], *, overwrite: bool) -> None:
    """Draw a leaflet in each language of the door: two sides of A6, a PDF, into DIR.

    It shows the address in groups of four and as a QR code, how to get Tor Browser, and what to avoid. Print it on a
    printer that is not at work, and compare the address on the paper with the one that your members have signed.

    \b
    Example:
      khomo-intake leaflet leaflets/
      khomo-intake leaflet --language fr leaflets/
    """  # noqa: D301  # click reads the backspace
    draw = _drawing()
    _write(
        folder,
        {f"leaflet-{one.language}.pdf": draw(one) for one in _leaflets(config, onion, only)},
        overwrite=overwrite,
    )


def _drawing() -> Callable[[Leaflet], bytes]:
    """Return what draws; a server that prints no leaflets needs none of the libraries."""
    if importlib.util.find_spec("fpdf") is None:
        raise KhomoError("What draws PDFs is not installed here.", "Install the extra: pip install 'khomo[leaflet]'.")
    from intake.leaflet.drawing import Fonts, draw  # noqa: PLC0415  # needs the extra

    fonts = Fonts(DEJAVU / "DejaVuSans.ttf", DEJAVU / "DejaVuSans-Bold.ttf", DEJAVU / "DejaVuSansMono.ttf")
    today = datetime.now(UTC).date()
    return lambda leaflet: draw(leaflet, fonts, today)


@click.command("clearnet")
@click.argument("folder", type=FOLDER, metavar="DIR")
@onion_option
@language_option
@overwrite_option
@with_config
def clearnet_command(
    config: Config, folder: Path, onion: str | None, only: tuple[str, ...], *, overwrite: bool
) -> None:
    """Write static pages for an ordinary web site into DIR: one HTML file a language, no script, nothing fetched.

    Put them on a site that keeps no log and counts no visitors. Who opens them can be seen by his network; the pages
    say so.

    \b
    Example:
      khomo-intake clearnet site/
    """  # noqa: D301  # click reads the backspace
    pages = clearnet_pages(_leaflets(config, onion, only), config.door.about)
    _write(folder, {name: page.encode() for name, page in pages.items()}, overwrite=overwrite)
