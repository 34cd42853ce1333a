"""Backups: a consistent, encrypted copy of the vault that is itself a vault, and was opened and read before it counts.

The database is copied page by page under its own key (``VACUUM INTO``), sealed files as they are. Every file is read
back from the medium; the copied database is opened with the key, checked, and asked which files must be there.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from keys.sealing.atomic import PARTIAL_PREFIX, sync_folder
from reviewer.errors import ReviewerError
from reviewer.forgetting import RESTORED, RESTORED_YES
from reviewer.outgoing import copy_out, digest_on_medium
from reviewer.vault import database
from reviewer.vault.inventory import attachment_files, sealed_files
from reviewer.vault.vault import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from reviewer.vault.vault import Vault

_PRIVATE_FOLDER = 0o700


@dataclass(frozen=True)
class Backup:
    """A backup that was verified."""

    folder: Path
    files: int
    size: int


def back_up(vault: Vault, destination: Path, progress: Callable[[int], object]) -> Backup:
    """Copy the vault into a new folder below ``destination`` and verify the copy; raises ReviewerError."""
    final = _free_name(vault, destination)
    folder = destination / f"{PARTIAL_PREFIX}{final.name}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for path in (folder, *(folder / name for name in FOLDERS)):
            path.mkdir(mode=_PRIVATE_FOLDER)
        _copy_database(vault, folder / "vault.db")
        copied = _copy_files(vault, folder, progress)
        _verify(vault, folder)
        folder.rename(final)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync_folder(destination)
    with vault.change() as change:
        change.record("backup", None, files=(None, str(copied)))
    size = sum(path.stat().st_size for path in final.rglob("*") if path.is_file())
    return Backup(final, copied, size)


def _free_name(vault: Vault, destination: Path) -> Path:
    if not destination.is_dir():
        raise ReviewerError(f"{destination} is not a folder.", "Name the folder of a mounted disk.")
    if destination.resolve().is_relative_to(vault.folder.resolve()):
        raise ReviewerError("A backup does not belong inside the vault.", "Name a folder on another disk.")
    day, number = vault.today().isoformat(), 1
    while (path := destination / f"khomo-vault-{day}-{number}").exists():
        number += 1
    return path


def _copy_database(vault: Vault, path: Path) -> None:
    database.copy_to(vault.engine, path)
    engine = database.open_engine(path, vault.unlocked.database_key)
    marked = {"name": RESTORED, "value": RESTORED_YES}
    try:
        with engine.begin() as connection:
            connection.execute(text("INSERT OR REPLACE INTO setting VALUES (:name, :value)"), marked)
    finally:
        engine.dispose()


def _copy_files(vault: Vault, folder: Path, progress: Callable[[int], object]) -> int:
    copied = 0
    for name in FOLDERS:
        for source in sorted((vault.folder / name).iterdir()):
            if not source.name.startswith(PARTIAL_PREFIX):
                copy_out(source, folder / name / source.name, progress)
                copied += 1
    return copied


def _verify(vault: Vault, folder: Path) -> None:
    engine = database.open_engine(folder / "vault.db", vault.unlocked.database_key)
    try:
        database.check_schema(engine)
        database.check_whole(engine)
        expected = _expected_digests(engine)
    finally:
        engine.dispose()
    for path, digest in expected.items():
        if not (folder / path).is_file() or digest_on_medium(folder / path) != digest:
            raise ReviewerError(
                f"{path} is missing or damaged, in the vault or on the way to the backup.",
                "Restore that file from an earlier backup; the case that it belongs to is shown by `show`.",
            )


def _expected_digests(engine: Engine) -> dict[str, str]:
    """Digest of every file that the database names, by its place in the vault."""
    with engine.begin() as connection:
        digests = {f"attachments/{file}": digest for file, digest in attachment_files(connection).items()}
        return digests | {f"sealed/{file}": digest for file, digest in sealed_files(connection).items()}
