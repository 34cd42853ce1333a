"""The record of a split: what was split, and how each sheet can be recognised. Signed by the root, and not secret.

Rules:
1. It holds sixteen proof keys, the most that a split can have. Those without a sheet are drawn and forgotten, and
   nothing tells them from the others: how many sheets there are stands in no file.
2. It names no holder. The order of the proof keys is that of their drawn names, and tells nothing about the sheets.
3. How many sheets are needed stands in it, as on every sheet: a drill has to say whether they are there.
4. A record of another root, another number of proofs, or with a key twice is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.opening.shares.errors import ShareError
from keys.opening.shares.proofs import PROOF_NAME, draw_names, proof_key
from keys.opening.shares.slip39 import FEWEST, MOST_SHEETS, Share
from keys.opening.shares.split_keys import SplitKey, fingerprint_of, public_of, which
from keys.sealing.age import HybridRecipient
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.notes import SigningKey, VerifyKey, open_document, sign_document, signed_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from keys.opening.fingerprints import Fingerprint
    from keys.sealing.canonical import JSON
    from keys.sealing.key_file import KeyFile

KIND = "shares"
VERSION = 1
RECORD_BYTES = 16 * 1024
"""Three times what a record needs."""


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """What is known of a split without a sheet.

    Args:
        what: which key was split.
        name: the name in its key file.
        public: its public half, to check what a recovery brings back.
        organisation: as the public bundle has it.
        day: of the split.
        needed: how many sheets bring the key back.
        begins: the first two words of every share.
        proofs: sixteen keys, of which each sheet has one.
    """

    what: SplitKey
    name: str
    public: str
    organisation: str
    day: date
    needed: int
    begins: str
    proofs: tuple[VerifyKey, ...]

    def __post_init__(self) -> None:
        if len({proof.public for proof in self.proofs}) != MOST_SHEETS or len(self.proofs) != MOST_SHEETS:
            raise FormatError(f"The record of a split holds {MOST_SHEETS} proof keys, none twice.")
        names = [proof.name for proof in self.proofs]
        if names != sorted(set(names)) or not all(map(PROOF_NAME.fullmatch, names)):
            raise FormatError("The names of the proof keys are not two words each, in order.")
        if not FEWEST <= self.needed <= MOST_SHEETS:
            raise FormatError("The record says a number of sheets that no split has.")

    def to_note(self, root: SigningKey) -> bytes:
        """Sign the record with the root key."""
        body: dict[str, JSON] = {
            "begins": self.begins,
            "day": self.day.isoformat(),
            "key": self.what.value,
            "name": self.name,
            "needed": self.needed,
            "organisation": self.organisation,
            "proofs": [str(proof) for proof in self.proofs],
            "public": self.public,
        }
        return sign_document(KIND, VERSION, body, [root])

    @classmethod
    def from_note(cls, note: bytes, root: VerifyKey) -> SplitRecord:
        """Read a record that the root key has signed; raises ``FormatError`` or ``SignatureError``."""
        if len(note) > RECORD_BYTES:
            raise FormatError("The file is too large for the record of a split.")
        body, _ = open_document(note, KIND, VERSION, [root])
        with Fields(body, "record of a split") as fields:
            record = cls(
                what=fields.parsed("key", SplitKey),
                name=fields.text("name"),
                public=fields.text("public", 4096),
                organisation=fields.text("organisation"),
                day=fields.day("day"),
                needed=fields.integer("needed"),
                begins=fields.text("begins"),
                proofs=tuple(VerifyKey.parse(text) for text in fields.texts("proofs")),
            )
        record._check_public(root)
        return record

    def _check_public(self, root: VerifyKey) -> None:
        if self.what is SplitKey.ARCHIVE:
            HybridRecipient.parse(self.public)
        elif (self.public, self.name) != (str(root), root.name):
            raise FormatError("The record is about another root key than the one that signed it.")

    @property
    def fingerprint(self) -> Fingerprint:
        """The public half, as people compare it."""
        return fingerprint_of(self.what, self.public)

    def proof_of(self, share: Share) -> VerifyKey:
        """Return the proof key of a share; raises ShareError where the share is of another split, or forged."""
        if share.begins != self.begins:
            raise ShareError(
                f"This sheet is of another split or key: it begins with “{share.begins}”, not with “{self.begins}”.",
                "Take the sheet of this split.",
            )
        public = proof_key(share, "share").verify_key.public
        for proof in self.proofs:
            if proof.public == public:
                return proof
        raise ShareError(
            f"This sheet begins like the others, but was not made on {self.day}.",
            "Somebody has made it up, or it is of another split. Do not use it, and say so to the others.",
        )


def make_record(key: KeyFile, organisation: str, day: date, shares: Sequence[Share]) -> SplitRecord:
    """Describe a split that was just made; proof keys without a sheet are drawn, and their secret halves forgotten."""
    names = draw_names(MOST_SHEETS)
    of_sheets = [proof_key(share, name).verify_key for share, name in zip(shares, names, strict=False)]
    of_nobody = [SigningKey.generate(name).verify_key for name in names[len(shares) :]]
    return SplitRecord(
        what=which(key),
        name=key.name,
        public=public_of(key),
        organisation=organisation,
        day=day,
        needed=shares[0].needed,
        begins=shares[0].begins,
        proofs=tuple(sorted([*of_sheets, *of_nobody], key=lambda proof: proof.name)),
    )


def record_digest(note: bytes) -> str:
    """Return the SHA-256 in hex of what the root signed: by it a drill names its split."""
    return hashlib.sha256(signed_text(note)).hexdigest()
