"""Lets a server stand again from its backup.

Rules:
1. Never over a living store, nor over another server's keys or configuration.
2. All or nothing: files first, the store last, and the store comes into force by one rename.
3. Every mailbox comes back with a blank letter. The next bundle of the desk replaces it. Until then the store knows
   that its letters are away, and the pages say so to everybody alike.
4. A new chain of bundles names the last head that the backup knows; at the desk a person confirms it.
5. No report comes back: a backup holds none.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.backup.errors import BackupError
from intake.backup.making import CLIENTS, SECRET_KEY
from intake.backup.owners import as_owner_of
from intake.backup.placing import Owned, Placing, Restored
from intake.config import ConfigError, parse_config
from intake.store.database import Database
from intake.store.errors import translated
from intake.store.layout import Layout
from intake.store.letters import replace_letters
from intake.store.lock import FairLock
from intake.store.models import IncomingChainRow, OutgoingChainRow
from intake.store.settings import StoreSettings
from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.letter import blank_letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from intake.backup.contents import ServerBackup
    from intake.config import Config
    from keys.sealing.values import MailboxAddress, Sealed

    Progress = Callable[[int, int], object]

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class RestoredServer:
    """What stands again.

    Attributes:
        address: of the door.
        mailboxes: how many came back, with blank letters.
        resumes: number of the last bundle that the backup knows; None if there was none.
    """

    address: str
    mailboxes: int
    resumes: int | None


def restore(backup: ServerBackup, config_path: Path, progress: Progress = lambda _done, _all: None) -> RestoredServer:
    """Put everything in place; raises ``BackupError``, ``StoreError`` or ``OSError`` and leaves nothing then."""
    try:
        config = parse_config(backup.config, config_path)
    except ConfigError as error:
        raise BackupError(
            f"This program does not read the configuration in the backup: {error.message}",
            f"Install version {backup.program}, with which the backup was made.",
        ) from error
    layout = Layout(config.paths.store_dir)
    _refuse_living(layout)
    with Placing() as placing:
        placing.make_folder(config.paths.tor_dir, _PRIVATE)
        placing.make_folder(layout.root, _PRIVATE)
        placing.place([*_onion(backup, config), *_papers(backup, config), *_settings(backup, config)])
        _make_store(backup, layout, progress)
    return RestoredServer(backup.address, len(backup.mailboxes), None if backup.last is None else backup.last.number)


def _refuse_living(layout: Layout) -> None:
    with translated():
        living = layout.current_name() is not None
    if living:
        raise BackupError(
            f"There is a store at {layout.root}. Restoring would put an older state over it.",
            "A backup is restored to a new machine. If this store is the lost one, move it away first.",
        )


def _onion(backup: ServerBackup, config: Config) -> Iterator[Restored]:
    tor_dir = config.paths.tor_dir
    owned = Owned(tor_dir, tor_dir)
    for name, content in backup.onion.items():
        secret = name.endswith(SECRET_KEY) or f"/{CLIENTS}/" in name
        yield Restored(tor_dir / name, content, 0o600 if secret else 0o640, owned)


def _papers(backup: ServerBackup, config: Config) -> Iterator[Restored]:
    papers, paths = backup.papers, config.paths
    yield Restored(paths.public_bundle, papers.public_bundle.encode(), 0o644)
    yield Restored(paths.root_key, papers.root_key.encode(), 0o644)
    user = paths.store_dir  # whose owner the installer made
    yield Restored(paths.server_key, papers.server_key.encode(), 0o600, Owned(user, user))


def _settings(backup: ServerBackup, config: Config) -> Iterator[Restored]:
    folder = config.file.parent
    for name, content in backup.beside.items():
        yield Restored(folder / name, content.encode(), 0o644)
    yield Restored(config.file, backup.config.encode(), 0o640, Owned(None, config.paths.store_dir))


def _make_store(backup: ServerBackup, layout: Layout, progress: Progress) -> None:
    """Build a generation with all mailboxes and put it in force; if that fails, remove what it made."""
    before = set(layout.root.iterdir())
    try:
        with as_owner_of(layout.root), translated():
            layout.prepare()
            with FairLock(layout.root, "store", StoreSettings().lock_seconds).held():
                _refuse_living(layout)
                for left in layout.abandoned():  # by a restore that was killed; nothing but blank letters is in it
                    shutil.rmtree(left)
                _build(backup, layout, progress)
    except BaseException:
        for path in set(layout.root.iterdir()) - before:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        raise


def _build(backup: ServerBackup, layout: Layout, progress: Progress) -> None:
    made = layout.new_generation()
    database = Database(made.database, StoreSettings().busy_seconds)
    try:
        database.migrate()
        with database.writing() as session:
            replace_letters(session, _blank_letters(backup, progress))
            _put_chains(session, backup)
    finally:
        database.close()
    layout.put_in_force(made)


def _blank_letters(backup: ServerBackup, progress: Progress) -> Iterator[tuple[MailboxAddress, Sealed]]:
    for done, address in enumerate(backup.mailboxes, 1):
        yield address, blank_letter()
        progress(done, len(backup.mailboxes))


def _put_chains(session: Session, backup: ServerBackup) -> None:
    chain = ChainId.begin(backup.server_key.name, Direction.TO_DESK)
    resumes = None if backup.last is None else backup.last.to_text()
    begun = OutgoingChainRow(name="to_desk", chain=str(chain), number=0, complete=True, resumes=resumes)
    begun.letters_away = True
    session.add(begun)
    for desk, position in backup.incoming.items():
        session.add(IncomingChainRow(desk=desk, position=position.to_text()))
