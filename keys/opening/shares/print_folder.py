"""Where sheets lie until they are printed: in memory, for their owner only, and gone afterwards.

Rules:
1. The folder is made where the system keeps files in memory, so that no disk ever holds a sheet. Where there is no such
   place nothing is written: the caller is told to name a stick.
2. Whatever happens afterwards, the files are overwritten and the folder is removed: after a refusal, Ctrl-C, a window
   that is closed, or a machine that shuts down. Who is killed outright leaves it until the machine is switched off.
"""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.sealing.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it, for its owner only

_BY_SIGNAL = 128
"""What a shell adds to a signal's number."""


@contextmanager
def printed_from_memory(pages: Mapping[str, str]) -> Iterator[Path]:
    """Give a folder with a file for each page, by name; afterwards nothing of it is left."""
    if not os.access(MEMORY, os.W_OK):
        raise OpeningError(
            "This machine has no folder in memory.", "Name a new folder on a stick with --print-to, and burn the stick."
        )
    with _ended_in_order(), tempfile.TemporaryDirectory(prefix="khomo-sheets-", dir=MEMORY) as name:
        folder = Path(name)
        try:
            write_pages(folder, pages)
            yield folder
        finally:
            for path in folder.iterdir():
                _overwrite(path)


def write_pages(folder: Path, pages: Mapping[str, str]) -> None:
    """Write each page into a file of its own, for its owner only."""
    for name, text in pages.items():
        atomic_write(folder / name, text.encode())


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Turn what ends a program from outside into an exception, so that nothing is left."""
    before = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    raise SystemExit(_BY_SIGNAL + number)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
