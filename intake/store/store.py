"""The store: ciphertext, letters and nothing else, behind one class."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Self

from sqlalchemy import func, select

from intake.store.chains import Chains, all_rows, unsettled_rows
from intake.store.committer import Committer
from intake.store.day_quota import DayQuota
from intake.store.errors import StoreDayOver, StoreFull, StoreUnusable, translated
from intake.store.gate import Gate
from intake.store.health import Room, note_published, take_health
from intake.store.incoming import Incoming, IncomingArea, sweep
from intake.store.layout import open_locked
from intake.store.letters import find_letter, replace_letters
from intake.store.models import SubmissionRow
from intake.store.rewrite import Rewrite, RewriteResult
from intake.store.settings import StoreSettings, utc_today
from intake.store.values import Committed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    from intake.store.values import Commit, Outcome, StoredRow, StoreHealth
    from keys.sealing.values import MailboxAddress, RowId, Sealed


class Store:
    """One store folder, opened by this process. Threads share it; other processes may have it open too."""

    def __init__(
        self, folder: Path, settings: StoreSettings | None = None, today: Callable[[], date] = utc_today
    ) -> None:
        self.settings = settings or StoreSettings()
        self.today = today
        self.gate = Gate(folder.absolute(), self.settings)
        with translated():
            sweep(self.gate.layout.incoming)
        self._day = DayQuota(self.gate, self.settings, today)
        self._incoming = IncomingArea(self.gate.layout.incoming, lambda: self.check_room(0, reserved=0))
        self._committer = Committer(self.gate, today)
        self.chains = Chains(self.gate, today)

    def incoming(self, expected_bytes: int = 0) -> Incoming:
        """Start an upload: a context manager with `write`. Some of what is expected is kept free (`has_room`)."""
        return self._incoming.begin(expected_bytes)

    def commit(self, commit: Commit) -> Outcome:
        """Return when all of it is durable; raises StoreError when nothing was changed."""
        for row in commit.rows:
            row.incoming.make_durable()
        outcome = self._committer.commit(commit)
        if isinstance(outcome, Committed):
            self._day.count(row.size for row in commit.rows)
        return outcome

    def has_room(self, upload_bytes: int) -> bool:
        """Tell whether ``check_room`` lets an upload of that size in."""
        try:
            self.check_room(upload_bytes)
        except StoreFull:
            return False
        return True

    def check_room(self, upload_bytes: int, reserved: int | None = None) -> None:
        """Let an upload of files in if it leaves the free-space floor, and what the day keeps for text, untouched.

        Of running uploads counts what has come, and a little for what may come: not what they say will. Raises
        StoreFull or, where only the day's share is used up, StoreDayOver.
        """
        wanted = upload_bytes + (self._incoming.reserved_bytes() if reserved is None else reserved)
        if self.free_bytes() - self.settings.free_floor_bytes < wanted:
            raise StoreFull("The disk of the store is nearly full.", "Free space on it, or move the store.")
        if self._day.left_for_files() - self._incoming.growing_bytes() < wanted:
            raise StoreDayOver("The files of this day have used up their share.", "Raise limits.day_mib, or wait.")

    def free_bytes(self) -> int:
        """Return what an ordinary user may still write to the store's disk."""
        with translated():
            disk = os.statvfs(self.gate.layout.root)
        return disk.f_bavail * disk.f_frsize

    def letter(self, address: MailboxAddress) -> Sealed | None:
        """Return the letter at an address, None where there is no such mailbox. Same work either way."""
        return self.gate.read(lambda session: find_letter(session, address))

    def replace_letters(self, letters: Iterable[tuple[MailboxAddress, Sealed]]) -> int:
        """Put every letter given, over an old one or at a new address, in one transaction; returns how many."""
        with self.gate.writing() as generation, generation.database.writing() as session:
            return replace_letters(session, letters)

    def unacknowledged(self) -> list[StoredRow]:
        """Return the rows that some desk has not acknowledged, in the order of their random ids."""
        return self.gate.read(unsettled_rows)

    def rows(self) -> list[StoredRow]:
        """Return every row that is here, in the order of their random ids."""
        return self.gate.read(all_rows)

    def has_row(self, row: RowId) -> bool:
        """Tell whether a row is here."""
        return self.gate.read(lambda session: session.get(SubmissionRow, row) is not None)

    def count(self) -> int:
        """Return how many rows there are."""
        return self.gate.read(lambda session: session.scalar(select(func.count()).select_from(SubmissionRow)) or 0)

    def open_blob(self, row: RowId) -> BinaryIO:
        """Open the ciphertext of a row for reading."""
        with translated():
            for _ in range(2):  # a rewrite may move it between the look and the opening
                path = self.gate.current().files.find(row)
                try:
                    if path is not None:
                        return open_locked(path)
                except FileNotFoundError:
                    continue
        raise StoreUnusable("The file of a row is missing.", "Run `khomo-intake doctor`.")

    def note_published(self) -> None:
        """Note that the onion service was seen to be reachable today."""
        with self.gate.writing() as generation, generation.database.writing() as session:
            note_published(session, self.today())

    def health(self) -> StoreHealth:
        """Return how the store is doing, warnings included."""
        room = Room(self.free_bytes(), self._day.left_for_files())
        return self.gate.read(lambda session: take_health(session, self.today(), room, self.settings))

    def rewrite_night(self, progress: Callable[[int, int], object] = lambda _done, _all: None) -> RewriteResult:
        """Rewrite what came today so that it tells no order, and delete what has served its time."""
        return Rewrite(self.gate, self.today(), progress).run()

    def close(self) -> None:
        """Finish what waits and close files."""
        self._committer.close()
        self._incoming.close()
        self.gate.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
