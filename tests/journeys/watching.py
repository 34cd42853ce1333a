"""Looks at a door from behind: what grows, what is stored, whether it is whole."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from deploy.rehearsal import steps_server
from intake.store.layout import Generation
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.rehearsal.stage import Stage


def growing(stage: Stage) -> int:
    """Return how many bytes lie in uploads that have no row yet."""
    incoming = stage.machine("server") / "store" / "incoming"
    total = 0
    for path in incoming.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # just committed or removed
            continue
    return total


def rows(stage: Stage) -> dict[str, int]:
    """Return the stored rows, name and size, as the database has them."""
    database = (stage.machine("server") / "store" / "current").resolve() / "khomo.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return {bytes(row).hex(): int(size) for row, size in connection.execute("SELECT id, size FROM submissions")}


def blobs(stage: Stage) -> dict[str, int]:
    """Return the blobs on disk, each as the row that it belongs to, or by its own name, and its size."""
    names = Generation((stage.machine("server") / "store" / "current").resolve()).names
    row_of = {names.of(RowId(bytes.fromhex(row))): row for row in rows(stage)}
    return {row_of.get(path.name, path.name): path.stat().st_size for path in steps_server.blobs(stage)}


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def everything_is_whole(stage: Stage) -> None:
    """Database and disk name the same rows with the same sizes, and nothing half-stored lies about."""
    assert rows(stage) == blobs(stage)
    assert growing(stage) == 0
