"""Files that appear under their name whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def new_file(destination: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Give a file to write; on success it is synced and gets its name, on any error nothing of it is left.

    Raises:
        FileExistsError: the destination is there already; it is not touched.
    """
    if os.path.lexists(destination):
        raise FileExistsError(f"{destination} is there already.")
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=destination.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fchmod(handle, mode)
            os.fsync(handle)
        _name(Path(temporary), destination)
    finally:
        Path(temporary).unlink(missing_ok=True)
    sync_folder(destination.parent)


def _name(temporary: Path, destination: Path) -> None:
    """Give the final name without ever replacing a file; FAT (USB sticks) has no links, so it gets a rename."""
    try:
        os.link(temporary, destination)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(destination):
            raise FileExistsError(f"{destination} is there already.") from None
        temporary.rename(destination)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
