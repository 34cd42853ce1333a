"""Files that appear whole or not at all, and are on the disk when they do.

Order: temporary name in the same folder (mode set when it is made), bytes, fsync, final name, fsync of the folder.
After a crash there is the old state or the new one, and at worst a ``.partial-…`` file that nothing reads.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PARTIAL_PREFIX = ".partial-"
"""Temporary names begin so; whoever cleans a folder may remove what no running program holds."""

_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def atomic_write(path: Path, data: bytes | Iterable[bytes], *, mode: int = 0o600, overwrite: bool = False) -> None:
    """Write a file that appears only when all of it is durable.

    Args:
        path: final name; its folder exists.
        data: the content, or its chunks in order.
        mode: permission bits, not widened by any umask.
        overwrite: whether a file of that name is replaced; else ``FileExistsError`` and the old one stays.
    """
    with atomic_file(path, mode=mode, overwrite=overwrite) as file:
        for chunk in [data] if isinstance(data, bytes) else data:
            file.write(chunk)


@contextmanager
def atomic_file(path: Path, *, mode: int = 0o600, overwrite: bool = False) -> Iterator[BinaryIO]:
    """Give a file to write (and read back); it gets its final name when the block ends without an exception.

    ``FileExistsError`` comes at the start if the name is taken, and at the end if somebody took it meanwhile.
    """
    if not overwrite:
        _refuse_if_taken(path)
    temporary = path.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        _give_final_name(temporary, path, overwrite=overwrite)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give_final_name(temporary: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(path)
        return
    try:
        os.link(temporary, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # USB sticks with FAT know no hard links; between check and rename only a second writer could slip in.
        _refuse_if_taken(path)
        temporary.rename(path)


def _refuse_if_taken(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
