"""Uploads on their way: ciphertext that nobody sees until it is committed.

One folder a process, locked by it while it lives: another process that starts removes only what the dead left.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
from typing import TYPE_CHECKING, Self

from intake.store.appending import Appender
from intake.store.errors import translated
from intake.store.layout import level_time
from intake.store.ownership import give_to_owner_of
from intake.store.settings import RESERVED_BYTES, WRITEBACK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    Check = Callable[[int], None]


class Incoming:
    """One growing file of ciphertext. Leaving the `with` block removes it unless it was committed.

    Attributes:
        path: where it lies.
        size: bytes that were written.
        moved: whether a commit has taken it from there.
    """

    def __init__(self, path: Path, area: IncomingArea, expected_bytes: int, check: Check | None) -> None:
        self.path = path
        self.size = 0
        self.moved = False
        self._area = area
        self._check = check
        self._promised = expected_bytes
        self._on_its_way = 0
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._open = True
        self._appender = Appender(self._descriptor, self._on_growth)

    def write(self, data: bytes | memoryview) -> int:
        """Append sealed bytes; raises StoreFull, also where a large upload reaches the floor. Returns how many: all.

        Of a large upload the last pieces may still be on their way, and what they meet with is raised later, by
        ``digest`` at the latest.
        """
        self._appender.append(data)
        self.size += len(data)
        return len(data)

    def digest(self) -> str:
        """Wait until all that was written stands in the file; return its SHA-256 in hex."""
        return self._appender.digest()

    def beginning(self, length: int) -> bytes:
        """Return the first ``length`` bytes of the file, once ``digest`` was asked for."""
        with translated():
            return os.pread(self._descriptor, length, 0)

    def _on_growth(self, size: int) -> None:
        if size - self._on_its_way >= WRITEBACK_BYTES:
            if self._check is not None:
                self._check(size)
            self._start_writeback(size)

    def _start_writeback(self, size: int) -> None:
        """Let the disk begin with what has come, and wait for nothing; what it has by now leaves the system's memory.

        (On this advice Linux writes dirty pages and drops clean ones.)
        """
        start = max(0, self._on_its_way - WRITEBACK_BYTES)
        os.posix_fadvise(self._descriptor, start, size - start, os.POSIX_FADV_DONTNEED)
        self._on_its_way = size

    @property
    def from_outside(self) -> bool:
        """Whether a stranger sends it: what a desk sends has no share of a day."""
        return self._check is not None

    def reserved(self) -> int:
        """Return what is kept free for what was announced and has not come yet."""
        return min(RESERVED_BYTES, max(0, self._promised - self.size))

    def make_durable(self) -> None:
        """Bring the content to the disk, with the time that every blob bears."""
        if not self._open:
            return
        self._appender.digest()
        with translated():
            level_time(self._descriptor)
            os.fsync(self._descriptor)
        self._close()

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._appender.close()
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if not self.moved:
            self.path.unlink(missing_ok=True)
        self._area.forget(self)


class IncomingArea:
    """The folder of this process inside `incoming`, made at the first upload."""

    def __init__(self, folder: Path) -> None:
        self._parent = folder
        self._mutex = threading.Lock()
        self._growing: set[Incoming] = set()
        self._own: Path | None = None
        self._lock = -1
        self._process = 0

    def begin(self, expected_bytes: int, check: Check | None = None) -> Incoming:
        """Start one upload.

        Args:
            expected_bytes: what is announced.
            check: asked with its size now and then; raises StoreFull where it has used up what it may. None for what
                comes from a desk.
        """
        with translated(), self._mutex:
            started = Incoming(self._folder() / secrets.token_hex(16), self, expected_bytes, check)
            self._growing.add(started)
            return started

    def forget(self, upload: Incoming) -> None:
        """Release what was kept free for an upload."""
        with self._mutex:
            self._growing.discard(upload)

    def reserved_bytes(self) -> int:
        """Return what is kept free for the running uploads from outside."""
        with self._mutex:
            return sum(upload.reserved() for upload in self._growing if upload.from_outside)

    def growing_bytes(self) -> int:
        """Return what running uploads from outside have brought that no row counts yet."""
        with self._mutex:
            return sum(upload.size for upload in self._growing if upload.from_outside and not upload.moved)

    def _folder(self) -> Path:
        if self._own is None or self._process != os.getpid():  # a forked child shares no folder with its parent
            self._own, self._lock = self._claim()
            self._process = os.getpid()
        return self._own

    def _claim(self) -> tuple[Path, int]:
        while True:
            folder = self._parent / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
            lock = _try_lock(folder)
            if lock is not None:
                if folder.exists():
                    give_to_owner_of(self._parent, folder)
                    return folder, lock
                os.close(lock)  # a sweep came between

    def close(self) -> None:
        """Give the folder up."""
        with self._mutex:
            if self._own is not None and self._process == os.getpid():
                shutil.rmtree(self._own, ignore_errors=True)
                os.close(self._lock)
            self._own = None


def _try_lock(folder: Path) -> int | None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def leftovers(parent: Path) -> list[Path]:
    """Return the folders of processes that are gone."""
    found = []
    for folder in sorted(parent.iterdir()):
        lock = _try_lock(folder)
        if lock is not None:
            os.close(lock)
            found.append(folder)
    return found


def sweep(parent: Path) -> int:
    """Remove the uploads of processes that are gone; returns how many files."""
    removed = 0
    for folder in sorted(parent.iterdir()):
        lock = _try_lock(folder)
        if lock is not None:
            removed += sum(1 for _ in folder.iterdir())
            shutil.rmtree(folder)
            os.close(lock)
    return removed
