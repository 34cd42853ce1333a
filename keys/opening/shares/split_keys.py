"""Which keys are split, and what of a key file goes onto paper: its 32-byte seed. The rest of it is public. Pure."""

from __future__ import annotations

from enum import StrEnum

from keys.opening.errors import OpeningError
from keys.opening.fingerprints import Fingerprint, of_key, of_recipient
from keys.sealing.age import HybridIdentity
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.notes import SigningKey, VerifyKey

_ROOT = "root"


class SplitKey(StrEnum):
    """The two keys that no desk keeps."""

    ROOT = "root"
    ARCHIVE = "archive"


def which(key: KeyFile) -> SplitKey:
    """Tell which of the two a key file holds; raises OpeningError for every other."""
    if key.kind is KeyKind.ARCHIVE:
        return SplitKey.ARCHIVE
    if key.kind is KeyKind.SIGNING and key.name.partition("/")[2] == _ROOT:
        return SplitKey.ROOT
    raise OpeningError(f"This is the {key.kind} key of {key.name}.", "Only the root key and the archive key are split.")


def secret_of(key: KeyFile) -> bytes:
    """Return the seed of a key that may be split; the caller now holds a secret."""
    if which(key) is SplitKey.ROOT:
        return key.signing_key().expose_seed()
    return key.identity().expose_seed()


def key_of(what: SplitKey, name: str, secret: bytes) -> KeyFile:
    """Return the key file that a seed and a name make: byte for byte what was split."""
    if what is SplitKey.ROOT:
        return KeyFile.of_signing_key(SigningKey.from_seed(name, secret))
    return KeyFile.of_identity(KeyKind.ARCHIVE, name, KeyKind.ARCHIVE, HybridIdentity.from_seed(secret))


def public_of(key: KeyFile) -> str:
    """Return the public half: the root's verifier key, the archive's recipient."""
    if which(key) is SplitKey.ROOT:
        return str(key.signing_key().verify_key)
    return str(key.identity().recipient())


def fingerprint_of(what: SplitKey, public: str) -> Fingerprint:
    """Return the fingerprint of the public half, as the ceremony printed it."""
    return of_key(what, VerifyKey.parse(public)) if what is SplitKey.ROOT else of_recipient(what, public)
