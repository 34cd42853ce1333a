"""Heads of the log that leads co-signed: taken back into the vault, and passed on to the other leads.

Rules:
1. A co-signature counts when a lead that is known here made it under a head that this desk has signed and logged.
2. A head with this desk's signature that is not in the vault is a fork or a lost vault: a person has to know, and the
   vault signs nothing more (``forgetting``), whoever brings it: an old copy may not know the lead.
3. Every lead gets the newest head that each of them co-signed: who was shown another log will see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from caselog.checkpoint import merged, newest_cosigned, read_checkpoint
from keys.sealing.errors import FormatError, KhomoError
from keys.sealing.notes import VerifyKey
from reviewer.errors import ReviewerError
from reviewer.forgetting import hear_head
from reviewer.trust import desk_key, public_bundle
from reviewer.vault.log_rows import CheckpointRow, LeadRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from caselog.checkpoint import SignedCheckpoint
    from reviewer.vault.vault import Vault


@dataclass(frozen=True)
class Cosigned:
    """What a note brought: the head's ``size``, names of keys that are ``new`` under it, and ``all`` of them.

    ``uncertified`` are those whose keys the root has not signed: other leads do not recognise them.
    """

    size: int
    new: tuple[str, ...]
    all: tuple[str, ...]
    uncertified: tuple[str, ...]


def take_cosigned(vault: Vault, note: bytes) -> Cosigned:
    """Keep the co-signatures of a head that a lead gave back; raises ReviewerError, which says why not."""
    try:
        return _taken(vault, note)
    except _UnknownHeadError as error:
        with vault.change() as change:
            hear_head(change, error.size)
        raise


def _taken(vault: Vault, note: bytes) -> Cosigned:
    with vault.change() as change:
        desk, leads = desk_key(change.rows).verify_key, _leads(change.rows)
        head = _read(note, desk, leads)
        size, names = head.checkpoint.size, [key.name for key in head.cosigners]
        row = change.rows.get(CheckpointRow, size)
        if row is None:
            raise _unknown(head)
        known = read_checkpoint(row.note, desk, leads).cosigners
        try:
            row.note = merged(row.note, note, desk, leads)
        except FormatError:
            raise _unknown(head) from None
        _check_cosigned(head)
        every = read_checkpoint(row.note, desk, leads).cosigners
        new = tuple(key.name for key in every if key not in known)
        certified = public_bundle(change.rows).leads
        uncertified = tuple(key.name for key in head.cosigners if key not in certified)
        if new:
            change.record("cosigned", None, head=(None, str(size)), leads=(None, ", ".join(names)))
    return Cosigned(size, new, tuple(key.name for key in every), uncertified)


def cosigned_heads(rows: Session) -> tuple[bytes, ...]:
    """Notes of older heads, the newest that each lead co-signed; the newest head of all brings its own."""
    desk, leads = desk_key(rows).verify_key, public_bundle(rows).leads
    notes = rows.scalars(select(CheckpointRow.note).order_by(CheckpointRow.size.desc())).all()
    heads = [read_checkpoint(note, desk, leads) for note in notes]
    return tuple(head.note for head in newest_cosigned(heads) if head is not heads[0])


def _leads(rows: Session) -> tuple[VerifyKey, ...]:
    """Everybody whose co-signature means something: leads of the public bundle, and those added here."""
    added = [VerifyKey.parse(text) for text in rows.scalars(select(LeadRow.verify_key).order_by(LeadRow.name))]
    return tuple(dict.fromkeys([*public_bundle(rows).leads, *added]))


def _read(note: bytes, desk: VerifyKey, leads: tuple[VerifyKey, ...]) -> SignedCheckpoint:
    try:
        return read_checkpoint(note, desk, leads)
    except KhomoError as error:
        raise ReviewerError(
            f"This is not a head of this desk's log: {error.message}",
            "Ask the lead for the file that `khomo-caselog cosign` wrote.",
        ) from error


def _check_cosigned(head: SignedCheckpoint) -> None:
    if not head.cosigners:
        raise ReviewerError(
            "No lead that is known here has co-signed this head.",
            "Add the lead first, with the lead's card: khomo-reviewer leads add CARD",
        )


class _UnknownHeadError(ReviewerError):
    """A head of ``size`` leaves that this desk signed and does not know."""

    def __init__(self, message: str, remedy: str, size: int) -> None:
        super().__init__(message, remedy)
        self.size = size


def _unknown(head: SignedCheckpoint) -> _UnknownHeadError:
    names = ", ".join(key.name for key in head.cosigners)
    return _UnknownHeadError(
        f"{f'{names} co-signed' if names else 'Somebody has'} a head at {head.checkpoint.size} leaves that bears this "
        "desk's signature and is not in this vault: a fork. Either the vault was restored from a backup that is too "
        "old, or somebody else has the desk's key.",
        "Nothing more is signed here. Keep the file, look for a newer backup, and speak to the leads in person.",
        head.checkpoint.size,
    )
