"""`khomo-intake backup` and `khomo-intake restore`."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from intake.backup.contents import LARGEST_BACKUP, open_backup
from intake.backup.errors import BackupError
from intake.backup.making import make_backup
from intake.backup.on_paper import in_groups, read_identity
from intake.backup.restoring import restore
from intake.command_line import config_option, told, with_config
from intake.config import Config  # noqa: TC001  # part of a command's signature
from intake.counting import counted
from intake.courier.destination import Destination, on_stick
from intake.reporting import Stages, say
from keys.command_line import json_option
from keys.sealing.age import AgeError, HybridIdentity, HybridRecipient
from keys.sealing.atomic import atomic_write
from keys.sealing.display import one_line
from keys.sealing.fingerprint import fingerprint_words

if TYPE_CHECKING:
    from intake.backup.contents import ServerBackup

ENDING = ".backup"
STEM = "khomo-server"
AGE = b"age-encryption.org/"
RECIPIENT_FILE = "backup-recipient.txt"
STAGES = {"letters": "Making blank letters"}

ON_PAPER = """\
Write this on paper, or print it, twice; keep the papers apart from the server. It opens the backups of the server and
nothing else: no report, no letter. Nobody can make it again.

{identity}

Its public half is in {file}. Its fingerprint, to compare:

    {words}
"""
FOUND = """\
A backup of {organisation}, made on {day} by version {program}.
The door was http://{address}
Compare its root key with the paper of the ceremony: a wrong one means that somebody exchanged the backup.
    {words}
    {hex}"""
ASK = "Is it the root key on paper, and shall this machine become that server?"
NEXT = (
    "Start the door: deploy/server/install (or systemctl start khomo-tor khomo-intake).",
    "Take a bundle to the desk: khomo-intake export DEST. It begins a new chain, which a person there must confirm.",
    "Take the desk's next bundle in: it brings the letters back.",
    "Reports that no bundle had carried are lost. The runbook for a seized server says how to tell their sources.",
)


@dataclass(frozen=True, slots=True)
class Written:
    """A backup on a medium: where, and its bytes."""

    path: Path
    size: int


@click.group("backup")
def backup_group() -> None:
    """Keep what this server needs to stand again elsewhere: configuration, onion keys, mailboxes, chains; no reports.

    A backup is sealed to an identity that exists on paper only. Each replaces the one before.

    \b
    Example:
      khomo-intake backup new-identity
      khomo-intake backup write /media/stick
    """  # noqa: D301  # click reads the backspace


@backup_group.command("new-identity")
@click.option(
    "out",
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Where the public half goes.  [default: {RECIPIENT_FILE} beside the configuration]",
)
@json_option
@config_option
@told
def new_identity(config_path: Path, out: Path | None, as_json: bool) -> None:
    """Draw the identity that opens backups, and print it for paper; it is stored nowhere.

    \b
    Example:
      khomo-intake backup new-identity
      khomo-intake backup new-identity -o /media/stick/backup-recipient.txt
    """  # noqa: D301  # click reads the backspace
    file = out or config_path.parent / RECIPIENT_FILE
    identity = HybridIdentity.generate()
    recipient = str(identity.recipient())
    try:
        atomic_write(file, f"{recipient}\n".encode(), mode=0o644)
    except FileExistsError:
        message = f"{file} is there already: backups are sealed to the identity that was printed with it."
        raise BackupError(message, "To begin with a new paper, move that file away first.") from None
    if as_json:
        say(_Identity(identity.expose(), file), (), as_json=True)
        return
    words = fingerprint_words(recipient.encode())
    click.echo(ON_PAPER.format(identity=in_groups(identity.expose()), file=file, words=words))


@dataclass(frozen=True, slots=True)
class _Identity:
    identity: str
    recipient_file: Path


@backup_group.command("write")
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option(
    "recipient_file",
    "--recipient-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The public half of the identity on paper.  [default: {RECIPIENT_FILE} beside the configuration]",
)
@json_option
@with_config
def write_command(config: Config, destination: Path, recipient_file: Path | None, as_json: bool) -> None:
    """Write a backup to DEST, in place of the one that is there. The service may run meanwhile.

    DEST is the folder of a stick, or a file name that ends in .backup in a folder that is there. Run as root: only root
    may read the onion key.

    \b
    Example:
      khomo-intake backup write /media/stick
    """  # noqa: D301  # click reads the backspace
    recipient = _recipient(recipient_file or config.file.parent / RECIPIENT_FILE)
    to = Destination(destination, ENDING)
    sealed = make_backup(config, recipient)
    to.check_room(len(sealed))
    path = to.file(STEM)
    _refuse_other(path)
    on_stick(lambda: atomic_write(path, sealed, overwrite=True))
    words = f"A backup without any report: {path} ({len(sealed):,} bytes). Destroy earlier ones."
    say(Written(path, len(sealed)), [words], as_json=as_json)


def _recipient(file: Path) -> HybridRecipient:
    try:
        return HybridRecipient.parse(file.read_text(encoding="ascii", errors="replace").strip())
    except FileNotFoundError:
        message = f"{file} is not there: nothing says to whom a backup is sealed."
        raise BackupError(message, "Draw an identity first: khomo-intake backup new-identity") from None
    except AgeError:
        raise BackupError(f"{file} holds no age1pq1… recipient.", "Take the file that new-identity wrote.") from None


def _refuse_other(path: Path) -> None:
    """Refuse to write over anything but an earlier backup."""
    if not on_stick(path.exists):
        return
    with path.open("rb") as file:
        if file.read(len(AGE)) != AGE:
            raise BackupError(f"{path} is there already and is no backup.", "Choose another destination.")


@click.command("restore")
@click.argument("source", metavar="BACKUP", type=click.Path(path_type=Path))
@click.option(
    "identity_file",
    "--identity-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the identity from a file instead of asking for what stands on paper.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether it is the root key on paper.")
@json_option
@config_option
@told
def restore_command(config_path: Path, source: Path, identity_file: Path | None, yes: bool, as_json: bool) -> None:
    """Let this new machine become the server that BACKUP was made of. No report comes back: a backup holds none.

    Refused where there is a store, another configuration or another onion key; what fails half-way leaves nothing.

    \b
    Example:
      khomo-intake restore /media/stick/khomo-server.backup
    """  # noqa: D301  # click reads the backspace
    sealed = _read(source)
    backup = _opened(sealed, _identity(identity_file))
    if not as_json:
        click.echo(_found(backup))
    if not yes:
        click.confirm(ASK, abort=True, err=True)
    with Stages(STAGES, shown=not as_json) as progress:
        done = restore(backup, config_path, lambda at, total: progress("letters", at, total))
    letters = counted(done.mailboxes, "mailbox is", "mailboxes are")
    say(done, [f"Restored. {letters} back, with a blank letter each.", *map(_next, NEXT)], as_json=as_json)


def _next(words: str) -> str:
    return textwrap.fill(words, 100, initial_indent="  - ", subsequent_indent="    ")


def _read(source: Path) -> bytes:
    with source.open("rb") as file:
        sealed = file.read(LARGEST_BACKUP + 1)
    if len(sealed) > LARGEST_BACKUP or not sealed.startswith(AGE):
        raise BackupError(f"{source} is no backup of a server.", "Name the file khomo-server.backup.")
    return sealed


def _identity(file: Path | None) -> HybridIdentity:
    """Read what stands on paper."""
    typed = click.prompt("The identity on paper", hide_input=True, err=True) if file is None else file.read_text()
    return read_identity(str(typed))


def _opened(sealed: bytes, identity: HybridIdentity) -> ServerBackup:
    try:
        return open_backup(sealed, identity)
    except AgeError as error:
        remedy = "Take the paper that was printed for this server, and a backup that is whole."
        raise BackupError("This identity does not open this backup, or the file is damaged.", remedy) from error


def _found(backup: ServerBackup) -> str:
    return FOUND.format(
        organisation=one_line(backup.public_bundle.organisation),
        day=backup.day,
        program=one_line(backup.program),
        address=backup.address,
        words=backup.root.fingerprint_words(),
        hex=backup.root.fingerprint_hex(),
    )
