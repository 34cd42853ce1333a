"""``khomo-reviewer preview``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from keys.command_line import json_option, say_json
from reviewer.preview import words
from reviewer.preview.pages import Opening, Range
from reviewer.preview.saving import attachment_of, write_pages
from reviewer.terminal import ATTENTION, FOLDER, progress, say, with_vault
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.preview.pages import Seen, Written

_RANGE = re.compile(r"([1-9][0-9]{0,6})(?:-([1-9][0-9]{0,6}))?", re.ASCII)


def _range(_ctx: click.Context, _parameter: click.Parameter, value: str) -> Range:
    typed = _RANGE.fullmatch(value.strip())
    try:
        if typed:
            return Range(int(typed[1]), int(typed[2] or typed[1]))
    except ValueError:
        pass
    raise click.BadParameter(words.RANGE.format(typed=value))


@click.command("preview")
@click.argument("case", type=int)
@click.argument("attachment", metavar="FILE", type=int)
@click.option("--to", "folder", type=FOLDER, required=True, help="A new or empty folder for the pages.")
@click.option(
    "--pages", "wanted", callback=_range, default=str(Range()), show_default=True, help="Which pages, as 3 or 1-5."
)
@json_option
@with_vault
def preview_command(vault: Vault, /, *, case: int, attachment: int, as_json: bool, **wish: Any) -> None:
    """Show pages of FILE (its number as `show` prints it) of CASE, read in the sandbox and drawn anew.

    Into the folder go page-001.png and, where there is text, page-001.txt, each as it is ready. Exit code 6 if
    something of it is not shown, or is to be minded. Without a sandbox nothing is read.

    \b
    Example:
      khomo-reviewer preview 17 42 --to ~/pages-42
      khomo-reviewer preview 17 42 --to ~/pages-42-more --pages 21-40
    """  # noqa: D301
    folder: Path = wish["folder"]
    wanted: Range = wish["wanted"]
    found = attachment_of(vault, case, attachment)
    with progress(words.LOOKING, len(wanted), shown=not as_json) as advance:

        def tell(seen: Seen) -> None:
            if isinstance(seen, Opening):
                advance(len(wanted) - len(wanted.of(seen.pages)))
            else:
                advance(1)

        done = write_pages(vault, found, folder, wanted, tell)
    if as_json:
        say_json(_as_json(done, folder))
    else:
        say([*words.opened(done.opening), *(line for page in done.pages for line in words.page(page))])
        say(words.written(done, wanted))
    if not done.is_whole:
        click.get_current_context().exit(ATTENTION)


def _as_json(done: Written, folder: Path) -> dict[str, object]:
    return {
        "kind": done.opening.kind,
        "pages": done.opening.pages,
        "notes": done.opening.notes,
        "folder": folder,
        "files": done.files,
        "not_shown": {page.number: page.trouble for page in done.pages if page.trouble},
        "cut": [page.number for page in done.pages if page.cut],
        "broke_off": done.broke_off or None,
    }
