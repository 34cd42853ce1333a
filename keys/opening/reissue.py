"""The public bundle signed again, with what has changed and the next serial; and the folder in which it is carried.

Rules:
- The serial grows by one; salt and organisation stay.
- New key files and the new bundle lie in a new folder, whole or not at all. Nothing is replaced.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.opening.ceremony import BUNDLE_FILE
from keys.opening.key_files import write_key_file, write_plain_key_file
from keys.opening.staging import staged_folder
from keys.sealing.atomic import atomic_write
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path
    from typing import Any

    from keys.sealing.key_file import KeyFile
    from keys.sealing.notes import SigningKey


@dataclass(frozen=True, slots=True)
class NewFile:
    """A new key file: its path in the folder, and its passphrase (None: it lies open, for a machine)."""

    path: str
    key: KeyFile
    passphrase: str | None = dataclasses.field(default=None, repr=False)


def next_bundle(bundle: PublicBundle, today: date, **changes: Any) -> PublicBundle:
    """Return the bundle that replaces this one."""
    return dataclasses.replace(bundle, serial=bundle.serial + 1, issued=today, **changes)


def write_reissue(folder: Path, note: bytes, files: Iterable[NewFile], log_n: int) -> None:
    """Fill a new or empty folder with the signed bundle and the key files of what is new in it."""
    with staged_folder(folder) as staging:
        for file in files:
            path = staging / file.path
            _make_folders(staging, path.parent)
            if file.passphrase is None:
                write_plain_key_file(path, file.key)
            else:
                write_key_file(path, file.key, file.passphrase, log_n)
        atomic_write(staging / BUNDLE_FILE, note, mode=0o644)


def _make_folders(staging: Path, folder: Path) -> None:
    """Make a folder and those around it, all for their owner only."""
    if folder != staging and not folder.is_dir():
        _make_folders(staging, folder.parent)
        folder.mkdir(mode=0o700)


def signed(bundle: PublicBundle, newer: PublicBundle, root: SigningKey) -> bytes:
    """Sign the newer bundle, and read it back as everybody will: it has to replace the one in use."""
    note = newer.to_note(root)
    bundle.replaced_by(PublicBundle.from_note(note, root.verify_key))
    return note
