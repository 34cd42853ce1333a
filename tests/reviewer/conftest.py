"""What the desk's tests share: cheap passphrase work, a vault, and every page of a vault's files in the clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reviewer import limits
from reviewer.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSPHRASE = "a passphrase of the desk"


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of argon2id is no part of what these tests ask; one test asks for the real one."""
    monkeypatch.setattr("reviewer.vault.unlock.Cost.__init__.__defaults__", (1, 8 * 1024 * 1024))


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault.create(tmp_path / "vault", "amina", bytes(32), PASSPHRASE) as opened:
        yield opened


def pages_in_the_clear(path: Path, key: bytes) -> bytes:
    """Decrypt every page of a SQLCipher 4 file, free ones too: what a thief with the key would grep."""
    data, clear = path.read_bytes(), b""
    for start in range(0, len(data), 4096):
        page = data[start : start + 4096]
        body = page[16 if start == 0 else 0 : 4096 - 80]
        decryptor = Cipher(algorithms.AES(key), modes.CBC(page[-80:-64])).decryptor()
        clear += decryptor.update(body) + decryptor.finalize()
    return clear


def everything_in(vault: Vault) -> bytes:
    """All that lies in a vault: database pages in the clear, every other file as it is."""
    clear = b""
    for path in sorted(vault.folder.rglob("*")):
        if path.is_file():
            is_database = path.name == "vault.db"
            clear += pages_in_the_clear(path, vault.unlocked.database_key) if is_database else path.read_bytes()
    return clear


assert limits.KDF_MEMORY >= 256 * 1024 * 1024
