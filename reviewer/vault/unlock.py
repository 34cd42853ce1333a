"""Wrap files: what a reviewer's passphrase opens, and with it the vault.

A wrap file is three lines of ASCII:

    khomo/vault-wrap/v1
    {"kdf":"argon2id","memory":…,"operations":…,"salt":"…","sealed":"…"}
    sha256 <hex digest of the two lines before, each with its newline>

``sealed`` is a NaCl secret box under the argon2id key; inside are the reviewer's name, the key of the database, and the
reviewer's own signing seed: no other reviewer's passphrase gives that one away. Each wrap is kept twice. The second
copy is written only after the first has been read back, so that one damaged file never locks a vault.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacl import pwhash, secret
from nacl.exceptions import CryptoError

from keys.opening.limits import PASSPHRASE_CHARACTERS
from keys.sealing.atomic import atomic_write, sync_folder
from keys.sealing.shapes import NAME
from reviewer import limits
from reviewer.errors import LockedError, ReviewerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FIRST_LINE = "khomo/vault-wrap/v1"
_SUFFIX = ".wrap"
_SECOND = ".second"
_FIELDS = {"kdf", "memory", "operations", "salt", "sealed"}


@dataclass(frozen=True)
class Unlocked:
    """What a passphrase gives: who, the key of the database, and the seed of the reviewer's signing key."""

    reviewer: str
    database_key: bytes = field(repr=False)
    signing_seed: bytes = field(repr=False)


@dataclass(frozen=True)
class Cost:
    """Price of one guess: passes and bytes of argon2id."""

    operations: int = limits.KDF_OPERATIONS
    memory: int = limits.KDF_MEMORY


@dataclass(frozen=True)
class _Wrap:
    cost: Cost
    salt: bytes
    sealed: bytes


def check_name(name: str) -> str:
    """Return a reviewer's name if it can name a file; raises ReviewerError."""
    if not NAME.fullmatch(name):
        raise ReviewerError(
            f"{name!r} cannot be the name of a reviewer here.",
            "Use up to 32 small letters a-z, digits and inner hyphens.",
        )
    return name


def reviewers(folder: Path) -> list[str]:
    """Names of the reviewers who have a wrap, from either copy."""
    names = {path.name.removesuffix(_SECOND).removesuffix(_SUFFIX) for path in folder.glob(f"*{_SUFFIX}*")}
    return sorted(name for name in names if NAME.fullmatch(name))


def check_passphrase(text: str) -> None:
    """Refuse a passphrase that may not protect a vault; raises ReviewerError."""
    if len(text) < PASSPHRASE_CHARACTERS:
        raise ReviewerError(f"The passphrase is too short: {PASSPHRASE_CHARACTERS} characters are the least.")


def write_wrap(folder: Path, unlocked: Unlocked, passphrase: str, cost: Cost | None = None, *, copies: int = 2) -> None:
    """Write both copies of a reviewer's wrap, the second after the first was read back; or the first alone."""
    check_passphrase(passphrase)
    name = check_name(unlocked.reviewer)
    data = _encode(unlocked, passphrase, cost or Cost())
    _decode(data)
    for path in _copies(folder, name)[:copies]:
        atomic_write(path, data, overwrite=True)
        if path.read_bytes() != data:
            raise ReviewerError(f"{path.name} does not read back as written.", "The disk may be failing: back up now.")


def remove_wrap(folder: Path, name: str) -> None:
    """Remove both copies of a reviewer's wrap."""
    for path in _copies(folder, check_name(name)):
        path.unlink(missing_ok=True)
    sync_folder(folder)


def open_wrap(folder: Path, name: str, passphrase: str, opens: Callable[[bytes], bool] = lambda _key: True) -> Unlocked:
    """Open a reviewer's wrap; a damaged or missing copy is made anew from the good one.

    Where the copies hold two keys of the database, that counts of which ``opens`` is true: a change was cut off.

    Raises LockedError when the passphrase is wrong or both copies are damaged.
    """
    good = {path: data for path in _copies(folder, name) if (data := _good_bytes(path)) is not None}
    if not good:
        raise LockedError(
            f"Both wrap files of {name} are missing or damaged.",
            "Restore them from a backup of the vault, or unlock as another reviewer.",
        )
    found = [(data, _try(data, passphrase)) for data in dict.fromkeys(good.values())]
    mine = [(data, unlocked) for data, unlocked in found if unlocked is not None and unlocked.reviewer == name]
    for data, unlocked in mine:
        if len(mine) == 1 or opens(unlocked.database_key):
            _repair(folder, name, data, good)
            return unlocked
    raise LockedError("The passphrase does not open this vault.", "Check the keyboard layout and try again.")


def _repair(folder: Path, name: str, data: bytes, good: dict[Path, bytes]) -> None:
    for path in _copies(folder, name):
        if good.get(path) != data:
            atomic_write(path, data, overwrite=True)


def _copies(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}{_SUFFIX}", folder / f"{name}{_SUFFIX}{_SECOND}"


def _good_bytes(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(limits.WRAP_BYTES + 1)
        _decode(data)
    except (OSError, ReviewerError):
        return None
    return data


def _derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE, passphrase.encode(), salt, opslimit=cost.operations, memlimit=cost.memory
    )


def _encode(unlocked: Unlocked, passphrase: str, cost: Cost) -> bytes:
    salt = os.urandom(pwhash.argon2id.SALTBYTES)
    inside = {
        "database": unlocked.database_key.hex(),
        "reviewer": unlocked.reviewer,
        "signing": unlocked.signing_seed.hex(),
    }
    sealed = secret.SecretBox(_derive(passphrase, salt, cost)).encrypt(json.dumps(inside, sort_keys=True).encode())
    outside = {
        "kdf": "argon2id",
        "memory": cost.memory,
        "operations": cost.operations,
        "salt": base64.b64encode(salt).decode(),
        "sealed": base64.b64encode(sealed).decode(),
    }
    head = f"{_FIRST_LINE}\n{json.dumps(outside, sort_keys=True, separators=(',', ':'))}\n".encode()
    return head + b"sha256 " + hashlib.sha256(head).hexdigest().encode() + b"\n"


def _decode(data: bytes) -> _Wrap:
    damaged = ReviewerError("This wrap file is damaged.")
    if len(data) > limits.WRAP_BYTES:
        raise damaged
    head, _, digest = data.rpartition(b"sha256 ")
    if digest != hashlib.sha256(head).hexdigest().encode() + b"\n":
        raise damaged
    first, _, body = head.decode("ascii", "replace").partition("\n")
    if first != _FIRST_LINE:
        raise ReviewerError(f"This wrap file is of a version that is not known here ({first[:40]!r}).")
    try:
        fields = json.loads(body)
        return _parse(fields)
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        raise damaged from None


def _parse(fields: dict[str, object]) -> _Wrap:
    if set(fields) != _FIELDS or fields["kdf"] != "argon2id":
        raise ValueError
    cost = Cost(int(str(fields["operations"])), int(str(fields["memory"])))
    if not (1 <= cost.operations <= limits.KDF_OPERATIONS_MOST and 0 < cost.memory <= limits.KDF_MEMORY_MOST):
        raise ValueError
    salt = base64.b64decode(str(fields["salt"]), validate=True)
    if len(salt) != pwhash.argon2id.SALTBYTES:
        raise ValueError
    return _Wrap(cost, salt, base64.b64decode(str(fields["sealed"]), validate=True))


def _try(data: bytes, passphrase: str) -> Unlocked | None:
    wrap = _decode(data)
    try:
        inside = json.loads(secret.SecretBox(_derive(passphrase, wrap.salt, wrap.cost)).decrypt(wrap.sealed))
    except CryptoError:
        return None
    return Unlocked(inside["reviewer"], bytes.fromhex(inside["database"]), bytes.fromhex(inside["signing"]))
