"""A lead's card: who a lead is, written and signed by the lead; the desk takes it after comparing fingerprints. Pure.

Type ``khomo/lead/v1``; the key that must have signed it stands inside, so that the signature proves only that whoever
wrote the card holds that key. That it is the lead's, people compare: in words, over another way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.age import HybridRecipient
from keys.sealing.canonical import JSON, from_canonical
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.notes import SigningKey, VerifyKey, open_document, sign_document, signed_text
from keys.sealing.papers import no_such_paper

if TYPE_CHECKING:
    from pathlib import Path

KIND = "lead"
VERSION = 1
OPENPGP_BYTES = 64 * 1024
"""An armored OpenPGP key with a few signatures on it."""


@dataclass(frozen=True, slots=True)
class LeadCard:
    """A lead's public keys.

    Args:
        name: as the desk calls the lead.
        verify_key: checks what the lead signs (checkpoints, "desk lost").
        recipient: ``age1pq1…``, what cases for the lead are sealed to.
        openpgp: an armored public key, for a lead who opens packages with OpenPGP; "" without.
    """

    name: str
    verify_key: VerifyKey
    recipient: str
    openpgp: str = ""

    def __post_init__(self) -> None:
        HybridRecipient.parse(self.recipient)
        if any(one_line(name) != name for name in (self.name, self.verify_key.name)):
            raise FormatError("The lead's card holds a name that no screen shows as it is.", "Ask for another card.")

    def to_note(self, key: SigningKey) -> bytes:
        """Sign the card with the lead's own key."""
        body: dict[str, JSON] = {
            "key": str(self.verify_key),
            "name": self.name,
            "openpgp": self.openpgp,
            "recipient": self.recipient,
        }
        return sign_document(KIND, VERSION, body, [key])

    @classmethod
    def read(cls, path: Path) -> LeadCard:
        """Read a card from its file; raises ``FormatError`` that names the file, ``SignatureError`` or ``OSError``."""
        note = path.read_bytes()
        try:
            return cls.from_note(note)
        except FormatError as error:
            remedy = "A card is the file lead.txt that `khomo-keys lead` made at the lead's."
            raise no_such_paper(path, note, "lead's card", remedy, error) from error

    @classmethod
    def from_note(cls, note: bytes) -> LeadCard:
        """Read a card that its own key has signed; raises ``FormatError`` or ``SignatureError``."""
        with Fields(from_canonical(signed_text(note).partition(b"\n")[2][:-1]), "lead's card") as fields:
            card = cls(
                name=fields.text("name"),
                verify_key=VerifyKey.parse(fields.text("key")),
                recipient=fields.text("recipient", 4096),
                openpgp=fields.text("openpgp", OPENPGP_BYTES),
            )
        if not card.name.strip():
            raise FormatError("The lead's card holds no name.")
        open_document(note, KIND, VERSION, [card.verify_key])
        return card
