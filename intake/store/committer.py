"""One thread makes commits durable, in groups: what waits together shares one folder sync and one database sync.

Order, for the promise "accepted means on the disk" (the blobs were synced by the threads that brought them):
rename every blob into `fresh` -> sync that folder -> commit the rows (journal and database synced) -> answer.
A crash before the last step leaves blobs without rows, which nobody sees and the doctor removes.
"""

from __future__ import annotations

import os
import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from intake.store.days import store_day
from intake.store.errors import StoreError, StoreUnusable
from intake.store.layout import level_time
from intake.store.letters import add_letters, replace_letters
from intake.store.models import SubmissionRow
from intake.store.settings import GROUP_LARGEST
from intake.store.values import AlreadyThere, Commit, Committed, NewRow, Outcome
from keys.sealing.atomic import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from sqlalchemy.orm import Session

    from intake.store.gate import Gate, OpenGeneration
    from intake.store.layout import Generation
    from keys.sealing.values import MailboxAddress, Sealed


@dataclass(slots=True)
class _Waiting:
    commit: Commit
    answer: Future[Outcome] = field(default_factory=Future)


@dataclass(slots=True)
class _Group:
    """What one group is about to do."""

    waiting: list[_Waiting]
    outcomes: list[Outcome | StoreError] = field(default_factory=list)
    rows: list[NewRow] = field(default_factory=list)
    letters: dict[MailboxAddress, Sealed] = field(default_factory=dict)
    blanks: dict[MailboxAddress, Sealed] = field(default_factory=dict)
    moved: list[tuple[NewRow, Path]] = field(default_factory=list)

    def plan(self, known: set[bytes]) -> None:
        """Sort out which rows are new; the first of equals wins."""
        for waiting in self.waiting:
            fresh = [row for row in waiting.commit.rows if row.id not in known]
            problem = next((found for row in fresh if (found := _unfit(row))), None)
            if problem is not None:
                self.outcomes.append(problem)
            elif waiting.commit.rows and not fresh:
                self.outcomes.append(AlreadyThere())
            else:
                known.update(row.id for row in fresh)
                self.rows.extend(fresh)
                for address, letter in waiting.commit.letters:
                    self.letters.setdefault(address, letter)
                self.blanks.update(waiting.commit.blanks)
                self.outcomes.append(Committed())

    def answer(self) -> None:
        for waiting, outcome in zip(self.waiting, self.outcomes, strict=True):
            if isinstance(outcome, StoreError):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)


def _unfit(row: NewRow) -> StoreError | None:
    try:
        size = row.incoming.path.stat().st_size
    except FileNotFoundError:
        return StoreUnusable("An upload vanished before it was committed.", "Run `khomo-intake doctor`.")
    return None if size == row.size else StoreUnusable("An upload has another size than its row says.")


class Committer:
    """Takes commits from all threads of this process. The thread starts with the first one (gunicorn forks before)."""

    def __init__(self, gate: Gate, today: Callable[[], date]) -> None:
        self._gate = gate
        self._today = today
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._mutex = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0

    def commit(self, commit: Commit) -> Outcome:
        """Return when the commit is on the disk; raises StoreError when nothing was changed."""
        waiting = _Waiting(commit)
        with self._mutex:
            self._start()
            self._queue.put(waiting)
        return waiting.answer.result()

    def _start(self) -> None:
        if self._thread is None or self._process != os.getpid():
            self._queue = queue.SimpleQueue()
            self._process = os.getpid()
            self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._mutex:
            if self._thread is not None and self._process == os.getpid():
                self._queue.put(None)
                self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while self._serve():
            pass

    def _serve(self) -> bool:
        """Settle one group, whose errors and rows are not kept while nothing comes; returns whether more may come."""
        first = self._queue.get()
        if first is None:
            return False
        group, ended = self._gather(first)
        self._settle(group)
        return not ended

    def _gather(self, first: _Waiting) -> tuple[_Group, bool]:
        waiting = [first]
        while len(waiting) < GROUP_LARGEST:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return _Group(waiting), True
            waiting.append(following)
        return _Group(waiting), False

    def _settle(self, group: _Group) -> None:
        try:
            with self._gate.writing() as generation:
                self._store(group, generation)
        except BaseException as error:  # noqa: BLE001  # whatever it was belongs to the threads that wait
            for waiting in group.waiting:
                waiting.answer.set_exception(error)
        else:
            group.answer()

    def _store(self, group: _Group, generation: OpenGeneration) -> None:
        try:
            with generation.database.writing() as session:
                group.plan(_known(session, group))
                _move(group, generation.files)
                _insert(session, group, store_day(session, self._today()))
        except BaseException:
            _put_back(group, generation)
            raise


def _known(session: Session, group: _Group) -> set[bytes]:
    ids = [row.id for waiting in group.waiting for row in waiting.commit.rows]
    return set(session.scalars(select(SubmissionRow.id).where(SubmissionRow.id.in_(ids))))


def _move(group: _Group, files: Generation) -> None:
    fresh, names = files.fresh, files.names
    for row in group.rows:
        target = fresh / names.of(row.id)
        row.incoming.path.rename(target)
        row.incoming.moved = True
        group.moved.append((row, target))
    if group.moved:
        level_time(fresh)
        sync_folder(fresh)


def _insert(session: Session, group: _Group, today: date) -> None:
    if group.rows:
        session.execute(insert(SubmissionRow), [_record(row, today) for row in group.rows])
    add_letters(session, group.letters)
    replace_letters(session, group.blanks.items())


def _record(row: NewRow, today: date) -> dict[str, object]:
    return {"id": row.id, "day": today, "size": row.size, "sha256": bytes.fromhex(row.sha256)}


def _put_back(group: _Group, generation: OpenGeneration) -> None:
    """Give blobs back to their uploads, but only those that the database truly does not have."""
    if not group.moved:
        return
    with generation.database.reading() as session:
        known = _known(session, group)
    for row, target in group.moved:
        if row.id not in known:
            target.rename(row.incoming.path)
            row.incoming.moved = False
