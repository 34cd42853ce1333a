"""X25519 recipients and identities (C2SP age, "The X25519 recipient type"): what people's own tools have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from keys.sealing.age import bech32
from keys.sealing.age.errors import AgeError, HeaderError
from keys.sealing.age.file_key import Mixing, hkdf, stanza_share, unwrap_with, wrap_with
from keys.sealing.age.header import Stanza, to_base64

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY_BYTES = 32
_KIND = "X25519"
_INFO = b"age-encryption.org/v1/X25519"
_RECIPIENT_PREFIX = "age"
_IDENTITY_PREFIX = "age-secret-key-"


def _wrap_key(shared: bytes, share: bytes, recipient: bytes) -> bytes:
    return hkdf(shared, share + recipient, _INFO)


class X25519Recipient:
    """A public key, written ``age1…``."""

    __slots__ = ("_key",)

    mixing = Mixing.CLASSIC

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise AgeError("An age1… recipient has another length.")
        self._key = key

    @classmethod
    def parse(cls, text: str) -> X25519Recipient:
        """Read ``age1…``; raises AgeError."""
        return cls(bech32.decode(_RECIPIENT_PREFIX, text))

    def __str__(self) -> str:
        return bech32.encode(_RECIPIENT_PREFIX, self._key)

    def __repr__(self) -> str:
        return f"X25519Recipient({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X25519Recipient) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a file key under an ephemeral key; raises AgeError for a recipient of low order."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self._key))
        except ValueError as error:
            raise AgeError("This recipient is a point that no key pair has.") from error
        return Stanza(_KIND, (to_base64(share),), wrap_with(_wrap_key(shared, share, self._key), file_key))


class X25519Identity:
    """A private key, written ``AGE-SECRET-KEY-1…``; its repr hides it."""

    __slots__ = ("_key", "_public", "_secret")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise AgeError("An AGE-SECRET-KEY-1… identity has another length.")
        self._secret = secret
        self._key = X25519PrivateKey.from_private_bytes(secret)
        self._public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> X25519Identity:
        """Draw a new identity."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> X25519Identity:
        """Read ``AGE-SECRET-KEY-1…``; raises AgeError without echoing it."""
        return cls(bech32.decode(_IDENTITY_PREFIX, text))

    def recipient(self) -> X25519Recipient:
        """Return the public half."""
        return X25519Recipient(self._public)

    def expose(self) -> str:
        """Return ``AGE-SECRET-KEY-1…``; the caller now holds a secret."""
        return bech32.encode(_IDENTITY_PREFIX, self._secret).upper()

    def __repr__(self) -> str:
        return "X25519Identity"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key of the first stanza that opens, or None."""
        for stanza in stanzas:
            if stanza.kind == _KIND and (file_key := self._unwrap_one(stanza)) is not None:
                return file_key
        return None

    def _unwrap_one(self, stanza: Stanza) -> bytes | None:
        share = stanza_share(stanza, KEY_BYTES)
        try:
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError as error:
            raise HeaderError("An X25519 stanza holds a point of low order.") from error
        return unwrap_with(_wrap_key(shared, share, self._public), stanza.body)
