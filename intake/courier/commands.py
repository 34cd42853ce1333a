"""`khomo-intake export` and `khomo-intake import`."""

from __future__ import annotations

from pathlib import Path

import click

from intake.command_line import with_config
from intake.config import Config  # noqa: TC001  # read at run time
from intake.counting import counted
from intake.courier.exporting import Exported, Exporter
from intake.courier.importing import Imported, Importer, Trust
from intake.papers import read_papers, read_public_bundle, read_root_key
from intake.reporting import Stages, say
from intake.store import open_store
from keys.command_line import json_option

STAGES = {"checking": "Checking rows", "writing": "Writing", "copying": "Copying", "replacing": "Replacing letters"}


@click.command("export")
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option(
    "wanted",
    "--again",
    flag_value="again",
    multiple=True,
    help="Write the last bundle once more: its stick was lost today.",
)
@click.option(
    "wanted",
    "--manifest-only",
    flag_value="manifest",
    multiple=True,
    help="Write the last bundle's manifest, for leads.",
)
@click.option(
    "wanted", "--new-chain", flag_value="new-chain", multiple=True, help="Begin a new chain: the server was restored."
)
@click.option(
    "wanted",
    "--resend",
    flag_value="resend",
    multiple=True,
    help="Carry all rows that are still here: a desk lost its data.",
)
@json_option
@with_config
def export_command(config: Config, destination: Path, wanted: tuple[str, ...], as_json: bool) -> None:
    """Write what no desk has acknowledged to DEST, for the way to the desk.

    DEST is the folder of the stick, or a file name that ends in .bundle (.manifest with --manifest-only) in a folder
    that is there. Nothing is numbered before DEST is known to be writable and large enough.

    An export that was interrupted is made again, under its number, by running the same command.

    \b
    Example:
      khomo-intake export /media/stick
    """  # noqa: D301  # click reads the backspace
    if len(wanted) > 1:
        raise click.UsageError("--again, --manifest-only, --new-chain and --resend are different things: give one.")
    what = wanted[0] if wanted else None
    papers = read_papers(config)
    with (
        open_store(config, policy=papers.bundle.policy) as store,
        Stages(STAGES, shown=not as_json) as progress,
    ):
        written = _export(Exporter(store, papers.server_key, progress), what, destination)
    say(written, _exported(written, what), as_json=as_json)


def _export(exporter: Exporter, what: str | None, destination: Path) -> Exported:
    match what:
        case "again":
            return exporter.export_again(destination)
        case "manifest":
            return exporter.export_manifest(destination)
        case "new-chain":
            exporter.check(destination)
            exporter.begin_chain()
        case "resend":
            exporter.check(destination)
            exporter.resend()
    return exporter.export(destination)


def _exported(written: Exported, what: str | None) -> list[str]:
    rows = counted(written.rows, "row")
    if what == "manifest":
        return [f"The list of rows of bundle {written.number}, {rows}: {written.path} ({written.size:,} bytes)."]
    sentences = [f"Bundle {written.number} with {rows}: {written.path} ({written.size:,} bytes)."]
    if written.repeated:
        sentences.append("It is the same bundle as before, byte for byte.")
    if written.left_out:
        stay = counted(written.left_out, "row stays here, its file is", "rows stay here, their files are")
        sentences.append(f"{stay} damaged. Run: khomo-intake doctor")
    return sentences


@click.command("import")
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.option("--confirm", is_flag=True, help="Go on after a gap or with a new chain, once the desk was asked.")
@json_option
@with_config
def import_command(config: Config, source: Path, confirm: bool, as_json: bool) -> None:
    """Take in a bundle SRC from a desk: its letters, its acknowledgement, and a newer public bundle if it brings one.

    An import that was interrupted is simply run again.

    \b
    Example:
      khomo-intake import /media/stick/khomo-to-server-main-000012.bundle
    """  # noqa: D301  # click reads the backspace
    public_bundle = read_public_bundle(config.paths)
    root = read_root_key(config.paths)
    trust = Trust(root, public_bundle, config.paths.public_bundle)
    with open_store(config) as store, Stages(STAGES, shown=not as_json) as progress:
        taken = Importer(store, trust, progress).take_in(source, confirmed=confirm)
    say(taken, _imported(taken), as_json=as_json)


def _imported(taken: Imported) -> list[str]:
    if taken.repeated:
        sentences = [f"Bundle {taken.number} of the desk {taken.desk} was imported before. Nothing was changed."]
    else:
        sentences = [f"Bundle {taken.number} of the desk {taken.desk}: {counted(taken.letters, 'letter')} replaced."]
    if taken.acknowledged is not None:
        waiting = counted(taken.waiting, "row travels", "rows travel")
        sentences.append(f"The desk has bundle {taken.acknowledged}; {waiting} with the next one.")
    if taken.serial is not None:
        sentences.append(f"Public bundle {taken.serial} is in use. Restart the service so that its pages show it.")
    return sentences
