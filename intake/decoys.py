"""Decoy reports: rows and a mailbox that look like a report from outside and say what they are inside.

Rules:
1. The same writers, checks and commits in the same order as for a report: text and mailbox first, then each file in a
   row of its own. Like a report it goes to one desk, of those that pages can seal to today.
2. Sizes come from a fixed table, never from what real sources sent; the draw is cryptographic.
3. Inside stands a text of type ``khomo/decoy/v1``, signed by the server, that names report and row, and otherwise
   zeros (``keys.sealing.decoy_note``): a desk can prove to leads that a row was a decoy, and can pass off no real row
   as one.
4. Nothing about a decoy is kept: words and keys of its mailbox are forgotten here, and the store cannot tell it apart.
5. When they come is drawn minute by minute, as reports come: neither a pace nor a number a day can be subtracted.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.store import Commit, NewRow
from keys.sealing.age import HYBRID_HEADER_BYTES, HybridRecipient
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.decoy_note import DecoyNote, decoy_file_name, make_decoy_note
from keys.sealing.letter import filler_letter
from keys.sealing.limits import KIB, MIB
from keys.sealing.public_bundle import NoEpochError
from keys.sealing.row_check import check_row
from keys.sealing.submission import Lane, MailboxSlip, Part, SubmissionHead, new_report_id
from keys.sealing.submission_writer import SubmissionWriter
from keys.sealing.values import RowId, new_row_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from intake.papers import Papers
    from intake.store import Store
    from keys.sealing.values import MailboxAddress, Sealed

SHAPES: tuple[tuple[int, ...], ...] = (
    *[()] * 11,
    *[(300 * KIB,)] * 3,
    *[(2 * MIB,)] * 2,
    (150 * KIB, 900 * KIB),
    (5 * MIB, 4 * MIB, 3 * MIB),
    (14 * MIB,),
    (45 * MIB,),
)
"""Files of a decoy in bytes, each shape equally likely: 11 in 20 are text alone, one is a short film."""

MINUTES_A_DAY = 24 * 60

_PIECE = bytes(256 * KIB)


@dataclass(frozen=True, slots=True)
class Decoy:
    """What was put into the store, for tests and for the log of nobody: it is not kept.

    Attributes:
        rows: how many rows.
        size: their bytes together.
    """

    rows: int
    size: int


class DecoyMaker:
    """Makes decoys for one server.

    Args:
        store: where they go.
        papers: whom they are sealed to, and the key that signs what they are.
        today: the day in UTC.
    """

    def __init__(self, store: Store, papers: Papers, today: Callable[[], date]) -> None:
        self._store = store
        self._papers = papers
        self._today = today
        self._words = WordList.load()

    def make(self, shape: tuple[int, ...] | None = None) -> Decoy:
        """Put one decoy into the store; ``shape`` is drawn from the table where none is given.

        Raises ``NoEpochError`` without a valid epoch and ``StoreError`` like any commit.
        """
        chosen = secrets.choice(SHAPES) if shape is None else shape
        if not self._store.has_room(sum(chosen)):
            chosen = ()
        recipient, report, mailbox = self._recipient(), new_report_id(), self._mailbox()
        sizes = [self._row(recipient, report, mailbox, None)]
        sizes += [self._row(recipient, report, mailbox, size) for size in chosen]
        return Decoy(len(sizes), sum(sizes))

    def _mailbox(self) -> MailboxKeys:
        return MailboxKeys.derive(self._words.draw(), self._papers.bundle.salt)

    def _row(self, recipient: HybridRecipient, report: bytes, mailbox: MailboxKeys, file: int | None) -> int:
        row, part = new_row_id(), Part.MESSAGE if file is None else Part.FILES
        with self._store.incoming(file or 0) as incoming:
            writer = SubmissionWriter(recipient, incoming.write, incoming.digest)
            if file is None:
                writer.write_message(b"")
            else:
                _write_file(writer, decoy_file_name(1), file)
            sealed = writer.finish(self._head(report, row, mailbox, part))
            check_row(incoming.beginning(HYBRID_HEADER_BYTES), incoming.size)
            letters = (self._letter(mailbox),) if part is Part.MESSAGE else ()
            self._store.commit(Commit((NewRow(row, incoming, sealed.size, sealed.sha256),), letters))
        return sealed.size

    def _recipient(self) -> HybridRecipient:
        bundle, today = self._papers.bundle, self._today()
        found = []
        for desk in bundle.receiving_desks:
            with suppress(NoEpochError):
                found.append(bundle.epoch_for(desk.id, today))
        if not found:
            raise NoEpochError(f"No desk has an epoch that is valid on {today}.", "Make one with: khomo-keys epoch new")
        return HybridRecipient.parse(secrets.choice(found).recipient)

    def _letter(self, mailbox: MailboxKeys) -> tuple[MailboxAddress, Sealed]:
        recipient = mailbox.identity.recipient()
        return mailbox.address, filler_letter(mailbox.address, self._papers.server_key, recipient)

    def _head(self, report: bytes, row: RowId, mailbox: MailboxKeys, part: Part) -> SubmissionHead:
        note = make_decoy_note(DecoyNote(report, row), self._papers.server_key)
        slip = MailboxSlip(mailbox.address, str(mailbox.identity.recipient()))
        return SubmissionHead(report=report, part=part, lane=Lane.ARRIVAL, mailbox=slip, decoy=note)


def drawn(a_day: int, minutes: int) -> int:
    """Draw how many decoys to make for so many minutes, so that ``a_day`` of them come on an average day."""
    return sum(secrets.randbelow(MINUTES_A_DAY) < a_day for _minute in range(minutes))


def _write_file(writer: SubmissionWriter, name: str, size: int) -> None:
    writer.start_file(name)
    left = size
    while left:
        piece = _PIECE[:left]
        writer.write(piece)
        left -= len(piece)
    writer.end_file()
