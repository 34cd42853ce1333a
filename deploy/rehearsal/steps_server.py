"""What happens at the ceremony and on the intake server."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.rehearsal.canary import Canary
from deploy.rehearsal.door import write_config

if TYPE_CHECKING:
    from deploy.rehearsal.samples import Samples
    from deploy.rehearsal.stage import Stage

ORGANISATION = "Open Harbour Coalition"
REVIEWER = "nadia"
LEAD = "amina"
PASSPHRASE_FILE = "passphrase.txt"  # noqa: S105  # the name of a file
STOCK_AGE = Path(__file__).resolve().parents[2] / "node_modules" / "age-encryption"
CONFIG = ("--config", "server/config.toml")


class SeizedError(Exception):
    """Something stood in the clear on the server's disk."""


def make_keys(stage: Stage) -> None:
    """The lead makes keys of their own; the desk holds the ceremony and takes the lead's card in."""
    words = stage.commands.run("khomo-keys", "passphrase").strip()
    file = stage.folder / PASSPHRASE_FILE
    file.touch(mode=0o600)
    file.write_text(words + "\n")
    stage.teller.happened(
        f"Drawn, and written to {PASSPHRASE_FILE}: here everybody uses this one. In life each has their own, "
        "and types it."
    )
    script = ("--passphrase-file", PASSPHRASE_FILE)
    stage.commands.run("khomo-keys", "lead", LEAD, "lead/keys", *script)
    who = ("--organisation", ORGANISATION, "--reviewer", REVIEWER, "--lead", "lead/keys/lead.txt")
    stage.commands.run("khomo-keys", "ceremony", "ceremony/keys", *who, *script)
    keys = sorted(path.name for path in (stage.machine("ceremony") / "keys").rglob("*.age"))
    stage.teller.happened(
        f"{len(keys)} key files lie in ceremony/keys, each sealed with the passphrase. In life those in take-away/ "
        "would now be carried to another place: the root key, which vouches for all others, and the archive's."
    )


def configure(stage: Stage) -> None:
    """The server gets its papers: who opens reports, and one signing key that opens nothing."""
    config = write_config(stage)
    stage.commands.run("khomo-intake", "check-config", stage.shown(config), show_output=True)
    stage.teller.happened(
        "An epoch is a key of the desk that is in use for some months. In life one compares the words above with paper."
    )


def look_at_seized_disk(stage: Stage, samples: Samples) -> None:
    """Show what a thief of the disk finds; raises SeizedError if it is more than ciphertext."""
    database = (stage.machine("server") / "store" / "current").resolve() / "khomo.db"
    rows = blobs(stage)
    stage.teller.happened(f"{stage.shown(database)}, its tables with their number of rows and their columns:")
    stage.teller.output("\n".join(_tables(database)))
    stage.teller.happened(
        f"The report is {len(rows)} sealed rows beside it, files of their own: one holds the text, each other a file. "
        "The first begins:"
    )
    with rows[0].open("rb") as row:
        first = row.read(120)
    stage.teller.output(first.decode("ascii", "replace").splitlines()[0] + "\n" + repr(first[22:100])[2:-1] + " …")
    stage.teller.output("\n".join(f"{path.name}  {path.stat().st_size:>10,} bytes" for path in rows))
    found = Canary((*samples.marks, stage.codename.encode())).in_folders([stage.machine("server"), stage.sockets])
    if found:
        raise SeizedError(f"in the clear: {found}")
    looked = sum(1 for path in stage.machine("server").rglob("*") if path.is_file())
    stage.teller.happened(
        f"{looked} files of the server were searched for what the report says, its files, their names and the "
        "eight words. None of it was found."
    )


def _tables(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [_table(connection, name) for name in sorted(names)]


def _table(connection: sqlite3.Connection, name: str) -> str:
    columns = [column[1] for column in connection.execute(f'PRAGMA table_info("{name}")')]
    count = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  # a name of the schema
    return f"{name:<18} {count:>4}  ({', '.join(columns)})"


def export(stage: Stage) -> Path:
    """The courier takes what no desk has acknowledged; returns the bundle."""
    before = set(stage.machine("stick").iterdir())
    stage.commands.run("khomo-intake", "export", "stick", *CONFIG, show_output=True)
    return next(path for path in stage.machine("stick").iterdir() if path not in before)


def export_identity(stage: Stage, path: Path) -> tuple[str, ...]:
    """Return the command that writes the identity of the desk's epoch as any age tool reads it: unprotected."""
    epoch = next((stage.machine("ceremony") / "keys" / "desk").glob("epoch-*.age"))
    script = ("--passphrase-file", PASSPHRASE_FILE)
    return ("khomo-keys", "export-identity", stage.shown(epoch), "-o", stage.shown(path), *script)


def open_with_stock_tools(stage: Stage, blob: Path) -> Path | None:
    """Open a sealed row with a stock age tool and unzip; returns what was opened, None where there is no such tool."""
    desk = stage.machine("desk")
    identity, opened = desk / "identity.txt", desk / "row.zip"
    paths = [stage.shown(path) for path in (identity, blob, opened)]
    export = export_identity(stage, identity)
    if not STOCK_AGE.is_dir() or shutil.which("node") is None:
        stage.teller.happened("No stock age of version 1.3 or newer is here. With one you would type:")
        stage.teller.command(export)
        stage.teller.command(("age", "-d", "-i", paths[0], "-o", paths[2], paths[1]))
        stage.teller.command(("unzip", "-t", paths[2]))
        stage.teller.command(("rm", paths[0]))
        return None
    stage.commands.run(*export)
    try:
        stage.commands.run("node", str(Path(__file__).parent / "open_with_stock_age.mjs"), *paths)
    finally:
        identity.unlink()
    stage.teller.happened(f"{paths[0]} was removed again: it opens reports, and nothing protected it.")
    stage.commands.run("unzip", "-t", stage.shown(opened), show_output=True)
    return opened


def blobs(stage: Stage) -> list[Path]:
    """Return the sealed rows on the server's disk."""
    generation = (stage.machine("server") / "store" / "current").resolve()
    return sorted(path for folder in ("blobs", "fresh") for path in (generation / folder).iterdir())


def take_in(stage: Stage, bundle: Path) -> None:
    """The courier brings the desk's letters back."""
    stage.commands.run("khomo-intake", "import", stage.shown(bundle), *CONFIG, show_output=True)
