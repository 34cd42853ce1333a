"""The signed text ``khomo/courier/v1``: a courier proves to the server that it may fetch or push, once.

Rules:
1. It names the direction, the onion address that was dialled and the server's nonce; a courier of the public bundle
   signs it. So a signature serves one purpose at one server, one time.
2. The server draws the nonce, keeps it in memory for a minute, and forgets it with the first answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.chain_position import Direction
from keys.sealing.fields import Fields
from keys.sealing.notes import open_document, sign_document
from keys.sealing.onion_address import OnionAddress

if TYPE_CHECKING:
    from collections.abc import Collection

    from keys.sealing.notes import SigningKey, VerifyKey

KIND = "courier"
VERSION = 1
NONCE_BYTES = 32
_NONCE = range(NONCE_BYTES, NONCE_BYTES + 1)


@dataclass(frozen=True, slots=True)
class CourierNote:
    """What the text says: which way bundles are to go, at which address, and the nonce that the server drew."""

    direction: Direction
    onion: OnionAddress
    nonce: bytes


def sign_courier_note(note: CourierNote, courier: SigningKey) -> bytes:
    """Return the signed text."""
    body = {"direction": note.direction.value, "nonce": note.nonce.hex(), "onion": str(note.onion)}
    return sign_document(KIND, VERSION, body, [courier])


def open_courier_note(text: bytes, couriers: Collection[VerifyKey]) -> tuple[CourierNote, VerifyKey]:
    """Return what a courier signed, and which; ``SignatureError`` if none did, ``FormatError`` if it is none."""
    body, signers = open_document(text, KIND, VERSION, couriers)
    with Fields(body, "courier note") as fields:
        note = CourierNote(
            fields.parsed("direction", Direction),
            fields.parsed("onion", OnionAddress.parse),
            fields.binary("nonce", _NONCE),
        )
    return note, signers[0]
