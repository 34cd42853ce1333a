"""Makes a backup from a server as it stands: reads, and changes nothing."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from sqlalchemy import select

import keys
from intake.backup.contents import LARGEST_FILE, Papers, ServerBackup, seal_backup
from intake.backup.errors import BackupError
from intake.backup.owners import as_owner_of
from intake.papers import read_papers
from intake.store.configured import open_store
from intake.store.models import MailboxRow
from intake.store.settings import utc_today
from keys.sealing.chain_position import ChainPosition
from keys.sealing.values import MailboxAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from sqlalchemy.orm import Session

    from intake.config import Config
    from intake.store import Store
    from keys.sealing.age import HybridRecipient
    from keys.sealing.values import Sealed

SECRET_KEY = "hs_ed25519_secret_key"  # noqa: S105  # the name of a file
ONION_FILES = ("hostname", "hs_ed25519_public_key", SECRET_KEY)
CLIENTS = "authorized_clients"


def make_backup(config: Config, recipient: HybridRecipient, today: Callable[[], date] = utc_today) -> Sealed:
    """Collect, sign and seal.

    Raises:
        BackupError: something that is needed is not there.
        PapersError: the papers are wrong.
        StoreError: the store cannot be read.
    """
    papers = read_papers(config)
    paths = config.paths
    onion = dict(_onion_files(paths.tor_dir))
    last, incoming, mailboxes = _of_store(config)
    backup = ServerBackup(
        day=today(),
        program=keys.__version__,
        config=_text(config.file),
        papers=Papers(_text(paths.public_bundle), _text(paths.root_key), _text(paths.server_key)),
        beside=beside(config),
        onion=onion,
        mailboxes=mailboxes,
        last=last,
        incoming=incoming,
    )
    return seal_backup(backup, papers.server_key, recipient)


def beside(config: Config) -> dict[str, str]:
    """Return the files below the configuration's folder that it names, papers and the configuration left out."""
    folder, paths = config.file.parent.absolute(), config.paths
    others = {config.file.absolute(), paths.public_bundle, paths.root_key, paths.server_key}
    named = {folder / name for name in _texts(tomllib.loads(_text(config.file))) if name and "\0" not in name}
    found = sorted(path for path in named - others if ".." not in path.parts and path.is_relative_to(folder))
    return {path.relative_to(folder).as_posix(): _text(path) for path in found if _is_file(path)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a sentence is no name
        return False


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _onion_files(tor_dir: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what makes the addresses, of each onion service that tor keeps."""
    services = [path.parent for path in sorted(tor_dir.glob(f"*/{SECRET_KEY}"))]
    if not services:
        raise BackupError(
            f"There is no onion key below {tor_dir} that this user may read.",
            "Run this command as root, after the door was open once.",
        )
    for service in services:
        clients = sorted((service / CLIENTS).glob("*.auth"))
        for path in (*(service / name for name in ONION_FILES), *clients):
            yield path.relative_to(tor_dir).as_posix(), path.read_bytes()


def _of_store(
    config: Config,
) -> tuple[ChainPosition | None, Mapping[str, ChainPosition], tuple[MailboxAddress, ...]]:
    """Return where our chain and those of the desks stand, and all mailboxes; as the store's own user."""
    folder = config.paths.store_dir
    if not (folder / "current").is_symlink():
        raise BackupError(f"There is no store at {folder} yet.", "Open the door once, then make a backup.")
    with as_owner_of(folder), open_store(config) as store:
        return _last_head(store), store.chains.incoming(), store.gate.read(_addresses)


def _addresses(session: Session) -> tuple[MailboxAddress, ...]:
    query = select(MailboxRow.address).order_by(MailboxRow.address)
    return tuple(MailboxAddress(address) for address in session.scalars(query))


def _last_head(store: Store) -> ChainPosition | None:
    """Return the last bundle that anybody may have seen; of a chain without one, where the chain before it ended."""
    chain = store.chains.outgoing()
    if chain is None:
        return None
    return chain.resumes if chain.head is None else ChainPosition(chain.chain, chain.number, chain.head)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise BackupError(f"{path} is not a text in UTF-8.", "A backup keeps texts and onion keys alone.") from None
    if len(data) > LARGEST_FILE:
        raise BackupError(f"{path} is too large for a backup.", "Take large files out of the configuration's folder.")
    return text
