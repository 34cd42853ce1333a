"""``khomo-intake leaflet`` and ``khomo-intake clearnet``."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from intake.command_line import with_config
from intake.config import Config  # noqa: TC001  # read at run time
from intake.leaflet.address import address_to_print
from intake.leaflet.kit import clearnet_pages
from intake.leaflet.leaflet import Leaflet
from intake.papers import read_public_bundle
from keys.sealing.atomic import atomic_write
from keys.sealing.errors import KhomoError

if TYPE_CHECKING:
    from collections.abc import Callable

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to print.

    Attributes:
        onion: the address; ``None`` for the one of this server's tor, or of the note.
        note: what members signed.
        only: languages; none for all.
    """

    onion: str | None
    note: Path | None
    only: tuple[str, ...]


def wanting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of ``Wanted``, as its parameter ``wanted``."""

    @click.option("--onion", help="The address.  [default: the one of this server's tor, or of the note]")
    @click.option("--address", "note", type=FILE, help="The note that members signed: address.note.")
    @click.option("--language", "only", multiple=True, help="Only this language; may be given again.")
    @wraps(command)
    def asked(*args: Any, onion: str | None, note: Path | None, only: tuple[str, ...], **kwargs: Any) -> None:
        command(*args, wanted=Wanted(onion, note, only), **kwargs)

    return asked


overwrite_option = click.option("--overwrite", is_flag=True, help="Replace files that are there.")


def _leaflets(config: Config, wanted: Wanted) -> list[Leaflet]:
    strangers = [language for language in wanted.only if language not in config.door.languages]
    if strangers:
        raise click.BadParameter(f"{', '.join(strangers)} is not in door.languages of the configuration.")
    bundle = read_public_bundle(config.paths)
    address = address_to_print(config, bundle, wanted.onion, wanted.note)
    click.echo(address.told, err=True)
    return [
        Leaflet.of(language, bundle, address.onion, config.door, signed=address.signed is not None)
        for language in wanted.only or config.door.languages
    ]


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
@overwrite_option
@with_config
@wanting
def leaflet_command(config: Config, folder: Path, *, wanted: Wanted, overwrite: bool) -> None:
    """Draw a leaflet in each language of the door: two sides of A6, a PDF, into DIR.

    It shows the address in groups of four and as a QR code, how to get Tor Browser, and what to avoid. Print it on a
    printer that is not at work. With the note that your members signed it also says that they did: without --address
    it says nothing of signatures, and you compare the address on the paper with theirs.

    \b
    Example:
      khomo-intake leaflet --address address.note leaflets/
      khomo-intake leaflet --language fr leaflets/
    """  # noqa: D301  # click reads the backspace
    draw = _drawing()
    _write(
        folder,
        {f"leaflet-{one.language}.pdf": draw(one) for one in _leaflets(config, wanted)},
        overwrite=overwrite,
    )


def _drawing() -> Callable[[Leaflet], bytes]:
    """Return what draws; a server that prints no leaflets needs none of the libraries."""
    if importlib.util.find_spec("fpdf") is None:
        raise KhomoError(
            "What draws PDFs is not installed here.",
            "Install the packages of requirements/leaflet.lock, from the tree that this program came from.",
        )
    from intake.leaflet.drawing import Fonts, draw  # noqa: PLC0415  # needs the extra

    fonts = Fonts(DEJAVU / "DejaVuSans.ttf", DEJAVU / "DejaVuSans-Bold.ttf", DEJAVU / "DejaVuSansMono.ttf")
    today = datetime.now(UTC).date()
    return lambda leaflet: draw(leaflet, fonts, today)


@click.command("clearnet")
@click.argument("folder", type=FOLDER, metavar="DIR")
@overwrite_option
@with_config
@wanting
def clearnet_command(config: Config, folder: Path, *, wanted: Wanted, overwrite: bool) -> None:
    """Write static pages for an ordinary web site into DIR: one HTML file a language, no script, nothing fetched.

    Put them on a site that keeps no log and counts no visitors. Whoever opens them is seen by their network; the pages
    say so.

    \b
    Example:
      khomo-intake clearnet --address address.note site/
    """  # noqa: D301  # click reads the backspace
    pages = clearnet_pages(_leaflets(config, wanted), config.door.about)
    _write(folder, {name: page.encode() for name, page in pages.items()}, overwrite=overwrite)
