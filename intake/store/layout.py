"""Folders of a store, and the few durable steps on them.

::

    <store>/current            symbolic link to the generation in use
    <store>/generation-<hex>/  khomo.db, blobs/ (rewritten), fresh/ (since the last rewrite)
    <store>/incoming/<hex>/    uploads of one living process, which holds a lock on the folder
    <store>/*.lock *.turnstile locks, always empty

A generation is built beside the one in use and comes into force by the rename of one link.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from intake.store.errors import StoreUnusable
from intake.store.settings import FILE_TIME
from keys.sealing.atomic import sync_folder
from keys.sealing.values import ID_BYTES, RowId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PREFIX = "generation-"


def level_time(path: Path | int) -> None:
    """Give a file or folder the time that all of the store bears."""
    follow = isinstance(path, int)
    os.utime(path, (FILE_TIME, FILE_TIME), follow_symlinks=follow)


def open_quietly(path: Path) -> BinaryIO:
    """Open a file for reading without leaving an access time."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOATIME)
    except PermissionError:  # a file of another owner: O_NOATIME is not ours to ask
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return os.fdopen(descriptor, "rb")


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete state of the store on disk."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "khomo.db"

    @property
    def blobs(self) -> Path:
        """Blobs whose order no longer tells anything."""
        return self.folder / "blobs"

    @property
    def fresh(self) -> Path:
        """Blobs that came since the last rewrite."""
        return self.folder / "fresh"

    def find(self, row: RowId) -> Path | None:
        """Return where the blob of a row lies, if it does."""
        return next((path for place in (self.fresh, self.blobs) if (path := place / row.hex()).exists()), None)

    def present(self) -> Iterator[Path]:
        """Yield every file in both blob folders, whatever its name."""
        for place in (self.fresh, self.blobs):
            yield from sorted(place.iterdir())


def row_of(path: Path) -> RowId | None:
    """Read a row id back from a blob's file name; None for a name that we would not give."""
    try:
        row = RowId(bytes.fromhex(path.name))
    except ValueError:
        return None
    return row if len(row) == ID_BYTES and row.hex() == path.name else None


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one store."""

    root: Path

    @property
    def incoming(self) -> Path:
        """Where uploads grow before they are committed."""
        return self.root / "incoming"

    def prepare(self) -> None:
        """Make the outer folders, private to the owner."""
        if not self.root.is_dir():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self.root.parent)
        self.incoming.mkdir(mode=0o700, exist_ok=True)

    def current_name(self) -> str | None:
        """Return the name of the generation in use, None for a new store."""
        try:
            name = os.readlink(self.root / "current")  # noqa: PTH115  # one system call on every commit
        except FileNotFoundError:
            return None
        if not name.startswith(_PREFIX) or "/" in name:
            raise StoreUnusable("The store's `current` link points outside the store.", "Restore it from a backup.")
        return name

    def generation(self, name: str) -> Generation:
        """Return the generation of that name."""
        return Generation(self.root / name)

    def new_generation(self) -> Generation:
        """Make the folders of a generation that is not yet in use."""
        made = Generation(self.root / f"{_PREFIX}{secrets.token_hex(8)}")
        for folder in (made.folder, made.blobs, made.fresh):
            folder.mkdir(mode=0o700)
        return made

    def put_in_force(self, generation: Generation) -> None:
        """Switch to a finished generation: sync what is below, then rename one link."""
        for folder in (generation.blobs, generation.fresh, generation.folder):
            sync_folder(folder)
        link = self.root / "current.next"
        link.unlink(missing_ok=True)
        link.symlink_to(generation.folder.name)
        link.rename(self.root / "current")
        sync_folder(self.root)

    def abandoned(self) -> list[Path]:
        """Return generations that are not in use: left by a crash or just replaced."""
        current = self.current_name()
        return [path for path in sorted(self.root.glob(f"{_PREFIX}*")) if path.name != current]

    def remove_abandoned(self) -> None:
        """Remove what `abandoned` lists."""
        for folder in self.abandoned():
            shutil.rmtree(folder)

    def level_times(self) -> None:
        """Take the times from the folders outside the generations: they told when the last upload ended."""
        for path in (*self.incoming.iterdir(), self.incoming, self.root / "current", self.root):
            with suppress(FileNotFoundError):  # a process has just ended
                level_time(path)
