"""A lead's OpenPGP key, which is a stranger's until people compared it: GnuPG sees it in the room only.

Rules:
1. What is no single armored public key, or far longer than one, is refused before GnuPG is asked.
2. GnuPG tells in the room whether the key can be encrypted to; of what it says we read a few letters and hex digits.
3. Encrypting for a lead happens in the room too: the key is read anew each time. What comes out is counted: not much
   more than what went in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from keys.opening.openpgp import UNCOMPRESSED, check_one_block, check_usable
from keys.sealing.atomic import atomic_file
from reviewer.errors import ReviewerError
from reviewer.sandbox import limits
from reviewer.sandbox.bubblewrap import Job, run
from reviewer.sandbox.errors import TooLargeError
from reviewer.sandbox.openpgp import GPG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_IMPORT = f"umask 077 && mkdir gpg; {GPG} --logger-file /dev/null --import key.asc; "
_LIST = f"{_IMPORT} exec {GPG} --logger-file /dev/null --with-colons --list-keys"
_ENCRYPT = (
    f"{_IMPORT} exec {GPG} --logger-file /dev/null --trust-model always {' '.join(UNCOMPRESSED)} --status-fd 2"
    " --output - --recipient "
)
_PRIMARY, _FINGERPRINT = "pub", "fpr"
_VALIDITY, _HEX, _CAN = 1, 9, 11
"""Columns of GnuPG's listing (its doc/DETAILS)."""
_FINGERPRINTS = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_DONE = b"[GNUPG:] END_ENCRYPTION"


def check_lead_key(armored: str) -> str:
    """Return the fingerprint of a key that can be encrypted to now.

    Raises:
        OpenPgpError: it is not one key, or cannot be used.
        SandboxError: there is no sandbox; nothing was read.
    """
    check_one_block(armored)
    listed: list[bytes] = []
    run(Job(("/bin/sh", "-c", _LIST), {"key.asc": armored.encode()}, limits.LISTING_BYTES), _Nothing(), listed.append)
    lines = [line.split(":") for line in b"".join(listed).decode("utf-8", "replace").splitlines()]
    primary = [line for line in lines if line[0] == _PRIMARY and len(line) > _CAN]
    prints = [line[_HEX] for line in lines if line[0] == _FINGERPRINT and len(line) > _HEX]
    fingerprint = next((one for one in prints if _FINGERPRINTS.fullmatch(one)), "")
    check_usable([(fingerprint, line[_VALIDITY], line[_CAN]) for line in primary if fingerprint])
    return fingerprint


def encrypt_for(armored: str, source: Path, destination: Path) -> None:
    """Encrypt a file to a lead's key; the result is binary OpenPGP, for its owner only, never over a file.

    Args:
        armored: one public key.
        source: the file, or a pipe, read once.
        destination: new; it appears whole.

    Raises:
        OpenPgpError: the key cannot be used now.
        SandboxError: there is no sandbox.
        ReviewerError: GnuPG failed in it.
        FileExistsError: the destination is there already.
    """
    fingerprint = check_lead_key(armored)
    job = Job(("/bin/sh", "-c", f"{_ENCRYPT}{fingerprint} --encrypt"), {"key.asc": armored.encode()}, limits.ENDLESS)
    with atomic_file(destination) as file, source.open("rb") as plaintext:
        fed = _Fed(plaintext)
        outcome = run(job, fed, fed.bounded(file.write))
        if outcome.code or _DONE not in outcome.said:
            raise ReviewerError("GnuPG could not encrypt to the lead's key.", "Is it a key that others can use?")


class _Nothing:
    def read(self, _size: int, /) -> bytes:
        return b""


class _Fed:
    """Counts what is read of a source, and lets little more than that come out."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._fed = self._came_out = 0

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self._fed += len(data)
        return data

    def bounded(self, sink: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def take(data: bytes) -> None:
            self._came_out += len(data)
            if self._came_out > self._fed + self._fed // 64 + limits.SEALED_MORE:
                raise TooLargeError("GnuPG gave more than was to be encrypted, and was ended.")
            sink(data)

        return take
