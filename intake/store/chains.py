"""Which rows travel in which bundle, and what the desks have acknowledged.

Rules:
1. A bundle carries every row that is not settled, in the order of random ids. `first_bundle` is the number of the first
   bundle of the present chain that carried a row.
2. A desk that acknowledges bundle N has every row with `first_bundle` <= N. When all desks have a row it is settled:
   from then on it counts its days, and `first_bundle` is forgotten.
3. The manifest is on the disk before the bundle is made: an interrupted export makes the same bundle again, never a
   second one of the same number.
4. Rows that were given up are named in bundles until every desk has acknowledged one that names them.
5. A chain made after a restore starts at 1, carries every unsettled row anew and names the last head known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert

from intake.store.letters import replace_letters
from intake.store.models import AcknowledgementRow, IncomingChainRow, LostRow, OutgoingChainRow, SubmissionRow
from intake.store.positions import position_from_text, position_to_text
from intake.store.values import StoredRow
from keys.sealing.chain_position import ChainId, ChainPosition
from keys.sealing.manifest import Acknowledgement
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date

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
        complete: whether the file of the last bundle was written.
        resumes: where the chain before a restore ended.
    """

    chain: ChainId
    number: int
    head: str | None
    manifest: bytes | None
    complete: bool
    resumes: ChainPosition | None


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
        row = self._gate.read(lambda session: session.get(OutgoingChainRow, _TO_DESK))
        return None if row is None else _as_chain(row)

    def incoming(self) -> dict[str, ChainPosition]:
        """Return where the chain from each desk stands that has sent a bundle."""
        rows = self._gate.read(lambda session: list(session.scalars(select(IncomingChainRow))))
        return {row.desk: position_from_text(row.position) for row in rows}

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
            for table in (SubmissionRow, LostRow):
                session.execute(update(table).values(first_bundle=None))
            fresh = OutgoingChainRow(name=_TO_DESK, chain=str(chain), number=0, complete=True)
            fresh.resumes = None if resumes is None else position_to_text(resumes)
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
            chain.manifest, chain.head = make(_as_chain(chain), rows)
            chain.number += 1
            chain.complete = False
            unsent = SubmissionRow.first_bundle.is_(None) & SubmissionRow.settled_day.is_(None)
            session.execute(update(SubmissionRow).where(unsent).values(first_bundle=chain.number))
            session.execute(update(LostRow).where(LostRow.first_bundle.is_(None)).values(first_bundle=chain.number))
            left = SubmissionRow.id.in_(leave_out)
            session.execute(update(SubmissionRow).where(left).values(first_bundle=None))
        return _as_chain(chain)

    def send_again(self) -> int:
        """Let every row that is still here travel again, for a desk that lost what it had; returns how many."""
        again = update(SubmissionRow).where(SubmissionRow.settled_day.is_not(None)).values(settled_day=None)
        again = again.returning(SubmissionRow.id)
        with self._gate.writing() as generation, generation.database.writing() as session:
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
            _put(session, IncomingChainRow, arrival.desk, {"position": position_to_text(arrival.position)})
            if arrival.acknowledges is not None:
                said = {"chain": str(arrival.acknowledges.chain), "number": arrival.acknowledges.number}
                _put(session, AcknowledgementRow, arrival.desk, said)
            _settle(session, desks, self._today())
        return replaced


def _as_chain(row: OutgoingChainRow) -> OutgoingChain:
    return OutgoingChain(ChainId.parse(row.chain), row.number, row.head, row.manifest, row.complete, _resumed(row))


def _resumed(row: OutgoingChainRow) -> ChainPosition | None:
    return None if row.resumes is None else position_from_text(row.resumes)


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
    done = SubmissionRow.settled_day.is_(None) & (SubmissionRow.first_bundle <= reached)
    session.execute(update(SubmissionRow).where(done).values(settled_day=today, first_bundle=None))
    session.execute(delete(LostRow).where(LostRow.first_bundle <= reached))
