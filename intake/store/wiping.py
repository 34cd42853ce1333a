"""Removing files so that their old bytes do not stay in free blocks, and turning a file system's journal over.

A file that is only unlinked leaves its blocks on the disk. The database of the day has its pages in the order in which
reports came, and a blob of the day is followed by the next one: in free blocks they would tell last week's order as
well as today's. So what a rewrite replaces is overwritten where it lies, then unlinked. On a disk that remaps blocks
(flash) or a file system that copies on write this needs a volume whose key is thrown away.

Readers hold a shared lock on a blob while they read it (``open_locked``); who wipes waits for them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from intake.store.settings import FILE_TIME
from keys.sealing.atomic import sync_folder
from keys.sealing.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

_ZEROS = bytes(MIB)
_LINKS_AT_ONCE = 1024
_LONGEST_LINK = 4000
_JOURNALS = ((100, 4), (900, 16), (1_800, 32), (14_000, 64), (28_000, 128), (56_000, 256), (112_000, 512))
"""What mke2fs 1.47 gives a disk of less than so many MiB for its journal, in MiB; a larger one has 1,024."""

JOURNALLED = ("ext3", "ext4", "")
"""File systems whose journal is turned over; one that cannot be told is taken for one of them."""
_MOUNTS = Path("/proc/self/mountinfo")


def remove_wiped(path: Path) -> None:
    """Overwrite a file and unlink it; one that has another name too is only unlinked. Not there: nothing to do."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink == 1:
            overwrite(descriptor)
        path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def overwrite(descriptor: int) -> None:
    """Put zeros where a file's bytes lie, and wait until they are on the disk."""
    left, at = os.fstat(descriptor).st_size, 0
    while left > 0:
        written = os.pwrite(descriptor, _ZEROS[:left], at)
        left, at = left - written, at + written
    os.utime(descriptor, (FILE_TIME, FILE_TIME))
    os.fsync(descriptor)


def journal_bytes(folder: Path) -> int:
    """Return how large the journal is that mke2fs gives to a disk of this size."""
    disk = os.statvfs(folder)
    size = disk.f_blocks * disk.f_frsize // MIB
    return next((journal for less, journal in _JOURNALS if size < less), 1024) * MIB


def file_system(folder: Path) -> str:
    """Return the type of the file system that a folder lies on, as proc(5) mountinfo names it; "" if it is not told."""
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    with suppress(OSError):
        for line in _MOUNTS.read_text(errors="surrogateescape").splitlines():
            place, _, kind = line.partition(" - ")
            if place.split()[2] == number:
                return kind.split()[0]
    return ""


def turn_journal(folder: Path, size: int, progress: Callable[[int, int], object] = lambda _done, _all: None) -> int:
    """Let so many bytes of noise go through the file system's journal; returns how many bytes went.

    A journal keeps names, sizes and times of files that are long gone, in the order in which they came, until it is
    written over. The links made here go through it block by block, and take the place of inodes that were freed: a
    symbolic link as long as three quarters of a block has a block of its own.
    """
    done, block = 0, os.statvfs(folder).f_frsize
    while done < size and _room(folder) > 2 * _LINKS_AT_ONCE * block:
        place = folder / f"noise-{secrets.token_hex(8)}"
        place.mkdir(mode=0o700)
        try:
            noise = secrets.token_hex(min(block * 3 // 4, _LONGEST_LINK) // 2)
            for number in range(_LINKS_AT_ONCE):
                (place / str(number)).symlink_to(f"{number:08}{noise}")
            sync_folder(place)
        finally:
            shutil.rmtree(place)
            sync_folder(folder)
        done += _LINKS_AT_ONCE * block
        progress(min(done, size), size)
    return done


def remove_noise(folder: Path) -> None:
    """Remove what an interrupted ``turn_journal`` left."""
    for place in folder.glob("noise-*"):
        with suppress(FileNotFoundError):
            shutil.rmtree(place)


def _room(folder: Path) -> int:
    disk = os.statvfs(folder)
    return min(disk.f_bavail, disk.f_favail) * disk.f_frsize
