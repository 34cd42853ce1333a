"""Files on their way out: made in the vault's ``outgoing`` folder, then copied to a stick and read back.

A bundle is in the vault, and its place in the chain in the database, before anything reaches the stick. So a stick that
breaks, or gets lost, costs a copy and never a second bundle of one number.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.atomic import atomic_file
from reviewer.errors import ReviewerError
from reviewer.vault.attachments import chunks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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


def _copy(file: BinaryIO, destination: Path, progress: Callable[[int], object]) -> None:
    try:
        with atomic_file(destination) as copy:
            for data in chunks(file):
                copy.write(data)
                progress(len(data))
    except FileExistsError:
        raise ReviewerError(f"{destination} exists already and is another file.", "Name another folder.") from None


def digest_on_medium(path: Path) -> str:
    """SHA-256 of a file, read from the medium as far as the system allows, in hex."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()
