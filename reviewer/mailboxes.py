"""Whose a mailbox is: the first report that names one says so, until somebody else does and a person decides.

Rules:
1. A mailbox keeps the key that its first report named. A later report with another key is not taken for the same
   person: it claims the mailbox, which is disputed until a person decides, for any of those who claim it.
2. Two rows are of one source only if they name the same mailbox and the same key, or both name none.
3. Whoever gets a mailbox gets nothing that was written to another in it.
4. A mailbox that its source wrote off stays written off: nothing is written to it, and its letters are blank.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from keys.sealing.filing_proof import DIGESTS
from keys.sealing.letter import EntryKind
from reviewer import clocks
from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.values import MailboxKind
from reviewer.vault.rows import ArrivalRow, CaseRow, EntryRow, MailboxRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from keys.sealing.submission import MailboxSlip
    from reviewer.vault.vault import Change

DISPUTE = "Another report named a different key for the same mailbox: somebody may be posing as this source."


@dataclass(frozen=True)
class Claim:
    """What a row says of a mailbox that is another's so far; ``digests`` are for its receipt."""

    address: str
    recipient: str
    digests: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: ArrivalRow) -> Claim | None:
        """The claim that a row makes, if it makes one."""
        return None if row.claim is None else cls(**json.loads(row.claim))

    @property
    def whose(self) -> tuple[str, str]:
        """Mailbox and key."""
        return self.address, self.recipient


def take_mailbox(change: Change, slip: MailboxSlip | None, kind: MailboxKind) -> bytes | None:
    """Note a mailbox; returns its address if it is this report's, None if there is none or it is disputed."""
    if slip is None:
        return None
    known = change.rows.get(MailboxRow, slip.address)
    if known is None:
        change.rows.add(MailboxRow(address=slip.address, kind=kind, recipient=slip.recipient, disputed=False))
    elif known.recipient != slip.recipient:
        known.disputed = True
        return None
    elif known.kind == MailboxKind.DECOY and kind is MailboxKind.REAL:
        known.kind = kind
    return slip.address


def claim_mailbox(arrival: ArrivalRow, slip: MailboxSlip, digests: Iterable[str]) -> None:
    """Keep what a row says of a mailbox that it did not get."""
    arrival.claim = json.dumps(asdict(Claim(slip.address.hex(), slip.recipient, tuple(digests))))
    arrival.problem = arrival.problem or DISPUTE


def is_same_source(rows: Session, case: CaseRow, slip: MailboxSlip | None) -> bool:
    """Whether a row that names this mailbox, or none, is of the source of a case."""
    claimed = {claim.whose for _row, claim in _claims(rows, case.id)}
    if slip is None:
        return case.mailbox is None and not claimed
    if case.mailbox is None:
        return (slip.address.hex(), slip.recipient) in claimed
    box = rows.get_one(MailboxRow, case.mailbox)
    return (box.address, box.recipient) == (slip.address, slip.recipient)


def settle_mailbox(change: Change, case_id: int) -> None:
    """Say that a mailbox is that of the source of a case; raises ReviewerError when nobody disputes it."""
    case = get_case(change.rows, case_id)
    claim = None
    if case.mailbox is None:
        claim = next((claim for _row, claim in _claims(change.rows, case_id)), None)
    address = case.mailbox if claim is None else bytes.fromhex(claim.address)
    box = None if address is None else change.rows.get(MailboxRow, address)
    if box is None or not (box.disputed or claim):
        raise ReviewerError(f"The mailbox of case {case_id} is not disputed.")
    if claim is not None:
        _take_away(change, box)
        _give(change, box, claim)
    box.disputed = False
    clocks.refresh(change.rows)
    change.record("settle", case_id)


def _claims(rows: Session, case_id: int | None = None) -> Iterator[tuple[ArrivalRow, Claim]]:
    found = select(ArrivalRow).where(ArrivalRow.claim.is_not(None)).order_by(ArrivalRow.day, ArrivalRow.id)
    if case_id is not None:
        found = found.where(ArrivalRow.case_id == case_id)
    for row in rows.scalars(found).all():
        claim = Claim.of(row)
        if claim is not None:
            yield row, claim


def _take_away(change: Change, box: MailboxRow) -> None:
    """Make those who had a mailbox some who claim it."""
    lost = json.dumps(asdict(Claim(box.address.hex(), box.recipient or "")))
    for case in change.rows.scalars(select(CaseRow).where(CaseRow.mailbox == box.address)).all():
        case.mailbox = None
        for row in change.rows.scalars(select(ArrivalRow).where(ArrivalRow.case_id == case.id)):
            row.claim = lost
    change.rows.execute(delete(EntryRow).where(EntryRow.mailbox == box.address))


def _give(change: Change, box: MailboxRow, claim: Claim) -> None:
    box.recipient, box.kind = claim.recipient, MailboxKind.REAL
    for row, other in _claims(change.rows):
        if other.whose != claim.whose or row.case_id is None:
            continue
        change.rows.get_one(CaseRow, row.case_id).mailbox = box.address
        row.claim, row.problem = None, None if row.problem == DISPUTE else row.problem
        if other.digests:
            add_receipt(change, box.address, other.digests)


def add_receipt(change: Change, mailbox: bytes, digests: Iterable[str]) -> None:
    """Tell a source with the next letter what arrived.

    What comes together is one receipt, as far as one proof can name it: each file is a row of its own, and fifty
    receipts would push answers out of the letter.
    """
    new = list(digests)
    last = change.rows.scalar(select(EntryRow).where(EntryRow.mailbox == mailbox).order_by(EntryRow.id.desc()).limit(1))
    if last is not None and (last.kind, last.day) == (EntryKind.RECEIPT, change.day):
        before = json.loads(last.details)
        together = list(dict.fromkeys([*before["digests"], *new]))
        if len(together) in DIGESTS:
            last.details = json.dumps({**before, "digests": together})
            return
    add_entry(change, mailbox, EntryKind.RECEIPT, digests=new)


def add_entry(change: Change, mailbox: bytes, kind: EntryKind, text: str = "", **details: object) -> None:
    """Put an entry into the next letters of a mailbox, with what its kind has beside the text."""
    change.rows.add(EntryRow(mailbox=mailbox, kind=kind, day=change.day, text=text, details=json.dumps(details)))


def write_off(change: Change, mailbox: bytes) -> bool:
    """Give a mailbox up because its source did; returns whether that is news."""
    box = change.rows.get_one(MailboxRow, mailbox)
    news = box.kind != MailboxKind.WRITTEN_OFF
    box.kind = MailboxKind.WRITTEN_OFF
    return news
