"""Looks for secrets where they must not be: every file of some folders, byte by byte, in the spellings that leak."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

BLOCK_BYTES = 1 << 20
SHORTEST = 6
"""A shorter secret is found everywhere by chance."""


@dataclass(frozen=True)
class Finding:
    """A secret in the open."""

    where: str
    secret: bytes


class Canary:
    """Secrets, in every spelling that a log, a database or a form may give them.

    Args:
        secrets: as bytes; none shorter than six.
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._spellings = {spelling: secret for secret in secrets for spelling in _spellings(secret)}
        self._overlap = max(map(len, self._spellings)) - 1

    def in_bytes(self, where: str, data: bytes) -> list[Finding]:
        """Return which secrets are in ``data``."""
        found = {secret for spelling, secret in self._spellings.items() if spelling in data}
        return [Finding(where, secret) for secret in sorted(found)]

    def in_folders(self, folders: Sequence[Path]) -> list[Finding]:
        """Return which secrets are in the files, names of files and links below ``folders``."""
        return [finding for folder in folders for path in _everything(folder) for finding in self._in_path(path)]

    def _in_path(self, path: Path) -> Iterator[Finding]:
        yield from self.in_bytes(f"the name of {path}", os.fsencode(path.name))
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as source:
                kept = b""
                while block := source.read(BLOCK_BYTES):
                    yield from self.in_bytes(str(path), kept + block)
                    kept = (kept + block)[-self._overlap :]


def _everything(folder: Path) -> Iterator[Path]:
    yield folder
    for path in sorted(folder.rglob("*")):
        if not path.is_socket():
            yield path


def _spellings(secret: bytes) -> Iterator[bytes]:
    if len(secret) < SHORTEST:
        raise ValueError("a canary of fewer than six bytes sings by chance")
    yield secret
    yield secret.hex().encode()
    yield quote_from_bytes(secret).encode()
    yield _ascii_escaped(secret)
    for shift in range(3):  # base64 of a text that holds it, at each of the three places where it can begin
        encoded = base64.b64encode(b"\0" * shift + secret)
        whole = encoded[4 if shift else 0 : -4]
        if len(whole) >= 2 * SHORTEST:
            yield whole
            yield whole.translate(bytes.maketrans(b"+/", b"-_"))


def _ascii_escaped(secret: bytes) -> bytes:
    return secret.decode("utf-8", "backslashreplace").encode("ascii", "backslashreplace")
