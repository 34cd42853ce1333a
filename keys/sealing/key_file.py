"""What stands in a key file: one secret, what it is for, and whose it is.

``{"id":"…","kind":"…","name":"…","secret":"…","version":1}`` in canonical JSON. On paper and on the desk this text lies
inside an age passphrase file (``keys.opening.key_files``). Two keys lie open, readable by their owner only, because
their machines start without a person: the server's and the courier's. Neither opens anything.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from keys.sealing.age import HybridIdentity
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import KIB
from keys.sealing.notes import SigningKey
from keys.sealing.openpgp_armor import Label, dearmored_whole

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
KEY_FILE_BYTES = 16 * KIB
"""Many times what a key file needs."""
SECRET_BYTES = 4 * KIB
"""An armored OpenPGP key of two parts has a quarter of that; all others are shorter."""


class KeyKind(StrEnum):
    """What a key is for; one key has one purpose."""

    SIGNING = "signing"
    EPOCH = "epoch"
    ARCHIVE = "archive"
    LEAD = "lead"
    OPENPGP = "openpgp"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key with its purpose; prints without its secret.

    Args:
        kind: what it is for.
        name: whose it is; for signing keys the name beside their signatures.
        id: for epochs their id in the public bundle, for signing keys their key id in hex, for OpenPGP keys their
            fingerprint in hex, else the same as the kind.
        secret: for signing keys the seed in hex, for OpenPGP keys the armored key, else ``AGE-SECRET-KEY-PQ-1…``.
    """

    kind: KeyKind
    name: str
    id: str
    secret: str = field(repr=False)

    @classmethod
    def of_signing_key(cls, key: SigningKey) -> KeyFile:
        """Describe a signing key."""
        return cls(KeyKind.SIGNING, key.name, key.verify_key.key_id.hex(), key.expose_seed().hex())

    @classmethod
    def of_identity(cls, kind: KeyKind, name: str, key_id: str, identity: HybridIdentity) -> KeyFile:
        """Describe an identity that opens something."""
        return cls(kind, name, key_id, identity.expose())

    @classmethod
    def of_openpgp(cls, name: str, fingerprint: str, armored: str) -> KeyFile:
        """Describe an OpenPGP key that opens what sources sealed to it."""
        return cls(KeyKind.OPENPGP, name, fingerprint, armored)

    def signing_key(self) -> SigningKey:
        """Return the signing key; raises ``FormatError`` where the file holds something else."""
        if self.kind is not KeyKind.SIGNING:
            raise self._other("a signing key")
        try:
            key = SigningKey.from_seed(self.name, bytes.fromhex(self.secret))
        except ValueError:
            raise FormatError("The seed in the key file is not hex.") from None
        if key.verify_key.key_id.hex() != self.id:
            raise FormatError("The id in the key file does not fit its key.", "Use another copy of the file.")
        return key

    def identity(self) -> HybridIdentity:
        """Return the identity; raises ``FormatError`` where the file holds something else."""
        if self.kind in {KeyKind.SIGNING, KeyKind.OPENPGP}:
            raise self._other("a key that opens sealed rows")
        return HybridIdentity.parse(self.secret)

    def openpgp(self) -> str:
        """Return the armored secret OpenPGP key; raises ``FormatError`` where the file holds something else."""
        if self.kind is not KeyKind.OPENPGP:
            raise self._other("an OpenPGP key")
        dearmored_whole(self.secret.encode("ascii", "replace"), Label.SECRET_KEY)
        return self.secret

    def to_json(self) -> bytes:
        """Write the text of the key file; the caller now holds a secret."""
        return to_canonical(
            {"id": self.id, "kind": self.kind, "name": self.name, "secret": self.secret, "version": VERSION}
        )

    @classmethod
    def from_json(cls, data: bytes) -> KeyFile:
        """Read the text of a key file; raises ``FormatError`` and never repeats the secret."""
        with Fields(from_canonical(data), "key file") as fields:
            if fields.integer("version") != VERSION:
                raise FormatError("This version of Khomo does not know this key file.", "Use a newer one.")
            return cls(
                kind=fields.parsed("kind", KeyKind),
                name=fields.text("name"),
                id=fields.text("id"),
                secret=fields.text("secret", SECRET_BYTES),
            )

    def _other(self, wanted: str) -> FormatError:
        return FormatError(f"This is the {self.kind} key of {self.name}, not {wanted}.", "Choose another key file.")


def read_plain_key_file(path: Path) -> KeyFile:
    """Read a key file that lies open, the server's or the courier's.

    Raises:
        FormatError: not a key file, or everybody on the machine may read it.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        data = file.read(KEY_FILE_BYTES + 1)
    if mode & stat.S_IRWXO:
        raise FormatError(f"Everybody on this machine may read {path}.", f"Run: chmod 600 {path}")
    if len(data) > KEY_FILE_BYTES:
        raise FormatError(f"{path} is too large for a key file.")
    return KeyFile.from_json(data)
