"""Which rows travel in which bundle, and what the desks have acknowledged.

Rules:
1. A bundle carries every row that is not settled, in the order of random ids. Of what it carried only the day on which
   it was made is kept: a disk must not tell which of a day's rows came before an export.
2. A desk that acknowledges bundle N has every row of the days before the day of N. When all desks have a row it is
   settled: from then on it counts its days. Rows of the day of N itself travel once more and are settled with the next
   bundle of a later day. A row that a bundle left out is not settled with a bundle of that day or of an earlier one.
3. The manifest is on the disk before the bundle is made: an interrupted export makes the same bundle again, never a
   second one of the same number.
   The nightly rewrite forgets the list of a bundle that was written (`forget_list`).
4. Rows that were given up are named in bundles until every desk has acknowledged one of a later day.
5. A chain made after a restore starts at 1, carries every unsettled row anew and names the last head known here.
6. No row bears an earlier day than a bundle that was made before it came (`days.py`).
7. After a restore letters are away until every desk has sent a bundle that acknowledges one of ours, of whichever
   chain: a desk that has seen none knows no mailbox, and brings no letter back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from intake.store.days import store_day
from intake.store.letters import replace_letters
from intake.store.models import (
    AcknowledgementRow,
    IncomingChainRow,
    LostRow,
    OutgoingChainRow,
    SentBundleRow,
    SubmissionRow,
)
from intake.store.values import StoredRow
from keys.sealing.chain_position import ChainId, ChainPosition
from keys.sealing.manifest import Acknowledgement
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from intake.store.gate import Gate
    from keys.sealing.values import MailboxAddress, Sealed

    MakeManifest = Callable[["OutgoingChain", list[StoredRow]], tuple[bytes, str]]

_TO_DESK = "to_desk"


@dataclass(frozen=True, slots=True)
class OutgoingChain:
    """Our own chain: name, number and head (hex) of its last bundle, and that bundle's signed manifest.

    Attributes:
        number: 0 before the first bundle; then ``head`` and ``manifest`` are None.
        manifest: None also once the night has forgotten it.
        complete: whether the file of the last bundle was written.
        resumes: where the chain before a restore ended.
        day: on which the last bundle was made, if that is known.
    """

    chain: ChainId
    number: int
    head: str | None
    manifest: bytes | None
    complete: bool
    resumes: ChainPosition | None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a bundle from a desk brings, checked by the courier before it comes here."""

    desk: str
    position: ChainPosition
    acknowledges: Acknowledgement | None
    letters: Iterable[tuple[MailboxAddress, Sealed]]


class Chains:
    """The store's side of bundles."""

    def __init__(self, gate: Gate, today: Callable[[], date]) -> None:
        self._gate = gate
        self._today = today

    def outgoing(self) -> OutgoingChain | None:
        """Return where our chain stands, None before the first export."""
        return self._gate.read(_outgoing)

    def incoming(self) -> dict[str, ChainPosition]:
        """Return where the chain from each desk stands that has sent a bundle."""
        rows = self._gate.read(lambda session: list(session.scalars(select(IncomingChainRow))))
        return {row.desk: ChainPosition.from_text(row.position) for row in rows}

    def acknowledged(self) -> dict[str, Acknowledgement]:
        """Return the last bundle of ours that each desk says it has."""
        rows = self._gate.read(lambda session: list(session.scalars(select(AcknowledgementRow))))
        return {row.desk: Acknowledgement(ChainId.parse(row.chain), row.number) for row in rows}

    def open_chain(self, chain: ChainId) -> OutgoingChain:
        """Start a chain: the first one, or a new one after a restore, which then names the head of the old one."""
        with self._gate.writing() as generation, generation.database.writing() as session:
            before = session.get(OutgoingChainRow, _TO_DESK)
            resumes = None if before is None else _resumable(before)
            if before is not None:
                session.delete(before)
                session.flush()
            session.execute(delete(SentBundleRow))
            session.execute(update(SubmissionRow).values(held_day=None))
            fresh = OutgoingChainRow(name=_TO_DESK, chain=str(chain), number=0, complete=True)
            fresh.resumes = None if resumes is None else resumes.to_text()
            fresh.letters_away = before is not None and before.letters_away
            session.add(fresh)
        return _as_chain(fresh)

    def begin_bundle(self, make: MakeManifest, leave_out: Collection[RowId] = ()) -> OutgoingChain:
        """Fix the next bundle: `make` turns chain and rows into the signed manifest and its head (hex).

        From here the chain stands at the new number; `finish_bundle` says that the file was written. What is left out
        does not travel, so that no acknowledgement of this bundle counts for it.
        """
        with self._gate.writing() as generation, generation.database.writing() as session:
            chain = session.get_one(OutgoingChainRow, _TO_DESK)
            rows = [row for row in unsettled_rows(session) if row.id not in leave_out]
            day = store_day(session, self._today())
            chain.manifest, chain.head = make(_as_chain(chain, _day_of(session, chain.number)), rows)
            chain.number += 1
            chain.complete = False
            session.add(SentBundleRow(number=chain.number, day=day))
            left = SubmissionRow.id.in_(leave_out)
            session.execute(update(SubmissionRow).where(left).values(held_day=day))
        return _as_chain(chain, day)

    def send_again(self) -> int:
        """Let every row that is still here travel again, for a desk that lost what it had; returns how many.

        No bundle that was made before counts any more, for any row.
        """
        again = update(SubmissionRow).where(SubmissionRow.settled_day.is_not(None)).values(settled_day=None)
        again = again.returning(SubmissionRow.id)
        with self._gate.writing() as generation, generation.database.writing() as session:
            session.execute(delete(SentBundleRow))
            return len(session.scalars(again).all())

    def finish_bundle(self, number: int) -> None:
        """Note that the bundle of that number was written."""
        done = update(OutgoingChainRow).where(OutgoingChainRow.number == number).values(complete=True)
        with self._gate.writing() as generation, generation.database.writing() as session:
            session.execute(done)

    def accept(self, arrival: Arrival, desks: Collection[str]) -> int:
        """Take in a desk's bundle in one transaction; returns how many letters it replaced.

        Args:
            arrival: what it brings.
            desks: every desk whose acknowledgement a row needs before it is settled.
        """
        with self._gate.writing() as generation, generation.database.writing() as session:
            replaced = replace_letters(session, arrival.letters)
            _put(session, IncomingChainRow, arrival.desk, {"position": arrival.position.to_text()})
            if arrival.acknowledges is not None:
                said = {"chain": str(arrival.acknowledges.chain), "number": arrival.acknowledges.number}
                _put(session, AcknowledgementRow, arrival.desk, said)
            _settle(session, desks, self._today())
            _note_letters(session, desks)
        return replaced


def _outgoing(session: Session) -> OutgoingChain | None:
    row = session.get(OutgoingChainRow, _TO_DESK)
    return None if row is None else _as_chain(row, _day_of(session, row.number))


def _as_chain(row: OutgoingChainRow, day: date | None = None) -> OutgoingChain:
    chain = ChainId.parse(row.chain)
    return OutgoingChain(chain, row.number, row.head, row.manifest, row.complete, _resumed(row), day)


def _day_of(session: Session, number: int) -> date | None:
    return session.scalar(select(SentBundleRow.day).where(SentBundleRow.number == number))


def forget_list(session: Session) -> None:
    """Forget which rows the last bundle carried, once it was written: of its day it tells which came before it."""
    session.execute(update(OutgoingChainRow).where(OutgoingChainRow.complete).values(manifest=None))


def _resumed(row: OutgoingChainRow) -> ChainPosition | None:
    return None if row.resumes is None else ChainPosition.from_text(row.resumes)


def _resumable(row: OutgoingChainRow) -> ChainPosition | None:
    if row.head is None:  # nobody has seen that chain: name what it resumed itself
        return _resumed(row)
    return ChainPosition(ChainId.parse(row.chain), row.number, row.head)


def unsettled_rows(session: Session) -> list[StoredRow]:
    """Return what the next bundle carries, in the order of random ids."""
    query = select(SubmissionRow).where(SubmissionRow.settled_day.is_(None)).order_by(SubmissionRow.id)
    return [_as_value(row) for row in session.scalars(query)]


def all_rows(session: Session) -> list[StoredRow]:
    """Return every row, in the order of random ids."""
    return [_as_value(row) for row in session.scalars(select(SubmissionRow).order_by(SubmissionRow.id))]


def _as_value(row: SubmissionRow) -> StoredRow:
    return StoredRow(RowId(row.id), row.day, row.size, row.sha256.hex())


def _put(
    session: Session, table: type[IncomingChainRow | AcknowledgementRow], desk: str, values: dict[str, object]
) -> None:
    put = insert(table).values(desk=desk, **values)
    session.execute(put.on_conflict_do_update(index_elements=["desk"], set_=values))


def _settle(session: Session, desks: Collection[str], today: date) -> None:
    """Settle what every desk has, as far as it speaks of the present chain."""
    chain = session.get(OutgoingChainRow, _TO_DESK)
    if chain is None or not desks:
        return
    said = select(AcknowledgementRow).where(
        AcknowledgementRow.chain == chain.chain, AcknowledgementRow.number <= chain.number
    )
    numbers = {row.desk: row.number for row in session.scalars(said)}
    reached = min(numbers.get(desk, 0) for desk in desks)
    made = _day_of(session, reached)
    if made is None:
        return
    session.execute(update(SubmissionRow).where(_had_by(made)).values(settled_day=today, held_day=None))
    session.execute(delete(LostRow).where(LostRow.given_up < made))
    session.execute(delete(SentBundleRow).where(SentBundleRow.number < reached))


def _note_letters(session: Session, desks: Collection[str]) -> None:
    """Note that letters are back once every desk has answered; a restored store begins without any answer."""
    answered = set(session.scalars(select(AcknowledgementRow.desk)))
    if answered.issuperset(desks):
        session.execute(update(OutgoingChainRow).values(letters_away=False))


def _had_by(made: date) -> ColumnElement[bool]:
    """Say which rows every desk has that acknowledges a bundle made on that day."""
    travelled = or_(SubmissionRow.held_day.is_(None), SubmissionRow.held_day < made)
    return and_(SubmissionRow.settled_day.is_(None), SubmissionRow.day < made, travelled)
