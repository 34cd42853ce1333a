"""Puts files of a backup in their places: each whole and with its owner, all of them or none.

Rules:
1. A file that is there with the same content stays; one with another content is a reason to place nothing.
2. What this run has placed, and the folders that it made, go again if a later step fails.
3. A run that was killed left no store. The next one finds the same files and goes on.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from intake.backup.errors import BackupError
from keys.sealing.atomic import atomic_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose a file becomes where root places it: the user and the group of a folder, ``None`` for root's own."""

    user: Path | None = None
    group: Path | None = None

    def ids(self) -> tuple[int, int]:
        """Return the numbers; -1 leaves what is."""
        if os.geteuid() != 0:
            return -1, -1
        user = 0 if self.user is None else self.user.stat().st_uid
        return user, 0 if self.group is None else self.group.stat().st_gid


@dataclass(frozen=True, slots=True)
class Restored:
    """One file."""

    path: Path
    content: bytes = field(repr=False)
    mode: int
    owned: Owned = Owned()

    def is_there(self) -> bool:
        """Tell whether it is in place; raises ``BackupError`` where another file is."""
        if not os.path.lexists(self.path):
            return False
        if self.path.is_file() and self.path.read_bytes() == self.content:
            return True
        raise BackupError(
            f"{self.path} is there already and is another file than the one in the backup.",
            "A backup is restored to a new machine. If this is one, move the file away first.",
        )


class Placing:
    """A context manager: what was placed goes again unless the block ends well."""

    def __init__(self) -> None:
        self._placed: list[Path] = []
        self._folders: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            return
        for path in reversed(self._placed):
            path.unlink(missing_ok=True)
        for folder in reversed(self._folders):
            with suppress(OSError):  # something else came into it
                folder.rmdir()

    def place(self, files: Sequence[Restored]) -> None:
        """Place all of them; looks at every one before the first is written."""
        missing = [file for file in files if not file.is_there()]
        for file in missing:
            self.make_folder(file.path.parent)
            user, group = file.owned.ids()
            with atomic_file(file.path, mode=0o600) as out:
                os.fchown(out.fileno(), user, group)
                os.fchmod(out.fileno(), file.mode)
                out.write(file.content)
            self._placed.append(file.path)

    def make_folder(self, folder: Path, mode: int | None = None) -> None:
        """Make a missing folder, with the owner of the one that it is in, and with its mode if none is given."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        around = folder.parent.stat()
        folder.mkdir(mode=0o700)
        self._folders.append(folder)
        if os.geteuid() == 0:
            os.chown(folder, around.st_uid, around.st_gid)
        folder.chmod(stat.S_IMODE(around.st_mode) if mode is None else mode)
