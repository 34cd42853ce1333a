"""Which rows travel in which bundle, and what the desks have acknowledged.

Rules:
1. A bundle carries every row that is not settled, in the order of random ids. `first_bundle` is the number of the first
   bundle of the present chain that carried a row.
2. A desk that acknowledges bundle N has every row with `first_bundle` <= N. When all desks have a row it is settled:
   from then on it counts its days, and `first_bundle` is forgotten.
3. The manifest is on the disk before the bundle is made: an interrupted export makes the same bundle again, never a
   second one of the same number.
4. A chain made after a restore starts at 1, carries every unsettled row anew and names the last head known here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert

from intake.store.letters import replace_letters
from intake.store.models import AcknowledgementRow, IncomingChainRow, OutgoingChainRow, SubmissionRow
from intake.store.values import StoredRow
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from intake.store.gate import Gate
    from keys.sealing.values import MailboxAddress, Sealed

_TO_DESK = "to_desk"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where a chain stands: its name, the number of its last bundle, and that bundle's manifest digest (hex)."""

    chain: str
    number: int
    head: str | None


@dataclass(frozen=True, slots=True)
class OutgoingChain:
    """Our own chain. `resumes` is the head of the chain before a restore, needed by manifest number one only."""

    position: ChainHead
    manifest: bytes | None
    complete: bool
    resumes: ChainHead | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a bundle from a desk brings, checked by the courier before it comes here."""

    desk: str
    position: ChainHead
    acknowledges: ChainHead | None
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

    def incoming(self, desk: str) -> ChainHead | None:
        """Return where the chain from a desk stands, None before its first bundle."""
        row = self._gate.read(lambda session: session.get(IncomingChainRow, desk))
        return None if row is None else ChainHead(row.chain, row.number, row.head)

    def acknowledged(self, desk: str) -> ChainHead | None:
        """Return the last bundle that a desk says it has."""
        row = self._gate.read(lambda session: session.get(AcknowledgementRow, desk))
        return None if row is None else ChainHead(row.chain, row.number, None)

    def open_chain(self, chain: str) -> OutgoingChain:
        """Start a chain: the first one, or a new one after a restore, which then names the head of the old one."""
        with self._gate.writing() as generation, generation.database.writing() as session:
            before = session.get(OutgoingChainRow, _TO_DESK)
            resumes = None if before is None else _resumable(before)
            if before is not None:
                session.delete(before)
                session.flush()
            session.execute(update(SubmissionRow).values(first_bundle=None))
            session.add(
                OutgoingChainRow(name=_TO_DESK, chain=chain, number=0, complete=True, resumes=_resumes_json(resumes))
            )
        return OutgoingChain(ChainHead(chain, 0, None), None, complete=True, resumes=resumes)

    def begin_bundle(self, make: Callable[[OutgoingChain, list[StoredRow]], tuple[bytes, str]]) -> OutgoingChain:
        """Fix the next bundle: `make` turns chain and rows into the signed manifest and its digest (hex).

        From here the chain stands at the new number; `finish_bundle` says that the file was written.
        """
        with self._gate.writing() as generation, generation.database.writing() as session:
            chain = session.get_one(OutgoingChainRow, _TO_DESK)
            chain.manifest, chain.head = make(_as_chain(chain), unsettled_rows(session))
            chain.number += 1
            chain.complete = False
            unsent = SubmissionRow.first_bundle.is_(None) & SubmissionRow.settled_day.is_(None)
            session.execute(update(SubmissionRow).where(unsent).values(first_bundle=chain.number))
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
            position = arrival.position
            values = {"chain": position.chain, "number": position.number, "head": position.head}
            _put(session, IncomingChainRow, arrival.desk, values)
            if arrival.acknowledges is not None:
                said = {"chain": arrival.acknowledges.chain, "number": arrival.acknowledges.number}
                _put(session, AcknowledgementRow, arrival.desk, said)
            _settle(session, desks, self._today())
        return replaced


def _as_chain(row: OutgoingChainRow) -> OutgoingChain:
    return OutgoingChain(ChainHead(row.chain, row.number, row.head), row.manifest, row.complete, _resumed(row))


def _resumed(row: OutgoingChainRow) -> ChainHead | None:
    return None if row.resumes is None else ChainHead(**json.loads(row.resumes))


def _resumable(row: OutgoingChainRow) -> ChainHead | None:
    if row.number == 0:  # nobody has seen that chain: name what it resumed itself
        return _resumed(row)
    return ChainHead(row.chain, row.number, row.head)


def _resumes_json(head: ChainHead | None) -> str | None:
    return None if head is None else json.dumps({"chain": head.chain, "number": head.number, "head": head.head})


def unsettled_rows(session: Session) -> list[StoredRow]:
    """Return what the next bundle carries, in the order of random ids."""
    query = select(SubmissionRow).where(SubmissionRow.settled_day.is_(None)).order_by(SubmissionRow.id)
    return [StoredRow(RowId(row.id), row.day, row.size, row.sha256.hex()) for row in session.scalars(query)]


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
    said = select(AcknowledgementRow).where(AcknowledgementRow.chain == chain.chain)
    numbers = {row.desk: row.number for row in session.scalars(said)}
    reached = min(numbers.get(desk, 0) for desk in desks)
    done = SubmissionRow.settled_day.is_(None) & (SubmissionRow.first_bundle <= reached)
    session.execute(update(SubmissionRow).where(done).values(settled_day=today, first_bundle=None))
