"""Files on their way out: made in the vault's ``outgoing`` folder, then copied to a stick and read back.

Rules:
1. A file is in the vault, and in the database's list of this outbox, in the transaction that counts it; so a stick that
   breaks, fills up or gets lost costs a copy and never a second bundle of one number.
2. Until every file of an outbox was read back from a stick, that outbox is the one that is written, and nothing is
   removed from the vault.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.atomic import atomic_file
from reviewer.errors import ReviewerError
from reviewer.vault.attachments import chunks
from reviewer.vault.rows import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reviewer.vault.vault import Change, Vault

OUTBOX = "outbox"
"""Setting: which files the newest outbox has, and whether all of them were written to a stick."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TENTH_OF_A_MB = 100_000


@dataclass(frozen=True)
class Outbox:
    """The newest outbox: names of its files in the vault, and whether they were read back from a stick."""

    names: tuple[str, ...]
    written: bool


def newest_outbox(vault: Vault) -> Outbox:
    """Return what was made last; nothing counts as written."""
    kept = vault.setting(OUTBOX)
    return Outbox((), written=True) if kept is None else _parse(kept)


def note_file(change: Change, name: str) -> None:
    """Add a file to the outbox that is being made, or begin one with it; counts together with the change."""
    kept = change.rows.get(SettingRow, OUTBOX)
    before = Outbox((), written=True) if kept is None else _parse(kept.value)
    names = () if before.written else before.names
    _keep(change, Outbox((*(one for one in names if one != name), name), written=False))


def write_out(vault: Vault, destination: Path) -> tuple[Path, ...]:
    """Copy the newest outbox to a folder, whole; equal files that are there already are fine. Raises ReviewerError."""
    outbox = newest_outbox(vault)
    paths = {vault.outgoing / name: destination / name for name in outbox.names}
    _check_sources(paths)
    again = f"Nothing was lost: {{}} and run `outbox {destination}` again."
    _check_room(paths, destination, again)
    for source, path in paths.items():
        try:
            copy_out(source, path)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise _full(sum(one.stat().st_size for one in paths), again) from error
        except TakenError as error:
            raise ReviewerError(error.message, again.format("take that file away, or name another folder,")) from error
    with vault.change() as change:
        _keep(change, Outbox(outbox.names, written=True))
    for old in vault.outgoing.iterdir():
        if old.name not in outbox.names:
            old.unlink()
    return tuple(paths.values())


class TakenError(ReviewerError):
    """Another file has the name."""


def copy_out(source: Path, destination: Path, progress: Callable[[int], object] = lambda _bytes: None) -> None:
    """Copy a file and read the copy back from the medium; an equal file that is there already is fine."""
    with source.open("rb") as file:
        expected = hashlib.file_digest(file, "sha256").hexdigest()
        if destination.is_file() and digest_on_medium(destination) == expected:
            return
        file.seek(0)
        _copy(file, destination, progress)
    if digest_on_medium(destination) != expected:
        raise ReviewerError(f"{destination.name} does not read back as written.", "Use another stick.")


def digest_on_medium(path: Path) -> str:
    """SHA-256 of a file, read from the medium as far as the system allows, in hex."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(file: BinaryIO, destination: Path, progress: Callable[[int], object]) -> None:
    try:
        with atomic_file(destination) as copy:
            for data in chunks(file):
                copy.write(data)
                progress(len(data))
    except FileExistsError:
        raise TakenError(f"{destination} exists already and is another file.", "Name another folder.") from None


def _parse(kept: str) -> Outbox:
    found = json.loads(kept)
    return Outbox(tuple(found["files"]), written=found["written"])


def _keep(change: Change, outbox: Outbox) -> None:
    value = json.dumps({"files": outbox.names, "written": outbox.written})
    change.rows.merge(SettingRow(name=OUTBOX, value=value))


def _check_sources(paths: dict[Path, Path]) -> None:
    for source in paths:
        if not source.is_file():
            raise ReviewerError(
                f"{source.name} of the last outbox is no longer in the vault.",
                f"Copy it from the folder `outgoing` of a backup to {source.parent}.",
            )


def _check_room(paths: dict[Path, Path], destination: Path, again: str) -> None:
    missing = sum(source.stat().st_size for source, path in paths.items() if not path.exists())
    if missing > shutil.disk_usage(destination).free:
        raise _full(missing, again)


def _full(needed: int, again: str) -> ReviewerError:
    tenths = -(-needed // _TENTH_OF_A_MB)  # rounded up
    return ReviewerError(f"The stick is full. {tenths / 10:.1f} MB are needed.", again.format("make room"))
