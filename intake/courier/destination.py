"""Where a file for the stick goes: looked at before anything is numbered for it.

Rules:
1. A destination with the ending of the file is its name, in a folder that is there; any other is a folder that is
   there. So a stick that is not mounted is no reason to make a file on the server's own disk.
2. The folder can be written, and has room for the whole file.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, TypeVar

from intake.courier.errors import CourierError, from_stick
from keys.sealing.atomic import PARTIAL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

BUNDLE = ".bundle"
MANIFEST = ".manifest"

_MB = 1_000_000


class Destination:
    """A place that was looked at.

    Args:
        path: a folder, or a file name with the ending.
        ending: of the file that is to be written.

    Raises:
        CourierError: it cannot be used.
    """

    def __init__(self, path: Path, ending: str) -> None:
        self._path = path
        self._ending = ending
        self._is_name = on_stick(lambda: path.suffix == ending and not path.is_dir())
        self.folder = path.parent if self._is_name else path
        if not on_stick(self.folder.is_dir):
            raise CourierError(f"{self.folder} is not a folder.", "Mount the stick and name its folder.")
        on_stick(self._try_to_write)

    def file(self, stem: str) -> Path:
        """Return where the file goes, and remove what interrupted exports left there."""
        for left in self.folder.glob(f"{PARTIAL_PREFIX}*"):
            left.unlink(missing_ok=True)
        return self._path if self._is_name else self.folder / f"{stem}{self._ending}"

    def refuse_if_taken(self) -> None:
        """Raise ``CourierError`` if the name that was given is the name of a file."""
        if self._is_name and on_stick(self._path.exists):
            raise CourierError(f"{self._path} is there already and is another file.", "Choose another destination.")

    def check_room(self, needed: int) -> None:
        """Raise ``CourierError`` unless ``needed`` bytes fit."""
        disk = on_stick(lambda: os.statvfs(self.folder))
        free = disk.f_bavail * disk.f_frsize
        if free < needed:
            message = f"The file needs {_mb(needed)} MB, and {self.folder} has {free // _MB:,} MB free."
            raise CourierError(message, "Take a larger stick, or free space on it.")

    def _try_to_write(self) -> None:
        with tempfile.NamedTemporaryFile(prefix=PARTIAL_PREFIX, dir=self.folder):
            pass


def on_stick(action: Callable[[], T]) -> T:
    """Do something with the medium, and explain its errors."""
    try:
        return action()
    except FileExistsError as error:
        raise CourierError(f"{error.filename} is there already.", "Choose another destination.") from error
    except OSError as error:
        raise from_stick(error) from error


def _mb(size: int) -> str:
    return f"{-(-size // _MB):,}"
