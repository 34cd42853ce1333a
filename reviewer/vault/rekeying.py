"""A new key for the database, for the day a reviewer goes: what the old passphrase gave opens nothing here then.

The copy under the new key is made and checked beside the old file and takes its place in one step. Before that step the
first copies of the wraps hold the new key and the second ones the old: whichever opens the database counts, so that a
vault whose power failed in between still opens, with either key.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from keys.sealing.atomic import PARTIAL_PREFIX, sync_folder
from reviewer.vault import database, unlock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reviewer.vault.unlock import Unlocked
    from reviewer.vault.vault import Vault

_KEY_BYTES = 32


@dataclass(frozen=True)
class Staying:
    """A reviewer who still opens the vault afterwards."""

    unlocked: Unlocked
    passphrase: str = field(repr=False)


def rekey(vault: Vault, staying: Sequence[Staying]) -> None:
    """Give the database a new key, which those who stay can open; all other wraps are removed."""
    key = secrets.token_bytes(_KEY_BYTES)
    copy = vault.folder / f"{PARTIAL_PREFIX}vault.db"
    copy.unlink(missing_ok=True)
    try:
        _copy_under(vault, copy, key)
        keep = [replace(one, unlocked=replace(one.unlocked, database_key=key)) for one in staying]
        for one in keep:
            unlock.write_wrap(vault.wraps, one.unlocked, one.passphrase, copies=1)
        vault.engine.dispose()
        copy.replace(vault.folder / "vault.db")
    finally:
        copy.unlink(missing_ok=True)
    sync_folder(vault.folder)
    for one in keep:
        unlock.write_wrap(vault.wraps, one.unlocked, one.passphrase)
    for name in set(unlock.reviewers(vault.wraps)) - {one.unlocked.reviewer for one in keep}:
        unlock.remove_wrap(vault.wraps, name)
    _go_on(vault, key)


def _copy_under(vault: Vault, copy: Path, key: bytes) -> None:
    database.copy_to(vault.engine, copy)
    database.change_key(copy, vault.unlocked.database_key, key)
    engine = database.open_engine(copy, key)
    try:
        database.check_schema(engine)
        database.check_whole(engine)
    finally:
        engine.dispose()


def _go_on(vault: Vault, key: bytes) -> None:
    vault.unlocked = replace(vault.unlocked, database_key=key)
    vault.engine = database.open_engine(vault.folder / "vault.db", key)
    vault.held.callback(vault.engine.dispose)
