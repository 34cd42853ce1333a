"""The nightly rewrite: what is older than it shows no order, no time and nothing that was removed.

Steps, each of which may be the last before a crash:
1. remove generations that no link names (left by a crash);
2. forget which rows the last bundle carried, and delete rows that every desk acknowledged long enough ago (one
   transaction), then their blobs;
3. build a generation beside the one in use: blobs of the day copied into fresh inodes in random order, older ones
   linked in random order (they were copied on an earlier night), all with one time;
4. under the store's lock: link what came meanwhile (it stays "fresh" until the next night), write the database anew
   with VACUUM INTO, sync, switch by renaming one link;
5. overwrite and remove the old generation (``clearing``), and set the times of the folders around it.
Uploads and letters go on during all of it; commits wait in step 4 only.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from intake.store.chains import forget_list
from intake.store.clearing import clear_away
from intake.store.errors import StoreFull, translated
from intake.store.layout import level_time, open_quietly
from intake.store.models import OutgoingChainRow, SubmissionRow
from intake.store.wiping import remove_wiped
from keys.sealing.limits import MIB
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from intake.store.gate import Gate, OpenGeneration
    from intake.store.layout import Generation

_PIECE = MIB


@dataclass(frozen=True, slots=True)
class RewriteResult:
    """How many rows were deleted after their time, how many blobs copied, how many linked."""

    deleted: int
    copied: int
    linked: int


class Rewrite:
    """One run of the rewrite.

    Args:
        gate: the store.
        today: the day on which it runs.
        progress: told the bytes copied so far and the bytes in all.
    """

    def __init__(
        self, gate: Gate, today: date, progress: Callable[[int, int], object] = lambda _done, _all: None
    ) -> None:
        self._gate = gate
        self._today = today
        self._progress = progress

    def run(self) -> RewriteResult:
        """Do it; raises StoreBusy if one is running, StoreFull if the day's blobs do not fit a second time."""
        with translated(), self._gate.rewriting.held():
            clear_away(self._gate)
            deleted = self._delete_settled()
            made = self._gate.layout.new_generation()
            try:
                copied, linked = self._carry_over(made)
                with self._gate.writing() as old:
                    self._switch(old, made)
            finally:
                clear_away(self._gate)
        return RewriteResult(deleted, copied, linked)

    def _delete_settled(self) -> int:
        last = self._today - timedelta(days=self._gate.settings.keep_acknowledged_days)
        done = select(SubmissionRow.id).where(SubmissionRow.settled_day <= last)
        unfinished = select(OutgoingChainRow).where(OutgoingChainRow.complete.is_(False))
        with self._gate.writing() as generation:
            with generation.database.writing() as session:
                forget_list(session)
                if session.scalar(unfinished) is not None:  # an interrupted export may be made again, with its blobs
                    return 0
                ids = list(session.scalars(done))
                session.execute(delete(SubmissionRow).where(SubmissionRow.settled_day <= last))
            places = [place for row in ids for place in generation.files.places(RowId(row))]
        for place in places:  # commits need not wait for what may be gigabytes
            remove_wiped(place)
        return len(ids)

    def _carry_over(self, made: Generation) -> tuple[int, int]:
        old = self._gate.current().files
        names = self._names(old)
        fresh, settled = _shuffled(old.fresh.iterdir()), _shuffled(old.blobs.iterdir())
        fresh = [path for path in fresh if path.name in names]  # others are just being committed
        total, done = sum(path.stat().st_size for path in fresh), 0
        if total > _room(made.folder):
            raise StoreFull("The rewrite has no room to copy the blobs of the day.", "Free space on the store's disk.")
        for path in fresh:
            done += _copy(path, made.blobs / names[path.name].hex())
            self._progress(done, total)
        for path in settled:
            _link(path, made.blobs / path.name)
        return len(fresh), len(settled)

    def _names(self, old: Generation) -> dict[str, RowId]:
        """Return which row each name in `fresh` stands for: a name without one belongs to a commit that died."""
        rows = self._gate.read(lambda session: list(session.scalars(select(SubmissionRow.id))))
        return old.names.rows(RowId(row) for row in rows)

    def _switch(self, old: OpenGeneration, made: Generation) -> None:
        old_names, names = self._names(old.files), made.names
        for path in _shuffled(old.files.fresh.iterdir()):
            row = old_names.get(path.name)
            if row is not None and not (made.blobs / row.hex()).exists():
                _link(path, made.fresh / names.of(row))
        old.database.vacuum_into(made.database)
        for folder in (made.blobs, made.fresh, made.folder):
            level_time(folder)
        self._gate.layout.put_in_force(made)


def _room(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _shuffled(paths: Iterable[Path]) -> list[Path]:
    found = list(paths)
    secrets.SystemRandom().shuffle(found)
    return found


def _copy(source: Path, target: Path) -> int:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as copy, open_quietly(source) as blob:
        while piece := blob.read(_PIECE):
            copy.write(piece)
        copy.flush()
        level_time(copy.fileno())
        os.fsync(copy.fileno())
        return copy.tell()


def _link(source: Path, target: Path) -> None:
    target.hardlink_to(source)
    level_time(target)
