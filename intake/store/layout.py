"""Folders of a store, and the few durable steps on them.

::

    <store>/current            symbolic link to the generation in use
    <store>/generation-<hex>/  khomo.db, name.key, blobs/ (rewritten), fresh/ (since the last rewrite)
    <store>/removed-<hex>/     one that is being overwritten, or blobs that were copied out of `fresh`
    <store>/incoming/<hex>/    uploads of one living process, which holds a lock on the folder
    <store>/*.lock *.turnstile locks, always empty

A generation is built beside the one in use and comes into force by the rename of one link.

A blob is named for its row only once it was rewritten. Until then its name is made with the key of the generation: file
systems keep the names of a day, with times and in order, in their journals and in freed blocks, and when the generation
is removed its key is overwritten with it. Then those names belong to no row.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from intake.store.errors import StoreUnusable
from intake.store.settings import FILE_TIME
from keys.sealing.atomic import sync_folder
from keys.sealing.values import ID_BYTES, RowId

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_PREFIX = "generation-"
_REMOVED = "removed-"
_KEY_BYTES = 32


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


def open_locked(path: Path) -> BinaryIO:
    """Open a blob for reading; nobody wipes it until it is closed. ``FileNotFoundError`` if somebody just has."""
    blob = open_quietly(path)
    fcntl.flock(blob.fileno(), fcntl.LOCK_SH)
    if not os.fstat(blob.fileno()).st_nlink:
        blob.close()
        raise FileNotFoundError(path)
    return blob


@dataclass(frozen=True, slots=True)
class FreshNames:
    """Names of blobs since the last rewrite, which tell no row to whoever has not the key."""

    key: bytes

    def of(self, row: RowId) -> str:
        """Return the name of a row's blob, 32 hex digits like that of a row."""
        return hmac.digest(self.key, row, hashlib.sha256)[:ID_BYTES].hex()

    def rows(self, rows: Iterable[RowId]) -> dict[str, RowId]:
        """Return which row each name stands for."""
        return {self.of(row): row for row in rows}


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete state of the store on disk."""

    folder: Path

    @property
    def _key(self) -> Path:
        return self.folder / "name.key"

    def make_names(self) -> None:
        """Make the key to its names, if there is none."""
        if not self._key.exists():
            made = self.folder / "name.key.next"
            made.unlink(missing_ok=True)
            descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                level_time(file.fileno())
                os.fsync(file.fileno())
            made.rename(self._key)
            sync_folder(self.folder)

    @property
    def names(self) -> FreshNames:
        """The names in `fresh`."""
        with open_quietly(self._key) as file:
            return FreshNames(file.read())

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
        return next((path for path in self.places(row) if path.exists()), None)

    def places(self, row: RowId) -> tuple[Path, ...]:
        """Return where the blob of a row may lie."""
        return self.fresh / self.names.of(row), self.blobs / row.hex()

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
        made.make_names()
        return made

    def new_removed(self) -> Path:
        """Make a folder for what is to be overwritten: whatever is in it counts as removed."""
        made = self.root / f"{_REMOVED}{secrets.token_hex(8)}"
        made.mkdir(mode=0o700)
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
        found = (*self.root.glob(f"{_PREFIX}*"), *self.root.glob(f"{_REMOVED}*"))
        return [path for path in sorted(found) if path.name != current]

    def set_aside(self) -> list[Path]:
        """Take from `abandoned` the name of a generation; return them. Nobody finds the way into them any more."""
        aside = []
        for folder in self.abandoned():
            target = folder.with_name(_REMOVED + folder.name.removeprefix(_PREFIX).removeprefix(_REMOVED))
            folder.rename(target)
            aside.append(target)
        return aside

    def level_times(self) -> None:
        """Take the times from the folders outside the generations: they told when the last upload ended."""
        for path in (*self.incoming.iterdir(), self.incoming, self.root / "current", self.root):
            with suppress(FileNotFoundError):  # a process has just ended
                level_time(path)
