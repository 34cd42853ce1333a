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
    """Give an empty folder to fill; on success its entries are in ``folder``, on any error nothing is left.

    A new folder appears with one rename. One that is there, perhaps a mounted stick, gets the entries one by one,
    folders first, then files in the order of their names: who is killed meanwhile leaves the rest in ``.partial-…``,
    which nothing reads, and the next try refuses the folder.

    Raises:
        OpeningError: the folder holds something already; nothing in it is touched.
    """
    if not folder.exists():
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _staging(folder.parent) as (staging, moved):
            yield staging
            _sync(staging)
            staging.rename(folder)
            moved.append(folder)
            sync_folder(folder.parent)
        return
    check_empty(folder)
    with _staging(folder) as (staging, moved):
        yield staging
        _sync(staging)
        for entry in sorted(staging.iterdir(), key=lambda entry: (entry.is_file(), entry.name)):
            entry.rename(folder / entry.name)
            moved.append(folder / entry.name)
        staging.rmdir()
        sync_folder(folder)


def check_empty(folder: Path) -> None:
    """Refuse a folder that holds something: asked before anybody types a passphrase. Raises OpeningError."""
    held = folder.iterdir() if folder.exists() else ()
    if taken := sorted(entry.name for entry in held if entry.name not in _ALLOWED):
        raise OpeningError(f"{folder} is not empty: {taken[0]} is there.", "Choose a new or an empty folder.")


@contextmanager
def _staging(place: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Give a new folder in ``place``, and a list of what is to be removed with it if anything fails."""
    staging = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=place))
    moved: list[Path] = []
    try:
        yield staging, moved
    except BaseException:
        _remove([staging, *moved])
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
