"""From a file key to everything made of it: stanzas, header MAC, payload key (C2SP age, "Header" and "Payload").

Rules:
- Recipients whose promises differ do not share a file: a post-quantum file stays one, a passphrase stands alone.
- A passphrase stanza beside any other is refused on reading too.
- The header's MAC is checked before the first byte of the payload is touched.
"""

from __future__ import annotations

import hmac
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.sealing.age.errors import AgeError, HeaderError, HmacError, NoMatchError
from keys.sealing.age.header import Header, Stanza, from_base64, mac_input, mac_line

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE_KEY_BYTES = 16
WRAPPED_BYTES = 32
NONCE_BYTES = 16
SCRYPT_KIND = "scrypt"

_ZERO_NONCE = bytes(12)


class Mixing(StrEnum):
    """What a recipient promises about the whole file."""

    CLASSIC = "classic"
    POST_QUANTUM = "post-quantum"
    ALONE = "alone"


class Recipient(Protocol):
    """Someone a file can be sealed to."""

    @property
    def mixing(self) -> Mixing:
        """Recipients of one file all have the same; ``ALONE`` has no company at all."""
        ...

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap the file key so that only this recipient's identity unwraps it."""
        ...


class Identity(Protocol):
    """Someone who can open what was sealed to their recipient."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key, or None where no stanza is meant for this identity.

        Raises:
            HeaderError: a stanza of this identity's kind is malformed.
        """
        ...


def hkdf(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    """HKDF-SHA-256 to 32 bytes."""
    return HKDF(hashes.SHA256(), 32, salt, info).derive(key)


def wrap_with(key: bytes, file_key: bytes) -> bytes:
    """Encrypt a file key under a key that is used once."""
    return ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)


def unwrap_with(key: bytes, body: bytes) -> bytes | None:
    """Undo ``wrap_with``; None where the key is another."""
    try:
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
    except InvalidTag:
        return None


def stanza_share(stanza: Stanza, length: int) -> bytes:
    """Return the one argument of a stanza, checked, with its body's length checked against partitioning oracles."""
    if len(stanza.args) != 1 or len(share := from_base64(stanza.args[0])) != length:
        raise HeaderError(f"A {stanza.kind} stanza has wrong arguments.")
    if len(stanza.body) != WRAPPED_BYTES:
        raise HeaderError(f"A {stanza.kind} stanza has a body of a wrong length.")
    return share


def _check_mixing(recipients: Sequence[Recipient]) -> None:
    kinds = {recipient.mixing for recipient in recipients}
    if not kinds:
        raise AgeError("A file needs at least one recipient.")
    if Mixing.ALONE in kinds and len(recipients) > 1:
        raise AgeError("A passphrase has to be the only recipient of a file.")
    if len(kinds) > 1:
        raise AgeError("Post-quantum and other recipients do not share a file.", "Seal two files.")


def new_file_key(recipients: Sequence[Recipient]) -> tuple[bytes, bytes]:
    """Draw a file key; return it with the complete header for these recipients."""
    _check_mixing(recipients)
    file_key = secrets.token_bytes(FILE_KEY_BYTES)
    covered = mac_input([recipient.wrap(file_key) for recipient in recipients])
    return file_key, covered + mac_line(_header_mac(file_key, covered))


def unwrap_file_key(header: Header, identities: Sequence[Identity]) -> bytes:
    """Find the file key and check the header with it.

    Raises:
        HeaderError: a stanza is malformed, or a passphrase stanza has company.
        NoMatchError: none of the identities opens it.
        HmacError: the header was changed.
    """
    if len(header.stanzas) > 1 and any(stanza.kind == SCRYPT_KIND for stanza in header.stanzas):
        raise HeaderError("A passphrase stanza stands beside others.")
    found = (identity.unwrap(header.stanzas) for identity in identities)
    file_key = next((key for key in found if key is not None), None)
    if file_key is None:
        raise NoMatchError("None of the keys at hand opens this file.")
    if not hmac.compare_digest(_header_mac(file_key, mac_input(header.stanzas)), header.mac):
        raise HmacError("The header of this file was changed.")
    return file_key


def _header_mac(file_key: bytes, covered: bytes) -> bytes:
    return hmac.digest(hkdf(file_key, None, b"header"), covered, "sha256")


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """Derive the key of the payload that begins with ``nonce``."""
    return hkdf(file_key, nonce, b"payload")
