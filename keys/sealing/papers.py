"""The two papers that everybody holds, read from files: the root key's public half and the public bundle.

Rules:
1. ``root.pub`` is one line, UTF-8: a verifier key. A file that holds anything else holds no root key.
2. A public bundle is believed under a root key alone; whose root key that is, people compare with paper.
3. Of neither file is more read than one byte beyond the longest that is right, so that a longer one is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError
from keys.sealing.limits import KIB, PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import VerifyKey
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from pathlib import Path

ROOT_BYTES = KIB
"""A verifier key with the longest name fits: 200 characters of four bytes."""


def read_root(path: Path) -> VerifyKey:
    """Read ``root.pub``; raises ``FormatError`` if it holds no root key, ``OSError``."""
    try:
        return VerifyKey.parse(_read(path, ROOT_BYTES).decode(errors="replace").strip())
    except FormatError as error:
        raise FormatError(f"{path} holds no root key.", "Choose root.pub, as the key ceremony made it.") from error


def read_public_bundle_note(path: Path) -> bytes:
    """Read the signed text of ``public-bundle.note`` for whoever checks it later; raises ``OSError``."""
    return _read(path, PUBLIC_BUNDLE_BYTES)


def read_public_bundle(path: Path, root: VerifyKey) -> PublicBundle:
    """Read ``public-bundle.note``; raises ``SignatureError``, ``FormatError`` or ``OSError``."""
    return PublicBundle.from_note(read_public_bundle_note(path), root)


def _read(path: Path, longest: int) -> bytes:
    with path.open("rb") as file:
        return file.read(longest + 1)
