"""The case log as the desk keeps it: what is pending goes in, in an order that tells nothing, and a new head is signed.

Rules:
1. Every row of the door is accounted for, and again when it is decided; of a row sealed to a key that is not here this
   desk says so, since another may have the key, or none. A row that came to a case after a decision is open until the
   next; what was said of the earlier rows stays.
2. Cases and dispositions that go in together are shuffled: their order tells nothing. One case that goes in alone can
   be told from the dispositions beside it, see ``docs/formats/case-log.md``.
3. A case is forwarded when its leaf has a number; what was prepared and may not go any more stays, and nobody is told.
4. A leaf that stands in the log never changes; leaves and head are stored in one transaction, before anything leaves.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from caselog.checkpoint import read_checkpoint
from caselog.desk_log import DeskLog
from caselog.leaves import DispositionLeaf, leaf_from_bytes
from caselog.merkle import Frontier, leaf_hash
from reviewer.errors import ReviewerError
from reviewer.forgetting import check_remembers
from reviewer.packages import is_allowed, keys_are_current, mark_forwarded, signers_are_current
from reviewer.purposes import Purpose
from reviewer.trust import desk_key
from reviewer.values import ArrivalState, Disposition
from reviewer.vault.log_rows import CheckpointRow, ForwardRow, LeafRow
from reviewer.vault.rows import ArrivalRow, CaseRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from caselog.leaves import Leaf
    from reviewer.vault.vault import Vault

_DECIDED = (Disposition.FORWARDED, Disposition.CLOSED, Disposition.SPAM)


@dataclass(frozen=True)
class Appended:
    """What went into the log: cases, dispositions, and how many leaves it has now, filler included.

    ``held`` are cases that do not go out: source or policy allow less by now, a reviewer closed or withdrew them, or
    somebody who signed is no reviewer any more.
    """

    cases: int
    dispositions: int
    size: int
    held: tuple[int, ...] = ()


@dataclass(frozen=True)
class Head:
    """The newest head; ``note`` is its signed text."""

    size: int
    note: bytes


def append_pending(vault: Vault, progress: Callable[[int], object] = lambda _rows: None) -> Appended:
    """Put everything into the log that is not there yet; ``progress`` counts rows of the door.

    Raises ForgottenError where the vault may not know what was logged before.
    """
    with vault.change() as change:
        rows = change.rows
        check_remembers(rows)
        waiting = rows.scalars(_complete_forwards().where(ForwardRow.leaf_number.is_(None))).all()
        forwards = [row for row in waiting if _may_go(rows, row)]
        held = tuple(row.case_id for row in waiting if row not in forwards)
        for row in forwards:
            mark_forwarded(change, row)
        pending: list[tuple[Leaf, ForwardRow | None]] = [(leaf_from_bytes(row.leaf), row) for row in forwards]
        pending += [(leaf, None) for leaf in _dispositions(rows, progress)]
        secrets.SystemRandom().shuffle(pending)
        size = rows.scalar(select(func.count()).select_from(LeafRow)) or 0
        if not pending:
            return Appended(0, 0, size, held)
        extension = _log(rows).extend([leaf for leaf, _row in pending], desk_key(rows))
        for number, (_leaf, forward) in enumerate(pending, extension.first):
            if forward is not None:
                forward.leaf_number = number
        rows.add_all(LeafRow(number=number, data=data) for number, data in enumerate(extension.leaves, extension.first))
        rows.add(CheckpointRow(size=extension.size, note=extension.checkpoint, day=change.day))
        appended = Appended(len(forwards), len(pending) - len(forwards), extension.size, held)
        change.record("log", None, cases=(None, str(appended.cases)), dispositions=(None, str(appended.dispositions)))
    return appended


def count_rows(rows: Session) -> int:
    """How many rows of the door are looked at when the log is brought up to date."""
    return rows.scalar(select(func.count()).select_from(ArrivalRow)) or 0


def head(rows: Session) -> Head | None:
    """The newest head; None before anything was logged."""
    row = rows.scalar(select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1))
    return None if row is None else Head(row.size, row.note)


def leaves(rows: Session) -> tuple[bytes, ...]:
    """All leaves, in order."""
    return tuple(rows.scalars(select(LeafRow.data).order_by(LeafRow.number)))


def verify(rows: Session) -> int:
    """Check that the stored leaves give every stored head, and every head is signed; returns how many heads.

    Raises ReviewerError where they do not, SignatureError for a head that this desk did not sign.
    """
    key = desk_key(rows)
    stored, tree = leaves(rows), Frontier()
    heads = rows.scalars(select(CheckpointRow).order_by(CheckpointRow.size)).all()
    for row in heads:
        for leaf in stored[tree.size : row.size]:
            tree.append(leaf_hash(leaf))
        signed = read_checkpoint(row.note, key.verify_key).checkpoint
        if (tree.size, tree.root()) != (signed.size, signed.root):
            raise ReviewerError(f"The leaves in the vault do not give the head at {row.size}.", "Restore a backup.")
    if tree.size != len(stored):
        raise ReviewerError("The vault holds leaves after its newest head.", "Restore a backup.")
    return len(heads)


def _complete_forwards() -> Select[ForwardRow]:
    return select(ForwardRow).where(ForwardRow.complete).order_by(ForwardRow.id)


def _may_go(rows: Session, row: ForwardRow) -> bool:
    case = rows.get_one(CaseRow, row.case_id)
    is_open = row.purpose == Purpose.WITHDRAWAL or case.disposition in {Disposition.OPEN, Disposition.FORWARDED}
    return is_open and is_allowed(rows, row) and keys_are_current(rows, row) and signers_are_current(rows, row)


def _log(rows: Session) -> DeskLog:
    return DeskLog.of(rows.scalars(select(LeafRow.data).order_by(LeafRow.number)))


def _dispositions(rows: Session, progress: Callable[[int], object]) -> Iterator[DispositionLeaf]:
    """Leaves for rows whose state is not what the log last said; marks them as said."""
    found = select(ArrivalRow, CaseRow).outerjoin(CaseRow, CaseRow.id == ArrivalRow.case_id)
    for arrival, case in rows.execute(found).all():
        progress(1)
        leaf = _disposition(arrival, case)
        if leaf.state is Disposition.OPEN and (arrival.accounted or "").startswith(_DECIDED):
            continue  # what was decided of it stays said until somebody decides again
        said = f"{leaf.state} {leaf.reason or ''}"
        if arrival.accounted != said:
            arrival.accounted = said
            yield leaf


def _disposition(arrival: ArrivalRow, case: CaseRow | None) -> DispositionLeaf:
    row = arrival.id.hex()
    if arrival.state == ArrivalState.DECOY:
        return DispositionLeaf(row, Disposition.DECOY, proof=arrival.proof)
    if case is None:
        no_key = arrival.state == ArrivalState.NO_KEY
        return DispositionLeaf(row, Disposition.NOT_MINE if no_key else Disposition.UNDECRYPTABLE)
    state = Disposition(case.disposition)
    return DispositionLeaf(row, state, reason=case.reason if state is Disposition.CLOSED else None)
