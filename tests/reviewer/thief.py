"""What a thief with the vault's key could read: every page of its database in the clear, and every other file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.vault.vault import Vault

PAGE = 4096
SALT = 16
RESERVED = 80  # IV, HMAC-SHA512, rounded up: SQLCipher 4


def pages_in_the_clear(path: Path, key: bytes) -> bytes:
    """Decrypt every page of a SQLCipher 4 file, free ones too."""
    data, clear = path.read_bytes(), b""
    for start in range(0, len(data), PAGE):
        page = data[start : start + PAGE]
        decryptor = Cipher(algorithms.AES(key), modes.CBC(page[-RESERVED : -RESERVED + 16])).decryptor()
        clear += decryptor.update(page[SALT if start == 0 else 0 : PAGE - RESERVED]) + decryptor.finalize()
    return clear


def database_in_the_clear(vault: Vault) -> bytes:
    return pages_in_the_clear(vault.folder / "vault.db", vault.unlocked.database_key)


def everything_at_rest(vault: Vault) -> bytes:
    """All bytes of a vault as they lie on the disk."""
    return b"".join(path.read_bytes() for path in sorted(vault.folder.rglob("*")) if path.is_file())
