"""Checks a proof of filing that somebody brings: who signed it, and whether documents are among what it names.

Rules:
1. The root key says which desks there are; no key that a proof brings along counts.
2. A desk that was declared lost is not believed: somebody else may have its key since.
3. A document is one of those filed if its SHA-256 is named; nothing is said of one that is not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caselog.errors import TamperedError
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.filing_proof import FILING_PROOF_BYTES, open_filing_proof

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from keys.sealing.filing_proof import FilingProof
    from keys.sealing.public_bundle import Desk, PublicBundle


@dataclass(frozen=True, slots=True)
class Compared:
    """A document: where it lies, its SHA-256 in hex, and whether the proof names it."""

    path: Path
    sha256: str
    filed: bool


@dataclass(frozen=True, slots=True)
class CheckedProof:
    """A proof whose signature holds."""

    proof: FilingProof
    desk: Desk
    documents: tuple[Compared, ...]

    @property
    def names_all(self) -> bool:
        """Whether every document that was given is one of those filed."""
        return all(one.filed for one in self.documents)


def check_proof(file: Path, bundle: PublicBundle, documents: Sequence[Path]) -> CheckedProof:
    """Check a proof and compare documents with it; raises ``TamperedError`` if it is no desk's word."""
    with file.open("rb") as source:
        text = source.read(FILING_PROOF_BYTES + 1)
    try:
        proof, key = open_filing_proof(text, [desk.verify_key for desk in bundle.desks])
    except (FormatError, SignatureError) as error:
        raise TamperedError(error.message, error.remedy or "Ask for the file again, as it was saved.") from error
    desk = next(desk for desk in bundle.desks if desk.verify_key == key)
    if desk.lost:
        raise TamperedError(
            f"The desk {desk.id} has signed it, and was declared lost: somebody else may have its key.",
            "Ask the organisation whether it knows this proof.",
        )
    return CheckedProof(proof, desk, tuple(_compared(path, proof) for path in documents))


def _compared(path: Path, proof: FilingProof) -> Compared:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Compared(path, digest, digest in proof.digests)
