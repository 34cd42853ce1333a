"""The nightly rewrite: what is older than it shows no order, no time and nothing that was removed.

Steps, each of which may be the last before a crash:
1. remove generations that no link names (left by a crash);
2. forget which rows the last bundle carried, and delete rows that every desk acknowledged long enough ago (one
   transaction), then their blobs;
3. copy the blobs of the day into fresh inodes in random order, all with one time, in rounds: as many as fit into half
   of what is free (or one that needs more), sync, then take the originals of the round out of their folder, sync, and
   overwrite them, so that their room is there for the next one. A blob lies whole in both places or in one of them,
   never in none; what lies in its first place is whole, for nothing is overwritten there;
4. build a generation beside the one in use: all blobs linked in random order;
5. under the store's lock: link what came meanwhile (it stays "fresh" until the next night), write the database anew
   with VACUUM INTO, sync, switch by renaming one link;
6. overwrite and remove the old generation (``clearing``), and set the times of the folders around it;
7. note the day; a rewrite that fails, or that has no room for some blob, notes why (``nights``).
Uploads and letters go on during all of it; commits wait in step 5 only. The room that this needs no upload takes
(``room``), so that a flood does not keep the night from its work.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from intake.counting import counted
from intake.store.chains import forget_list
from intake.store.clearing import clear_away
from intake.store.errors import StoreError, StoreFull, translated
from intake.store.layout import level_time, open_quietly
from intake.store.models import OutgoingChainRow, SubmissionRow
from intake.store.nights import note_done, note_failed
from intake.store.wiping import remove_wiped
from keys.sealing.atomic import sync_folder
from keys.sealing.limits import MIB
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from intake.store.gate import Gate, OpenGeneration
    from intake.store.layout import Generation

_PIECE = MIB


@dataclass(frozen=True, slots=True)
class RewriteResult:
    """How many rows were deleted after their time, how many blobs copied, how many were copied on an earlier night."""

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
        """Do it; raises StoreBusy if one is running, StoreFull if something does not fit a second time.

        What did fit was done then, and stays so.
        """
        root = self._gate.layout.root
        with translated(), self._gate.rewriting.held():
            try:
                with translated():
                    result = self._rewrite()
            except StoreError as error:
                with suppress(OSError):  # the disk may be full; a rewrite that is overdue is said without it
                    note_failed(root, self._today, error.message)
                raise
            note_done(root, self._today)
        return result

    def _rewrite(self) -> RewriteResult:
        clear_away(self._gate)
        deleted = self._delete_settled()
        linked = sum(1 for _ in self._gate.current().files.blobs.iterdir())
        copied, left = self._carry_over()
        made = self._gate.layout.new_generation()
        try:
            self._link_all(made)
            with self._gate.writing() as old:
                self._switch(old, made)
        finally:
            clear_away(self._gate)
        if left:
            raise StoreFull(
                f"The rewrite had no room to copy {counted(left, 'row')} of {left + copied}.",
                "Free space on the store's disk.",
            )
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

    def _carry_over(self) -> tuple[int, int]:
        """Copy the blobs of the day; returns how many were copied, and how many are left for lack of room."""
        files = self._gate.current().files
        names = self._names(files)
        due = {path: files.blobs / names[path.name].hex() for path in _shuffled(files.fresh.iterdir())
               if path.name in names}  # others are just being committed  # fmt: skip
        for half_made in due.values():
            remove_wiped(half_made)  # by a rewrite that died
        sizes = {path: path.stat().st_size for path in due}
        total, done = sum(sizes.values()), 0
        while chosen := _fitting(sizes, _room(files.folder)):
            for path in chosen:
                try:
                    done += _copy(path, due[path])
                except OSError:
                    remove_wiped(due[path])
                    raise
                self._progress(done, total)
            sync_folder(files.blobs)
            self._remove(chosen)
            for path in chosen:
                del sizes[path]
        for folder in (files.fresh, files.blobs):
            level_time(folder)
        return len(due) - len(sizes), len(sizes)

    def _remove(self, originals: Iterable[Path]) -> None:
        """Overwrite and remove blobs that were copied; a death on the way leaves none of them where it counts."""
        aside = self._gate.layout.new_removed()
        for path in originals:
            path.rename(aside / path.name)
        for folder in (self._gate.current().files.fresh, aside, self._gate.layout.root):
            sync_folder(folder)  # before a byte is overwritten: a power cut brings no name back to it
        clear_away(self._gate)

    def _link_all(self, made: Generation) -> None:
        """Link what the day's lists of names held in their order: the names of a folder tell it too."""
        old = self._gate.current()
        for path in _shuffled(old.files.blobs.iterdir()):
            _link(path, made.blobs / path.name)
        self._link_fresh(old.files, made)
        if old.database.path.stat().st_size > _room(made.folder):
            raise StoreFull("The rewrite has no room to write the database anew.", "Free space on the store's disk.")

    def _link_fresh(self, old: Generation, made: Generation) -> None:
        old_names, names = self._names(old), made.names
        for path in _shuffled(old.fresh.iterdir()):
            row = old_names.get(path.name)
            if row is not None and not (made.fresh / names.of(row)).exists():
                _link(path, made.fresh / names.of(row))

    def _names(self, old: Generation) -> dict[str, RowId]:
        """Return which row each name in `fresh` stands for: a name without one belongs to a commit that died."""
        rows = self._gate.read(lambda session: list(session.scalars(select(SubmissionRow.id))))
        return old.names.rows(RowId(row) for row in rows)

    def _switch(self, old: OpenGeneration, made: Generation) -> None:
        self._link_fresh(old.files, made)
        old.database.vacuum_into(made.database)
        for folder in (made.blobs, made.fresh, made.folder):
            level_time(folder)
        self._gate.layout.put_in_force(made)


def _fitting(sizes: Mapping[Path, int], room: int) -> list[Path]:
    """Return what one round copies, in the order given: up to half of the room, or one that fits into all of it."""
    chosen: list[Path] = []
    taken = 0
    for path, size in sizes.items():
        if taken + size <= room // 2 or (not chosen and size <= room):
            chosen.append(path)
            taken += size
    return chosen


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
