"""What stands in the case log: cases, dispositions, filler. Canonical JSON, one object a leaf. Pure.

Rules:
1. A case's leaf holds commitments only (``commitments``): without salt and value it tells nothing, not even how many
   fields and attachments there are, nor for how many leads it is.
2. A disposition says what became of one row of the door; the last one for a row counts. It does not say for which case.
3. Only a decoy has a proof: the server's signed note that names the row. Only what is closed has a reason, which all
   leads can read.
4. Filler is random, and fills up to the next head.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from caselog.limits import COMMITMENTS, COMMITMENTS_STEP, LEAF_BYTES, REASON_BYTES
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.submission import DECOY_BYTES
from keys.sealing.values import ID_BYTES

if TYPE_CHECKING:
    from keys.sealing.canonical import JSON

VERSION = 1
NONCE_BYTES = 16
FILLER_BYTES = 32
SIGNERS = 16
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_SHA256_BYTES = 32


class RowState(StrEnum):
    """What became of a row of the door."""

    OPEN = "open"
    FORWARDED = "forwarded"
    CLOSED = "closed"
    SPAM = "spam"
    UNDECRYPTABLE = "undecryptable"
    DECOY = "decoy"
    NOT_MINE = "not-mine"


@dataclass(frozen=True, slots=True)
class CaseLeaf:
    """One case as it was forwarded.

    Attributes:
        nonce: 16 random bytes in hex, from which leads derive the salts of what is addressed to them.
        commitments: sorted SHA-256 in hex, a multiple of 16.
        signers: sorted names of the reviewers who sign the case's packages.
    """

    nonce: str
    commitments: tuple[str, ...]
    signers: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_hex(self.nonce, NONCE_BYTES)
        for commitment in self.commitments:
            _check_hex(commitment, _SHA256_BYTES)
        if not 0 < len(self.commitments) <= COMMITMENTS or len(self.commitments) % COMMITMENTS_STEP:
            raise FormatError(f"A case has up to {COMMITMENTS} commitments, in steps of {COMMITMENTS_STEP}.")
        if not 0 < len(self.signers) <= SIGNERS:
            raise FormatError(f"A case has 1 to {SIGNERS} signers.")
        for items in (self.commitments, self.signers):
            if list(items) != sorted(set(items)):
                raise FormatError("The lists of a case's leaf are sorted, and hold nothing twice.")


@dataclass(frozen=True, slots=True)
class DispositionLeaf:
    """What became of one row.

    Attributes:
        row: its id, 16 bytes in hex.
        state: what became of it.
        reason: why it was closed; ``None`` otherwise. Every lead can read it: no word of the source.
        proof: for a decoy, the signed note that the server put into it; ``None`` otherwise.
    """

    row: str
    state: RowState
    reason: str | None = None
    proof: str | None = None

    def __post_init__(self) -> None:
        _check_hex(self.row, ID_BYTES)
        if (self.reason is not None) != (self.state is RowState.CLOSED):
            raise FormatError("A row that is closed has a reason, and no other has.")
        if (self.proof is not None) != (self.state is RowState.DECOY):
            raise FormatError("A decoy has a proof, and no other row has.")
        if self.reason is not None and not 0 < len(self.reason.encode()) <= REASON_BYTES:
            raise FormatError(f"A reason has 1 to {REASON_BYTES} bytes.")
        if self.proof is not None and not 0 < len(self.proof.encode()) <= DECOY_BYTES:
            raise FormatError(f"The proof of a decoy has 1 to {DECOY_BYTES} bytes.")


@dataclass(frozen=True, slots=True)
class FillerLeaf:
    """Nothing: 32 random bytes in hex."""

    random: str

    def __post_init__(self) -> None:
        _check_hex(self.random, FILLER_BYTES)

    @classmethod
    def draw(cls) -> FillerLeaf:
        """Return a new one."""
        return cls(secrets.token_hex(FILLER_BYTES))


Leaf: TypeAlias = CaseLeaf | DispositionLeaf | FillerLeaf


def leaf_to_bytes(leaf: Leaf) -> bytes:
    """Return what the tree hashes."""
    data = to_canonical({"version": VERSION, **_to_json(leaf)})
    if len(data) > LEAF_BYTES:
        raise FormatError(f"A leaf has at most {LEAF_BYTES} bytes.")
    return data


def leaf_from_bytes(data: bytes) -> Leaf:
    """Read a leaf; raises ``FormatError``."""
    if len(data) > LEAF_BYTES:
        raise FormatError(f"A leaf has at most {LEAF_BYTES} bytes.")
    with Fields(from_canonical(data), "leaf") as fields:
        if fields.integer("version") != VERSION:
            raise FormatError("The leaf has a version that is not known here.", "Use a newer Khomo.")
        match fields.text("kind"):
            case "case":
                return _read_case(fields)
            case "disposition":
                return _read_disposition(fields)
            case "filler":
                return FillerLeaf(fields.text("random"))
        raise FormatError("The leaf is of a kind that is not known here.", "Use a newer Khomo.")


def _to_json(leaf: Leaf) -> dict[str, JSON]:
    if isinstance(leaf, FillerLeaf):
        return {"kind": "filler", "random": leaf.random}
    if isinstance(leaf, CaseLeaf):
        return {"kind": "case", "nonce": leaf.nonce, "commitments": leaf.commitments, "signers": leaf.signers}
    row: dict[str, JSON] = {"row": leaf.row, "state": leaf.state.value}
    return {"kind": "disposition", "reason": leaf.reason, "proof": leaf.proof, **row}


def _read_case(fields: Fields) -> CaseLeaf:
    return CaseLeaf(fields.text("nonce"), fields.texts("commitments"), fields.texts("signers"))


def _read_disposition(fields: Fields) -> DispositionLeaf:
    return DispositionLeaf(
        row=fields.text("row"),
        state=fields.parsed("state", RowState),
        reason=fields.text("reason") if fields.has("reason") else None,
        proof=fields.text("proof", DECOY_BYTES) if fields.has("proof") else None,
    )


def _check_hex(text: str, size: int) -> None:
    if len(text) != 2 * size or not _HEX.fullmatch(text):
        raise FormatError(f"In a leaf, {size} bytes in hex are expected.")
