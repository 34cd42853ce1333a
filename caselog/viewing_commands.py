"""khomo-caselog list, show and export: nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from caselog import telling
from caselog.export import case_to_json, to_csv, to_json
from caselog.options import (
    FOLDER,
    NEW_FILE,
    Lead,
    lead_options,
    say,
)
from caselog.viewing import ShownCase, find_case, open_case, shown_cases
from keys.command_line import json_option
from keys.sealing.atomic import atomic_file
from keys.sealing.limits import COPY_BYTES
from keys.sealing.names import safe_name

if TYPE_CHECKING:
    from pathlib import Path

    from caselog.package_reader import OpenPackage

all_option = click.option("--all", "every", is_flag=True, help="Superseded revisions too.")


@click.command(name="list")
@lead_options
@all_option
@json_option
def list_(lead: Lead, *, every: bool, as_json: bool) -> None:
    """List the cases that you were given, each with the beginning of its id.

    \b
    Example:
      khomo-caselog list
    """  # noqa: D301 - click's own mark for "keep these lines"
    cases = _cases(lead, every=every)
    say(telling.listed(cases), [case_to_json(case) for case in cases], as_json=as_json)


@click.command()
@click.argument("case")
@lead_options
@click.option("--save", type=FOLDER, help="Put attachments and evidence reports into this folder, which must be new.")
@json_option
def show(lead: Lead, *, case: str, save: Path | None, as_json: bool) -> None:
    """Show a case, found by the beginning of its id; with --save, its attachments too.

    \b
    Example:
      khomo-caselog show 3f9a --save dam-case
    """  # noqa: D301 - click's own mark for "keep these lines"
    store = lead.store()
    identity = lead.identity()
    found = find_case(shown_cases(store, identity), case)
    if save is not None:
        with open_case(store, found, identity) as package:
            _save(package, save)
    say(telling.shown(found), case_to_json(found), as_json=as_json)


@click.command()
@lead_options
@click.argument("output", type=NEW_FILE, metavar="FILE.csv|FILE.json")
@all_option
def export(lead: Lead, *, output: Path, every: bool) -> None:
    """Write all cases into one new file, as CSV (no cell is run as a formula) or JSON. It lies open: keep it safe.

    \b
    Example:
      khomo-caselog export cases.csv
    """  # noqa: D301 - click's own mark for "keep these lines"
    write = {".csv": to_csv, ".json": to_json}.get(output.suffix.lower())
    if write is None:
        raise click.UsageError("The file's name ends in .csv or .json.")
    cases = _cases(lead, every=every)
    with atomic_file(output) as file:
        file.write(write(cases))
    click.echo(f"{output}: {len(cases)} case{'' if len(cases) == 1 else 's'}.")


def _cases(lead: Lead, *, every: bool) -> list[ShownCase]:
    store = lead.store()
    cases = shown_cases(store, lead.identity())
    return [case for case in cases if every or not case.superseded]


def _save(package: OpenPackage, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    names: list[str] = []
    sources = [(one.name, package.open_attachment) for one in package.record.attachments]
    sources += [(name, package.open_report) for name in package.reports]
    for name, opener in sources:
        names.append(safe_name(name, names))
        with atomic_file(folder / names[-1]) as file, opener(name) as source:
            while block := source.read(COPY_BYTES):
                file.write(block)
