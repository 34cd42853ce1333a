"""Post-quantum recipients and identities (C2SP age, "The MLKEM768-X25519 hybrid post-quantum recipient type").

HPKE base mode with X-Wing. The identity is a 32-byte seed that SHAKE256 expands to an ML-KEM seed and an X25519 key
(draft-connolly-cfrg-xwing-kem, section 5.2).
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite

from keys.sealing.age import bech32
from keys.sealing.age.errors import AgeError, HeaderError
from keys.sealing.age.file_key import WRAPPED_BYTES, Mixing, stanza_share
from keys.sealing.age.header import Stanza, to_base64

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED_BYTES = 32
ENCAPSULATED_BYTES = 1120
KIND = "mlkem768x25519"

_INFO = b"age-encryption.org/mlkem768x25519"
_RECIPIENT_PREFIX = "age1pq"
_IDENTITY_PREFIX = "age-secret-key-pq-"
_MLKEM_SEED_BYTES = 64
_MLKEM_PUBLIC_BYTES = 1184
_MLKEM_CIPHERTEXT_BYTES = 1088
_X25519_BYTES = 32
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_CACHED_RECIPIENTS = 1024
"""A desk writes one letter a mailbox at each bundle; checking 1,959 characters in Python costs a millisecond."""


class HybridRecipient:
    """A public key, written ``age1pq1…`` (1,959 characters)."""

    __slots__ = ("_bytes", "_key", "_text")

    mixing = Mixing.POST_QUANTUM

    def __init__(self, key: bytes) -> None:
        if len(key) != _MLKEM_PUBLIC_BYTES + _X25519_BYTES:
            raise AgeError("An age1pq1… recipient has another length.")
        try:
            lattice = MLKEM768PublicKey.from_public_bytes(key[:_MLKEM_PUBLIC_BYTES])
        except ValueError as error:
            raise AgeError("This is not a valid age1pq1… recipient.") from error
        self._key = MLKEM768X25519PublicKey(lattice, X25519PublicKey.from_public_bytes(key[_MLKEM_PUBLIC_BYTES:]))
        self._bytes = key
        self._text = ""

    @classmethod
    def parse(cls, text: str) -> HybridRecipient:
        """Read ``age1pq1…``; raises AgeError. Texts parsed before are remembered."""
        return _parse_recipient(text)

    def __str__(self) -> str:
        if not self._text:
            self._text = bech32.encode(_RECIPIENT_PREFIX, self._bytes)
        return self._text

    def __repr__(self) -> str:
        return f"HybridRecipient({hashlib.sha256(self._bytes).hexdigest()[:16]})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HybridRecipient) and self._bytes == other._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a file key; raises AgeError for a recipient with an X25519 point of low order."""
        try:
            sealed = _SUITE.encrypt(file_key, self._key, info=_INFO)
        except ValueError as error:
            raise AgeError("This recipient is a point that no key pair has.") from error
        return Stanza(KIND, (to_base64(sealed[:ENCAPSULATED_BYTES]),), sealed[ENCAPSULATED_BYTES:])


@lru_cache(_CACHED_RECIPIENTS)
def _parse_recipient(text: str) -> HybridRecipient:
    return HybridRecipient(bech32.decode(_RECIPIENT_PREFIX, text))


class HybridIdentity:
    """A private key, written ``AGE-SECRET-KEY-PQ-1…``; its repr hides it."""

    __slots__ = ("_key", "_recipient", "_seed", "_x25519")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise AgeError("An AGE-SECRET-KEY-PQ-1… identity has another length.")
        self._seed = seed
        expanded = hashlib.shake_256(seed).digest(_MLKEM_SEED_BYTES + _X25519_BYTES)
        lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES])
        self._x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:])
        self._key = MLKEM768X25519PrivateKey(lattice, self._x25519)
        public = lattice.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()
        self._recipient = HybridRecipient(public)

    @classmethod
    def generate(cls) -> HybridIdentity:
        """Draw a new identity."""
        return cls(secrets.token_bytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> HybridIdentity:
        """Make the identity of a 32-byte seed; the same seed gives the same identity everywhere."""
        return cls(seed)

    @classmethod
    def parse(cls, text: str) -> HybridIdentity:
        """Read ``AGE-SECRET-KEY-PQ-1…``; raises AgeError without echoing it."""
        return cls(bech32.decode(_IDENTITY_PREFIX, text))

    def recipient(self) -> HybridRecipient:
        """Return the public half."""
        return self._recipient

    def expose(self) -> str:
        """Return ``AGE-SECRET-KEY-PQ-1…``; the caller now holds a secret."""
        return bech32.encode(_IDENTITY_PREFIX, self._seed).upper()

    def expose_seed(self) -> bytes:
        """Return the 32-byte seed; the caller now holds a secret."""
        return self._seed

    def __repr__(self) -> str:
        return "HybridIdentity"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key of the first stanza that opens, or None."""
        for stanza in stanzas:
            if stanza.kind == KIND and (file_key := self._unwrap_one(stanza)) is not None:
                return file_key
        return None

    def _unwrap_one(self, stanza: Stanza) -> bytes | None:
        share = stanza_share(stanza, ENCAPSULATED_BYTES)
        try:
            return _SUITE.decrypt(share + stanza.body, self._key, info=_INFO)
        except InvalidTag:
            self._refuse_low_order(share[_MLKEM_CIPHERTEXT_BYTES:])
            return None

    def _refuse_low_order(self, point: bytes) -> None:
        """Tell a stanza that nobody can open from one for somebody else: HPKE reports both alike."""
        try:
            self._x25519.exchange(X25519PublicKey.from_public_bytes(point))
        except ValueError as error:
            raise HeaderError("A mlkem768x25519 stanza holds a point of low order.") from error


def _stanza_length() -> int:
    body = to_base64(bytes(WRAPPED_BYTES))
    return len(f"-> {KIND} {to_base64(bytes(ENCAPSULATED_BYTES))}\n{body}\n")


STANZA_BYTES = _stanza_length()
"""Length of a hybrid stanza in the header: the same for every recipient."""
