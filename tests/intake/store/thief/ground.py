"""The ground a store stands on: an ext4 file system in a file, whose power can be cut; a folder where that cannot be.

The power cut is ext4's own (``EXT4_IOC_SHUTDOWN`` without a flush of its journal): what was in memory is lost, as when
the plug is pulled. Then the file is what a thief carries away. The thief reads its raw bytes, and mounts a copy.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 4096
_SHUTDOWN = 0x8004587D
_WITHOUT_FLUSH = (2).to_bytes(4, "little")
_SYSTEM = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@dataclass
class Ground:
    """Where the store stands.

    Attributes:
        folder: where files are put.
        image: the file that holds all of it; None where this machine mounts nothing: then there are no free blocks.
    """

    folder: Path
    image: Path | None
    powered: bool = True

    def cut_power(self) -> None:
        """End it without a clean close; what was not synced is gone."""
        if self.image is None or not self.powered:
            return
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, _WITHOUT_FLUSH)
        finally:
            os.close(descriptor)
        _run("umount", "--lazy", str(self.folder))
        self.powered = False

    @contextmanager
    def carried_away(self, folder: Path) -> Iterator[tuple[Path, bytes]]:
        """Give what the thief has: its files, as a copy mounted in ``folder`` shows them, and every raw byte."""
        folder.mkdir()
        if self.image is None:
            yield self.folder, b"".join(_padded(path) for path in sorted(self.folder.rglob("*")) if path.is_file())
            return
        raw, copy, place = self.image.read_bytes(), folder / "copy.img", folder / "disk"
        shutil.copy(self.image, copy)
        with _mounted(copy, place):
            yield place, raw


def _padded(path: Path) -> bytes:
    data = path.read_bytes()
    return data + bytes(-len(data) % BLOCK)


def _run(*command: str) -> bool:
    found = subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PATH": _SYSTEM})
    return found.returncode == 0


@contextmanager
def _mounted(image: Path, place: Path) -> Iterator[bool]:
    place.mkdir()
    done = _run("mount", "-o", "loop", str(image), str(place))
    try:
        yield done
    finally:
        _run("umount", "--lazy", str(place))


@contextmanager
def ground(folder: Path, mebibytes: int) -> Iterator[Ground]:
    """Give ground of this size."""
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(mebibytes << 20)
    with ExitStack() as stack:
        made = _run("mkfs.ext4", "-q", "-F", "-b", str(BLOCK), str(image))
        mounted = stack.enter_context(_mounted(image, folder / "disk"))
        given = Ground(folder / "disk", image if made and mounted else None)
        yield given
