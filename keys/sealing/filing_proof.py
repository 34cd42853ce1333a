"""The signed text ``khomo/filing-proof/v1``: by it a desk says which texts and files it holds since which week.

Rules:
1. A desk signs it, and nobody else: a server cannot say that something was filed.
2. It names no mailbox, no case, no row and no day. Who holds it shows what was filed, and not by whom.
3. Digests are sorted and none stands twice: they tell no order in which things came.
4. Whoever has a document compares its SHA-256; a text is what was typed, in UTF-8, with line ends of one byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import FILES_PER_SUBMISSION, KIB
from keys.sealing.notes import open_document, sign_document
from keys.sealing.shapes import SHA256, WEEK

if TYPE_CHECKING:
    from collections.abc import Collection

    from keys.sealing.notes import SigningKey, VerifyKey

KIND = "filing-proof"
VERSION = 1
FILING_PROOF_BYTES = 8 * KIB
"""A text and fifty files, an organisation and a key with the longest names, and what stands around them."""
DIGESTS = range(1, FILES_PER_SUBMISSION + 2)
"""How many digests there are: of one text at most, and of the files of one form."""


@dataclass(frozen=True, slots=True)
class FilingProof:
    """What a desk signs: the organisation, a week written 2026-W47, and SHA-256 in hex of what it holds, sorted."""

    organisation: str
    week: str
    digests: tuple[str, ...]

    def __post_init__(self) -> None:
        if not WEEK.fullmatch(self.week):
            raise FormatError("A week is written 2026-W47.")
        if not all(SHA256.fullmatch(digest) for digest in self.digests):
            raise FormatError("A digest in a proof of filing is not a SHA-256 in hex.")
        if len(self.digests) not in DIGESTS or list(self.digests) != sorted(set(self.digests)):
            raise FormatError("The digests of a proof of filing are too many, not sorted, or one stands there twice.")


def make_filing_proof(proof: FilingProof, desk: SigningKey) -> str:
    """Return the signed text."""
    body = {"digests": proof.digests, "organisation": proof.organisation, "week": proof.week}
    return sign_document(KIND, VERSION, body, [desk]).decode()


def open_filing_proof(text: bytes, desks: Collection[VerifyKey]) -> tuple[FilingProof, VerifyKey]:
    """Return what a proof says and which of the desks has signed it; raises ``SignatureError`` or ``FormatError``."""
    if len(text) > FILING_PROOF_BYTES:
        raise FormatError("The file is too long for a proof of filing.")
    body, signers = open_document(text, KIND, VERSION, desks)
    with Fields(body, "proof of filing") as fields:
        proof = FilingProof(
            organisation=fields.text("organisation"), week=fields.text("week"), digests=fields.texts("digests")
        )
    return proof, signers[0]
