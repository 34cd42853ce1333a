"""A drill: "could we recover today?" Each holder signs the day with the share's own key; no share is shown or kept.

Rules:
1. A drill belongs to one split (the digest of its record) and has a random name: no signature serves a second time.
2. A holder signs alone, at any machine without a network; the file goes from one to the next. Nobody learns a word.
3. It holds the day, the labels of the sheets that were there, and the signatures. Who they are, which are missing, and
   how many there are stand nowhere in it.
4. The answer is yes when as many different sheets have signed as bring the key back.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.opening.shares.errors import ShareError
from keys.opening.shares.proofs import label, proof_key
from keys.opening.shares.record import SplitRecord, record_digest
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.notes import VerifyKey, add_signature, open_document, sign_document

if TYPE_CHECKING:
    from datetime import date

    from keys.opening.shares.slip39 import Share

KIND = "share-drill"
VERSION = 1
DRILL_BYTES = 16 * 1024
"""Many times what the signatures of sixteen sheets need."""
DRILL_DAYS = 31
"""So long may the file of a drill travel; after that it no longer tells about today."""
_ID_BYTES = 16
_DIGEST = range(32, 33)
_ID = range(_ID_BYTES, _ID_BYTES + 1)


@dataclass(frozen=True, slots=True)
class Split:
    """A record as it was read: what it says, and the digest that drills name it by."""

    record: SplitRecord
    digest: str

    @classmethod
    def from_note(cls, note: bytes, root: VerifyKey) -> Split:
        """Read a record that the root key has signed; raises ``FormatError`` or ``SignatureError``."""
        return cls(SplitRecord.from_note(note, root), record_digest(note))


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill so far, with the bytes of its file."""

    split: Split
    day: date
    able: tuple[VerifyKey, ...]
    note: bytes

    @classmethod
    def begun(cls, split: Split, day: date, share: Share) -> Drill:
        """Begin a drill with the first sheet; raises ShareError for a share that is not of the split."""
        proof = split.record.proof_of(share)
        body = {"day": day.isoformat(), "drill": secrets.token_hex(_ID_BYTES), "record": split.digest}
        return cls(split, day, (proof,), sign_document(KIND, VERSION, body, [proof_key(share, proof.name)]))

    @classmethod
    def from_note(cls, note: bytes, split: Split) -> Drill:
        """Read a drill that a sheet of the split has signed; raises ``FormatError`` or ``SignatureError``."""
        if len(note) > DRILL_BYTES:
            raise FormatError("The file is too large for a drill.")
        body, able = open_document(note, KIND, VERSION, split.record.proofs)
        with Fields(body, "drill") as fields:
            day = fields.day("day")
            fields.binary("drill", _ID)
            digest = fields.binary("record", _DIGEST).hex()
        if digest != split.digest:
            raise FormatError("The drill is of another split.", "Name the record of the split that it was held for.")
        return cls(split, day, able, note)

    def check_day(self, today: date) -> None:
        """Raise OpeningError where the drill began too long ago to go on with, or in the future."""
        if not 0 <= (today - self.day).days <= DRILL_DAYS:
            raise OpeningError(f"This drill began on {self.day}.", "Begin a new one, in a new file.")

    def and_share(self, share: Share) -> Drill:
        """Return the drill with one sheet more; raises ShareError for one that is there or is not of the split."""
        proof = self.split.record.proof_of(share)
        if proof in self.able:
            raise ShareError(f"The sheet “{label(proof)}” was shown already.", "The next holder types another sheet.")
        return Drill.from_note(add_signature(self.note, proof_key(share, proof.name)), self.split)

    @property
    def missing(self) -> int:
        """How many sheets are still needed for a yes."""
        return max(0, self.split.record.needed - len(self.able))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the sheets that were there."""
        return tuple(map(label, self.able))
