"""The store: ciphertext, letters and nothing else, behind one class."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Self

from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert

from intake.store.committer import Committer
from intake.store.errors import StoreUnusable, translated
from intake.store.gate import Gate
from intake.store.incoming import Incoming, IncomingArea, sweep
from intake.store.layout import open_quietly
from intake.store.models import MailboxRow, SubmissionRow
from intake.store.settings import StoreSettings, utc_today
from intake.store.values import Commit, Outcome, StoredRow, check_letter
from keys.sealing.values import MailboxAddress, RowId, Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path
    from types import TracebackType


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
        self._incoming = IncomingArea(self.gate.layout.incoming)
        self._committer = Committer(self.gate, today)

    def incoming(self, expected_bytes: int = 0) -> Incoming:
        """Start an upload: a context manager with `write`. What is expected counts as taken for `has_room`."""
        return self._incoming.begin(expected_bytes)

    def commit(self, commit: Commit) -> Outcome:
        """Return when all of it is durable; raises StoreError when nothing was changed."""
        for row in commit.rows:
            row.incoming.make_durable()
        return self._committer.commit(commit)

    def has_room(self, upload_bytes: int) -> bool:
        """Tell whether an upload of that size leaves the free-space floor untouched, running uploads counted."""
        wanted = upload_bytes + self._incoming.promised_bytes()
        return self.free_bytes() - wanted >= self.settings.free_floor_bytes

    def free_bytes(self) -> int:
        """Return what an ordinary user may still write to the store's disk."""
        with translated():
            disk = os.statvfs(self.gate.layout.root)
        return disk.f_bavail * disk.f_frsize

    def letter(self, address: MailboxAddress) -> Sealed | None:
        """Return the letter at an address, None where there is no such mailbox. Same work either way."""
        query = select(MailboxRow.letter).where(MailboxRow.address == address)
        found = self.gate.read(lambda session: session.scalar(query))
        return None if found is None else Sealed(found)

    def replace_letters(self, letters: Iterable[tuple[MailboxAddress, Sealed]]) -> int:
        """Put every letter given, over an old one or at a new address, in one transaction; returns how many."""
        replaced = 0
        put = insert(MailboxRow)
        put = put.on_conflict_do_update(index_elements=["address"], set_={"letter": put.excluded.letter})
        with self.gate.writing() as generation, generation.database.writing() as session:
            for address, letter in letters:
                check_letter(address, letter)
                session.execute(put, {"address": address, "letter": letter})
                replaced += 1
        return replaced

    def unacknowledged(self) -> list[StoredRow]:
        """Return the rows that some desk has not acknowledged, in the order of their random ids."""
        query = select(SubmissionRow).where(SubmissionRow.settled_day.is_(None)).order_by(SubmissionRow.id)
        return self.gate.read(lambda session: [_value(row) for row in session.scalars(query)])

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
                        return open_quietly(path)
                except FileNotFoundError:
                    continue
        raise StoreUnusable("The file of a row is missing.", "Run `khomo-intake doctor`.")

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


def _value(row: SubmissionRow) -> StoredRow:
    return StoredRow(RowId(row.id), row.day, row.size, row.sha256.hex())
