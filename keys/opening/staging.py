"""A folder that is filled whole or stays as it was."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.sealing.atomic import PARTIAL_PREFIX, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALLOWED = {"lost+found", "System Volume Information"}
"""What a freshly formatted stick may hold."""


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, inside ``folder``; on success its entries move up, on any error nothing is left.

    ``folder`` may be a mounted stick: everything stays on its file system. It is made if it is not there.

    Raises:
        OpeningError: the folder holds something already; nothing in it is touched.
    """
    made = not folder.exists()
    if not made and (taken := sorted(entry.name for entry in folder.iterdir() if entry.name not in _ALLOWED)):
        raise OpeningError(f"{folder} is not empty: {taken[0]} is there.", "Choose a new or an empty folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=folder))
    moved = [staging]
    try:
        yield staging
        _sync(staging)
        for entry in sorted(staging.iterdir(), key=lambda entry: (entry.is_file(), entry.name)):
            entry.rename(folder / entry.name)
            moved.append(folder / entry.name)
        staging.rmdir()
        sync_folder(folder)
    except BaseException:
        _remove([folder] if made else moved)
        raise


def _sync(staging: Path) -> None:
    for folder in [staging, *(entry for entry in staging.rglob("*") if entry.is_dir())]:
        sync_folder(folder)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
