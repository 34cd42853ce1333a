"""Passphrase recipients and identities (C2SP age, "The scrypt recipient type"): key files."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.sealing.age.errors import AgeError, HeaderError
from keys.sealing.age.file_key import SCRYPT_KIND, WRAPPED_BYTES, Mixing, unwrap_with, wrap_with
from keys.sealing.age.header import Stanza, from_base64, to_base64

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_LOG_N = 18
"""256 MiB and about a second: what age itself writes."""
HIGHEST_LOG_N = 22
"""4 GiB: more is refused, so that a hostile file cannot take the machine."""
SALT_BYTES = 16

_LABEL = b"age-encryption.org/v1/scrypt"
_DECIMAL = re.compile(r"[1-9][0-9]*")
_ARGUMENTS = 2
_LONGEST_DECIMAL = 3


def _wrap_key(passphrase: str, salt: bytes, log_n: int) -> bytes:
    return Scrypt(salt=_LABEL + salt, length=32, n=1 << log_n, r=8, p=1).derive(passphrase.encode())


class ScryptRecipient:
    """A passphrase to seal with; always the only recipient of its file."""

    __slots__ = ("_log_n", "_passphrase")

    mixing = Mixing.ALONE

    def __init__(self, passphrase: str, log_n: int = DEFAULT_LOG_N) -> None:
        if not passphrase:
            raise AgeError("The passphrase is empty.")
        if not 1 <= log_n <= HIGHEST_LOG_N:
            raise AgeError(f"The scrypt work factor lies between 1 and {HIGHEST_LOG_N}.")
        self._passphrase = passphrase
        self._log_n = log_n

    def __repr__(self) -> str:
        return "ScryptRecipient"

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a file key under a fresh salt."""
        salt = secrets.token_bytes(SALT_BYTES)
        body = wrap_with(_wrap_key(self._passphrase, salt, self._log_n), file_key)
        return Stanza(SCRYPT_KIND, (to_base64(salt), str(self._log_n)), body)


class ScryptIdentity:
    """A passphrase to open with; work factors above ``max_log_n`` are refused before any work is done."""

    __slots__ = ("_max_log_n", "_passphrase")

    def __init__(self, passphrase: str, max_log_n: int = HIGHEST_LOG_N) -> None:
        self._passphrase = passphrase
        self._max_log_n = max_log_n

    def __repr__(self) -> str:
        return "ScryptIdentity"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key if the first stanza is a passphrase stanza that opens, else None."""
        stanza = stanzas[0]
        if stanza.kind != SCRYPT_KIND:
            return None
        salt, log_n = self._arguments(stanza)
        return unwrap_with(_wrap_key(self._passphrase, salt, log_n), stanza.body)

    def _arguments(self, stanza: Stanza) -> tuple[bytes, int]:
        if len(stanza.args) != _ARGUMENTS or len(salt := from_base64(stanza.args[0])) != SALT_BYTES:
            raise HeaderError("A passphrase stanza has wrong arguments.")
        if not _DECIMAL.fullmatch(stanza.args[1]):
            raise HeaderError("A passphrase stanza has a work factor that is no number.")
        if len(stanza.args[1]) >= _LONGEST_DECIMAL or (log_n := int(stanza.args[1])) > self._max_log_n:
            raise HeaderError(f"The passphrase work factor is above {self._max_log_n}.")
        if len(stanza.body) != WRAPPED_BYTES:
            raise HeaderError("A passphrase stanza has a body of a wrong length.")
        return salt, log_n
