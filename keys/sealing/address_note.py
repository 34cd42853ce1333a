"""The signed text ``khomo/onion-address/v1``: members of the organisation say which onion address is theirs.

Rules:
1. It names one organisation, one address and the day on which it was written. Leads sign it, each on a machine of
   their own; more signatures may be added later.
2. A day that has not come is refused: it would be the newest for ever.
3. It counts only for the organisation whose public bundle names the signers. Of several, the newest day counts: after a
   raid the members sign another address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.notes import add_signature, open_document, sign_document
from keys.sealing.onion_address import OnionAddress

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from keys.sealing.notes import SigningKey, VerifyKey

KIND = "onion-address"
VERSION = 1
MEMBERS = 2
"""One member alone could sign a false address."""


@dataclass(frozen=True, slots=True)
class AddressNote:
    """What the text says: whose address, which, and since when."""

    organisation: str
    onion: OnionAddress
    issued: date


@dataclass(frozen=True, slots=True)
class SignedAddress:
    """An address and the accepted keys that signed it."""

    note: AddressNote
    signers: tuple[VerifyKey, ...]


def signers_needed(members: Collection[VerifyKey]) -> int:
    """Return how many must have signed before an address is printed or trusted: two, or one where one is known."""
    return max(1, min(MEMBERS, len(members)))


def sign_address(note: AddressNote, member: SigningKey) -> bytes:
    """Return the text with its first signature."""
    body = {"issued": str(note.issued), "onion": str(note.onion), "organisation": note.organisation}
    return sign_document(KIND, VERSION, body, [member])


def read_address(
    text: bytes, organisation: str, members: Collection[VerifyKey], today: date, threshold: int = 1
) -> SignedAddress:
    """Read it.

    Raises ``SignatureError`` unless ``threshold`` members signed, ``FormatError`` if it is another's, or none, or if
    its day is after ``today`` (UTC).
    """
    body, signers = open_document(text, KIND, VERSION, members, threshold)
    with Fields(body, "signed address") as fields:
        note = AddressNote(
            fields.text("organisation"), fields.parsed("onion", OnionAddress.parse), fields.day("issued")
        )
    if note.organisation != organisation:
        raise FormatError("The signed address is another organisation's.", "Ask your members for theirs.")
    if note.issued > today:
        raise FormatError(
            f"The signed address bears a day that has not come: {note.issued}.",
            "Look at this machine's date. If it is right, ask who signed, and sign a new text.",
        )
    return SignedAddress(note, signers)


def join_address(
    text: bytes, organisation: str, members: Collection[VerifyKey], today: date, member: SigningKey
) -> bytes:
    """Put one more member's signature under a text that others have signed; raises as ``read_address``."""
    read_address(text, organisation, members, today)
    return add_signature(text, member)
