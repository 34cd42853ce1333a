"""The signed text ``khomo/onion-address/v1``: members of the organisation say which onion address is theirs.

Rules:
1. It names one organisation, one address and the day on which it was written. Leads sign it, each on a machine of
   their own; more signatures may be added later.
2. It counts only for the organisation whose public bundle names the signers. Of several, the newest day counts: after a
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


def sign_address(note: AddressNote, member: SigningKey) -> bytes:
    """Return the text with its first signature."""
    body = {"issued": str(note.issued), "onion": str(note.onion), "organisation": note.organisation}
    return sign_document(KIND, VERSION, body, [member])


def read_address(text: bytes, organisation: str, members: Collection[VerifyKey], threshold: int = 1) -> SignedAddress:
    """Read it; ``SignatureError`` unless ``threshold`` members signed, ``FormatError`` if it is another's or none."""
    body, signers = open_document(text, KIND, VERSION, members, threshold)
    with Fields(body, "signed address") as fields:
        note = AddressNote(
            fields.text("organisation"), fields.parsed("onion", OnionAddress.parse), fields.day("issued")
        )
    if note.organisation != organisation:
        raise FormatError("The signed address is another organisation's.", "Ask your members for theirs.")
    return SignedAddress(note, signers)


def join_address(text: bytes, organisation: str, members: Collection[VerifyKey], member: SigningKey) -> bytes:
    """Put one more member's signature under a text that others have signed; raises as ``read_address``."""
    read_address(text, organisation, members)
    return add_signature(text, member)
