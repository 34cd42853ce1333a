"""A bundle that is being fetched waits in the courier's own folder until all of it is here and right.

Rules:
1. Nothing that was not verified goes onto the stick, and no name on the stick is opened: a stick may hold links.
2. The server's word for a name counts only if it is letter by letter what a server's bundle is called.
3. What waits is an ordinary file with one name; no link is followed.
4. One bundle waits at a time. It takes no more room than is free, on the laptop less ``ROOM_LEFT``.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.atomic import atomic_file
from keys.sealing.limits import COPY_BYTES, MIB
from reviewer.errors import ReviewerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITING = "fetching"
ROOM_LEFT = 64 * MIB
"""A laptop with no room at all cannot even say so."""
_NAME = re.compile(r"khomo-to-desk-[0-9a-f]{8}-[0-9]{6,9}\.bundle")


@dataclass(frozen=True, slots=True)
class WaitingBundle:
    """One bundle on its way.

    Attributes:
        folder: the courier's, for nothing else; made when it is needed.
        name: what the file will be called.
        size: bytes of the whole.
    """

    folder: Path
    name: str
    size: int

    @classmethod
    def expected(cls, folder: Path, name: str, size: int) -> WaitingBundle:
        """Hear what the server offers; raises ``ReviewerError`` for what no server of ours would."""
        if not _NAME.fullmatch(name):
            raise ReviewerError(
                "The server gave the bundle a name that no bundle has.", "Do not go on; tell the operator."
            )
        folder.mkdir(mode=0o700, exist_ok=True)
        for other in folder.iterdir():
            if other.name != name:
                other.unlink()
        return cls(folder, name, size)

    @property
    def path(self) -> Path:
        """Where it waits."""
        return self.folder / self.name

    def check_room(self, destination: Path) -> None:
        """Raise ``ReviewerError`` unless the rest has room here, and the whole on the stick."""
        here = self.path.stat().st_size if self.path.is_file() else 0
        for folder, needed in ((self.folder, self.size - here + ROOM_LEFT), (destination, self.size)):
            if needed > (free := shutil.disk_usage(folder).free):
                raise ReviewerError(
                    f"The server announces {self.size} bytes; in {folder} {free} are free.",
                    "Make room there. If that is far more than the desk waits for, ask the operator first.",
                )

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open it to go on at its end."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self.path, flags, 0o600), "a+b") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                raise ReviewerError(f"{self.path} is no ordinary file.", f"Look at it, then remove {self.folder}.")
            yield file

    def copy(self, target: Path) -> None:
        """Write it onto the stick, whole or not at all, under a name that is not there yet."""
        with self.path.open("rb") as file, atomic_file(target, mode=0o644) as copy:
            shutil.copyfileobj(file, copy, COPY_BYTES)

    def forget(self) -> None:
        """Remove it."""
        self.path.unlink()
