"""The store: ciphertext, letters and nothing else, behind one class."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Self

from sqlalchemy import func, select

from intake.store.chains import Chains, all_rows, unsettled_rows
from intake.store.committer import Committer
from intake.store.day_quota import DayQuota, is_text
from intake.store.errors import StoreDayOver, StoreFull, StoreUnusable, translated
from intake.store.gate import Gate
from intake.store.health import note_published, take_health
from intake.store.incoming import Incoming, IncomingArea, sweep
from intake.store.layout import open_locked
from intake.store.letters import find_letter, replace_letters
from intake.store.models import SubmissionRow
from intake.store.nights import read_nights
from intake.store.rewrite import Rewrite, RewriteResult
from intake.store.room import Room, ToldRoom
from intake.store.settings import StoreSettings, utc_today
from intake.store.values import Committed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    from intake.store.values import Commit, Outcome, StoredRow, StoreHealth
    from keys.sealing.values import MailboxAddress, RowId, Sealed

_NEARLY_FULL = "The disk of the store is nearly full.", "Free space on it, or move the store."
_DAY_OVER = "The files of this day have used up their share.", "Raise limits.day_mib, or wait."


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
        self._told_disk, self._told_day = ToldRoom(self.settings), ToldRoom(self.settings)
        self._incoming = IncomingArea(self.gate.layout.incoming)
        self._committer = Committer(self.gate, today)
        self.chains = Chains(self.gate, today)

    def incoming(self, expected_bytes: int = 0) -> Incoming:
        """Start an upload: a context manager with `write`. Some of what is expected is kept free (`has_room`)."""
        return self._incoming.begin(expected_bytes, self._check_growing)

    def incoming_from_desk(self) -> Incoming:
        """Start what a desk sends: no share of a day and no floor holds it back (``check_room_for_desk``)."""
        return self._incoming.begin(0)

    def commit(self, commit: Commit) -> Outcome:
        """Return when all of it is durable; raises StoreError when nothing was changed."""
        self._let_in(commit)
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

    def check_room(self, upload_bytes: int) -> None:
        """Let an upload of files in if it leaves what is kept, what is text's alone, and the day's share untouched.

        Of running uploads counts what has come, and a little for what may come: not what they say will. How much is
        left is told in steps (``room``). Raises StoreFull or, where only the day's share is used up, StoreDayOver.
        """
        self._check_growing(0)
        running = self._incoming.growing_bytes(), self._incoming.reserved_bytes()
        room, size = self.room(), self._disk().f_blocks * self._disk().f_frsize
        told = self._told_disk.told(lambda: room.for_files(self.settings) - running[1], size)
        if room.asked_by(upload_bytes) > told:
            raise StoreFull(*_NEARLY_FULL)
        told = self._told_day.told(lambda: room.files_today - sum(running), self.settings.day_bytes, self.today())
        if upload_bytes > told:
            raise StoreDayOver(*_DAY_OVER)

    def _check_growing(self, size: int) -> None:
        """Stop an upload of files that has come so far where it uses up what is not its."""
        self._check_disk(size)
        if self.room().files_today < self._incoming.growing_bytes():
            raise StoreDayOver(*_DAY_OVER)

    def _check_disk(self, size: int) -> None:
        """Refuse an upload of files, as much of it as lies on the disk, where it leaves less than is not its."""
        room = self.room()
        if room.for_files(self.settings) + size < room.asked_by(size):
            raise StoreFull(*_NEARLY_FULL)

    def check_text(self) -> None:
        """Let a text in if it leaves what is kept, and as much of the disk as the texts of the day have taken."""
        room = self.room()
        if room.for_text(self.settings) <= 0:
            raise StoreFull("The disk of the store is full.", "Free space on it, or move the store to a larger disk.")
        if room.text_of_today(self.settings) <= 0:
            raise StoreFull("The texts of this day have taken half of the room.", "Free space on the store's disk.")

    def takes_text(self) -> bool:
        """Tell whether ``check_text`` lets a text in."""
        try:
            self.check_text()
        except StoreFull:
            return False
        return True

    def check_room_for_desk(self, needed: int) -> None:
        """Let in what a desk sends if the disk has so many bytes; raises StoreFull."""
        if self.free_bytes() < needed:
            raise StoreFull("The disk of the store has no room for this bundle.", "Free space on it, then try again.")

    def room(self) -> Room:
        """Return how much room there is."""
        with translated():
            database = self.gate.current().files.database.stat().st_size
        return Room(self.free_bytes(), database, self._day.largest(), self._day.texts(), self._day.left_for_files())

    def _let_in(self, commit: Commit) -> None:
        """Look once more before rows become durable: who announced nothing, or little, was asked little before."""
        try:
            for row in commit.rows:
                if is_text(row.size):
                    self.check_text()
                else:
                    self._check_disk(row.size)
        except StoreFull:
            if not all(self.has_row(row.id) for row in commit.rows):  # else it is the same form, sent once more
                raise

    def free_bytes(self) -> int:
        """Return what an ordinary user may still write to the store's disk."""
        disk = self._disk()
        return disk.f_bavail * disk.f_frsize

    def _disk(self) -> os.statvfs_result:
        with translated():
            return os.statvfs(self.gate.layout.root)

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
            for _ in range(3):  # a rewrite may move it between the look and the opening, and then all of them
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
        room, nights = self.room(), read_nights(self.gate.layout.root)
        return self.gate.read(lambda session: take_health(session, self.today(), room, nights, self.settings))

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
