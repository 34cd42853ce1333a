"""OpenPGP for leads who have nothing else: one file, encrypted to one public key, in a home that is thrown away.

GnuPG parses the key and nothing else; it sees no other key, no configuration, no agent and no network.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keys.opening.errors import OpenPgpError
from keys.opening.gnupg_home import throw_away_home
from keys.sealing.atomic import PARTIAL_PREFIX, atomic_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import gnupg

_BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_PRIVATE_BLOCK = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
_UNCOMPRESSED = ["--compress-algo", "none"]
"""Packages are compressed already, and compression costs nine tenths of the time."""
_COPY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenPgpKey:
    """A public key that can be encrypted to now; ``owners`` are the names that it claims, unchecked."""

    fingerprint: str
    owners: tuple[str, ...]


def read_openpgp_key(armored: str) -> OpenPgpKey:
    """Check that a text holds one public key that can be encrypted to now; raises OpenPgpError."""
    with throw_away_home() as gpg:
        return _import_one(gpg, armored)


def encrypt_for(armored: str, source: Path, destination: Path) -> OpenPgpKey:
    """Encrypt a file to an armored public key; the result is binary OpenPGP, for its owner only, never over a file.

    Args:
        armored: one public key.
        source: the file, read once.
        destination: new; it appears whole.

    Raises:
        OpenPgpError: the key cannot be used now, or GnuPG failed.
        FileExistsError: the destination is there already.
    """
    with throw_away_home() as gpg:
        key = _import_one(gpg, armored)
        with atomic_file(destination) as file, _beside(destination) as encrypted:
            _encrypt(gpg, key, source, encrypted)
            with encrypted.open("rb") as result:
                shutil.copyfileobj(result, file, _COPY_BYTES)
    return key


@contextmanager
def _beside(destination: Path) -> Iterator[Path]:
    """Give a name for GnuPG to write to, on the destination's file system: /tmp may be memory."""
    path = destination.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(8)}")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _import_one(gpg: gnupg.GPG, armored: str) -> OpenPgpKey:
    if _PRIVATE_BLOCK in armored:
        raise OpenPgpError("This is a private key.", "Ask for the public key only, and tell its owner.")
    if armored.count(_BLOCK) != 1:
        raise OpenPgpError("This is not one armored OpenPGP public key.", f"It begins with {_BLOCK}")
    gpg.import_keys(armored)
    keys = gpg.list_keys()
    if len(keys) != 1:
        raise OpenPgpError(f"The text holds {len(keys)} usable keys instead of one.", "Export one public key alone.")
    _check_usable(keys[0])
    return OpenPgpKey(keys[0]["fingerprint"], tuple(keys[0]["uids"]))


def _check_usable(key: dict[str, Any]) -> None:
    """GnuPG's listing: validity e is expired, r revoked, i invalid; a capital E means that encrypting works now."""
    reasons = {"e": "has expired", "r": "was revoked", "i": "is invalid"}
    reason = reasons.get(key["trust"]) or ("" if "E" in key["cap"] else "cannot be encrypted to")
    if reason:
        raise OpenPgpError(f"The OpenPGP key {key['fingerprint']} {reason}.", "Ask its owner for a current one.")


def _encrypt(gpg: gnupg.GPG, key: OpenPgpKey, source: Path, destination: Path) -> None:
    options = {"always_trust": True, "armor": False, "extra_args": _UNCOMPRESSED}
    try:
        with source.open("rb") as plaintext:
            done = gpg.encrypt_file(plaintext, key.fingerprint, output=str(destination), **options)
    except BrokenPipeError:
        raise _failed("it ended early") from None
    if not done.ok:
        raise _failed(done.status)


def _failed(why: str) -> OpenPgpError:
    return OpenPgpError(f"GnuPG could not encrypt: {why}.", "Is there room on the disk?")
