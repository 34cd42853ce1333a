"""Clears away generations that are not in use: what they alone hold is overwritten before it is unlinked.

The store's lock is held for a rename only: overwriting a day's blobs takes as long as writing them.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sqlalchemy import select

from intake.store.database import Database
from intake.store.errors import StoreBusy, StoreUnusable
from intake.store.layout import Generation
from intake.store.models import SubmissionRow
from intake.store.wiping import remove_noise, remove_wiped
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from pathlib import Path

    from intake.store.gate import Gate


def clear_away(gate: Gate) -> int:
    """Remove what no link names; the caller holds the lock of rewrites. Returns how many generations.

    One whose database is being read for longer than we wait stays until the next time.
    """
    with gate.lock.held():
        aside = gate.layout.set_aside()
        remove_noise(gate.layout.root)
    cleared = sum(_cleared(folder, gate.settings.busy_seconds) for folder in aside)
    with gate.lock.held():
        gate.layout.level_times()
    return cleared


def half_copied(gate: Gate) -> list[Path]:
    """Return copies whose originals are still there: a rewrite died. The caller holds the lock of rewrites."""
    files = gate.current().files
    names = files.names
    rows = [RowId(row) for row in gate.read(lambda session: session.scalars(select(SubmissionRow.id)).all())]
    copied = [row for row in rows if (files.blobs / row.hex()).exists() and (files.fresh / names.of(row)).exists()]
    return [files.blobs / row.hex() for row in copied]


def _cleared(folder: Path, busy_seconds: float) -> bool:
    generation = Generation(folder)
    with ExitStack() as stack:
        if generation.database.exists():
            database = Database(generation.database, busy_seconds)
            stack.callback(database.close)
            try:
                stack.enter_context(database.alone())
            except StoreBusy:
                return False
            except StoreUnusable:  # emptied by an earlier attempt: nobody reads it
                pass
        _wipe(generation)
    shutil.rmtree(folder)
    return True


def _wipe(generation: Generation) -> None:
    """Overwrite the key first, so that the names of its day mean nothing any more; then the database; then blobs."""
    for path in sorted(generation.folder.iterdir(), reverse=True):
        if not path.is_dir():
            remove_wiped(path)
    for place in (generation.fresh, generation.blobs):
        for path in place.iterdir() if place.is_dir() else ():
            remove_wiped(path)
