"""Heads of the log: C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint), signed by the desk, co-signed by leads.

Rules:
1. Three lines: origin, number of leaves, root in base64; no extension lines, one spelling.
2. The origin names type, version and desk, so that no head passes for that of another log.
3. A head counts when its desk has signed it, whoever else has.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caselog.limits import SIGNATURES_BYTES
from caselog.merkle import HASH_BYTES
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.notes import add_signature, sign, signature_line, verify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from keys.sealing.notes import SigningKey, VerifyKey

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


def origin_of(desk: VerifyKey) -> str:
    """Return the origin of a desk's log."""
    return f"khomo/case-log/v1/{desk.name}+{desk.key_id.hex()}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a log stands: origin, number of leaves, root hash."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Read what ``to_text`` writes; raises ``FormatError`` for anything else."""
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or not _SIZE.fullmatch(lines[1]):
            raise FormatError("The head of the log does not have the three lines of a checkpoint.")
        try:
            checkpoint = cls(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
        except (binascii.Error, ValueError):
            raise FormatError("The head of the log holds no root hash.") from None
        if len(checkpoint.root) != HASH_BYTES or checkpoint.to_text() != text:
            raise FormatError("The head of the log is not in its one spelling.")
        return checkpoint


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A head that its desk has signed.

    Attributes:
        checkpoint: what it says.
        note: the signed text, with all signatures.
        signers: those of the accepted keys that signed it, the desk's first.
    """

    checkpoint: Checkpoint
    note: bytes
    signers: tuple[VerifyKey, ...]

    @property
    def cosigners(self) -> tuple[VerifyKey, ...]:
        """Those beside the desk."""
        return self.signers[1:]


def sign_checkpoint(checkpoint: Checkpoint, desk: SigningKey) -> bytes:
    """Return the head signed by its desk."""
    return sign(checkpoint.to_text(), [desk])


def read_checkpoint(note: bytes, desk: VerifyKey, others: Collection[VerifyKey] = ()) -> SignedCheckpoint:
    """Read a head of this desk's log; raises ``SignatureError`` or ``FormatError``.

    Args:
        note: the signed text.
        desk: must have signed it.
        others: whose co-signatures are reported.
    """
    if len(note) > SIGNATURES_BYTES:
        raise FormatError("The head of the log is too large.")
    verified = verify(note, [desk])
    checkpoint = Checkpoint.from_text(verified.text)
    if checkpoint.origin != origin_of(desk):
        raise SignatureError("The head belongs to another log.", "Ask the desk for the head of its own log.")
    signers = verify(note, [desk, *(key for key in others if key != desk)]).signers
    return SignedCheckpoint(checkpoint, note, signers)


def cosign(signed: SignedCheckpoint, key: SigningKey) -> bytes:
    """Return the note with one more signature: by somebody who has seen that this head grew out of the last."""
    return add_signature(signed.note, key)


def newest_cosigned(heads: Iterable[SignedCheckpoint]) -> tuple[SignedCheckpoint, ...]:
    """Return of heads of one log those that are the newest that some lead co-signed, the newest first."""
    chosen: list[SignedCheckpoint] = []
    seen: set[VerifyKey] = set()
    for head in sorted(heads, key=lambda head: head.checkpoint.size, reverse=True):
        if not seen.issuperset(head.cosigners):
            seen.update(head.cosigners)
            chosen.append(head)
    return tuple(chosen)


def merged(note: bytes, cosigned: bytes, desk: VerifyKey, leads: Collection[VerifyKey]) -> bytes:
    """Return the desk's head with the co-signatures of ``leads`` that another copy of it brings: one a lead, checked.

    Raises ``FormatError`` if the two are not one head, ``SignatureError`` if the copy is not what it says.
    """
    mine, theirs = read_checkpoint(note, desk, leads), read_checkpoint(cosigned, desk, leads)
    if mine.checkpoint != theirs.checkpoint:
        raise FormatError("The co-signed head is another one than the desk's.", "Compare both in person.")
    return note + b"".join(signature_line(cosigned, key) for key in theirs.cosigners if key not in mine.signers)
