"""The nightly rewrite: what is older than it shows no order, no time and nothing that was removed.

Steps, each of which may be the last before a crash:
1. remove generations that no link names (left by a crash);
2. delete rows that every desk acknowledged long enough ago (one transaction), then their blobs;
3. build a generation beside the one in use: blobs of the day copied into fresh inodes in random order, older ones
   linked in random order (they were copied on an earlier night), all with one time;
4. under the store's lock: link what came meanwhile (it stays "fresh" until the next night), write the database anew
   with VACUUM INTO, sync, switch by renaming one link;
5. remove the old generation, and set the times of the folders around it.
Uploads and letters go on during all of it; commits wait in step 4 only.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from intake.store.errors import StoreFull, translated
from intake.store.layout import level_time, open_quietly
from intake.store.models import OutgoingChainRow, SubmissionRow
from keys.sealing.limits import MIB

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
            self._remove_abandoned()
            deleted = self._delete_settled()
            made = self._gate.layout.new_generation()
            try:
                copied, linked = self._carry_over(made)
                with self._gate.writing() as old:
                    self._switch(old, made)
            finally:
                self._remove_abandoned()
        return RewriteResult(deleted, copied, linked)

    def _remove_abandoned(self) -> None:
        with self._gate.lock.held():
            self._gate.layout.remove_abandoned()
            self._gate.layout.level_times()

    def _delete_settled(self) -> int:
        last = self._today - timedelta(days=self._gate.settings.keep_acknowledged_days)
        done = select(SubmissionRow.id).where(SubmissionRow.settled_day <= last)
        unfinished = select(OutgoingChainRow).where(OutgoingChainRow.complete.is_(False))
        with self._gate.writing() as generation:
            with generation.database.writing() as session:
                if session.scalar(unfinished) is not None:  # an interrupted export may be made again, with its blobs
                    return 0
                ids = list(session.scalars(done))
                session.execute(delete(SubmissionRow).where(SubmissionRow.settled_day <= last))
            for row in ids:
                for place in (generation.files.fresh, generation.files.blobs):
                    (place / row.hex()).unlink(missing_ok=True)
        return len(ids)

    def _carry_over(self, made: Generation) -> tuple[int, int]:
        old = self._gate.current().files
        fresh, settled = _shuffled(old.fresh.iterdir()), _shuffled(old.blobs.iterdir())
        total, done = sum(path.stat().st_size for path in fresh), 0
        if total > _room(made.folder):
            raise StoreFull("The rewrite has no room to copy the blobs of the day.", "Free space on the store's disk.")
        for path in fresh:
            done += _copy(path, made.blobs / path.name)
            self._progress(done, total)
        for path in settled:
            _link(path, made.blobs / path.name)
        return len(fresh), len(settled)

    def _switch(self, old: OpenGeneration, made: Generation) -> None:
        for path in _shuffled(old.files.fresh.iterdir()):
            if not (made.blobs / path.name).exists():
                _link(path, made.fresh / path.name)
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
