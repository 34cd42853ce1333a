"""What follows from a codename: the address of its mailbox and the key that opens its letters.

Both come from the words by HKDF-SHA256 (RFC 5869) with the instance's public salt and one label a purpose. With more
than 100 bits in the words no slow hash is needed: guessing is hopeless however fast. The secret is what folding leaves
of the words, in UTF-8, joined by single spaces: how a list spells them can never lock anybody out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.sealing.age import HybridIdentity
from keys.sealing.codename_list import CodenameError, WordList
from keys.sealing.codename_lists import WordLists
from keys.sealing.errors import FormatError
from keys.sealing.folding import fold
from keys.sealing.limits import SALT_BYTES
from keys.sealing.values import ID_BYTES, MailboxAddress

if TYPE_CHECKING:
    from keys.sealing.values import Codename

__all__ = ["CodenameError", "MailboxKeys", "WordList", "WordLists"]

_ADDRESS_LABEL = b"khomo/mailbox-address/v1"
_LETTER_LABEL = b"khomo/letter-identity/v1"
_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class MailboxKeys:
    """The address of a mailbox (public) and the identity that opens its letters (secret)."""

    address: MailboxAddress
    identity: HybridIdentity

    @classmethod
    def derive(cls, codename: Codename, salt: bytes) -> MailboxKeys:
        """Make the keys of a codename on the instance with this salt (16 to 64 bytes)."""
        if len(salt) not in SALT_BYTES:
            raise FormatError("The salt of an instance has 16 to 64 bytes.")
        return cls(
            MailboxAddress(_derive(codename, salt, _ADDRESS_LABEL, ID_BYTES)),
            HybridIdentity.from_seed(_derive(codename, salt, _LETTER_LABEL, _SEED_BYTES)),
        )


def _derive(codename: Codename, salt: bytes, label: bytes, length: int) -> bytes:
    secret = " ".join("".join(fold(word)) for word in codename.expose().split(" "))
    return HKDF(SHA256(), length, salt, label).derive(secret.encode())
