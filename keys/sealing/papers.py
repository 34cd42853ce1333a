"""The two papers that everybody holds, read from files: the root key's public half and the public bundle.

Rules:
1. ``root.pub`` is one line, UTF-8: a verifier key. A file that holds anything else holds no root key.
2. A public bundle is believed under a root key alone; whose root key that is, people compare with paper.
3. A file that is another paper is named as what it is: most often somebody took the wrong one.
4. Of neither file is more read than one byte beyond the longest that is right, so that a longer one is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError
from keys.sealing.limits import KIB, PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import VerifyKey
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {
    b"khomo/public-bundle/": "a public bundle",
    b"khomo/lead/": "a lead's card",
    b"khomo/": "a signed text of another kind",
    b"age-encryption.org/": "a sealed file, as key files are",
}
"""How papers begin, the special before the general."""

ROOT_BYTES = KIB
"""A verifier key with the longest name fits: 200 characters of four bytes."""


def read_root(path: Path) -> VerifyKey:
    """Read ``root.pub``; raises ``FormatError`` if it holds no root key, ``OSError``."""
    data = _read(path, ROOT_BYTES)
    try:
        return VerifyKey.parse(data.decode(errors="replace").strip())
    except FormatError as error:
        raise FormatError(
            f"{path} holds no root key{_it_is(data)}.", "Choose root.pub, as the key ceremony made it."
        ) from error


def read_public_bundle_note(path: Path) -> bytes:
    """Read the signed text of ``public-bundle.note`` for whoever checks it later; raises ``OSError``."""
    return _read(path, PUBLIC_BUNDLE_BYTES)


def read_public_bundle(path: Path, root: VerifyKey) -> PublicBundle:
    """Read ``public-bundle.note``; raises ``SignatureError``, ``FormatError`` or ``OSError``."""
    note = read_public_bundle_note(path)
    try:
        return PublicBundle.from_note(note, root)
    except FormatError as error:
        raise no_such_paper(path, note, "public bundle", "Choose public-bundle.note.", error) from error


def no_such_paper(path: Path, data: bytes, wanted: str, remedy: str, why: FormatError) -> FormatError:
    """Say that a file is not the paper that was wanted, and what it is instead; ``why`` if that cannot be told."""
    other = what_is(data)
    if other in {"", f"a {wanted}"}:
        return FormatError(f"{path} is no {wanted} that is right: {why.message}", why.remedy or remedy)
    return FormatError(f"{path} is no {wanted}: it is {other}.", remedy)


def what_is(data: bytes) -> str:
    """Name the paper that a file's beginning shows; nothing where it is none of ours."""
    for beginning, name in _KINDS.items():
        if data.startswith(beginning):
            return name
    try:
        VerifyKey.parse(data[:ROOT_BYTES].decode(errors="replace").strip())
    except FormatError:
        return ""
    return "a public key, as root.pub is"


def _it_is(data: bytes) -> str:
    other = what_is(data)
    return other and f": it is {other}"


def _read(path: Path, longest: int) -> bytes:
    with path.open("rb") as file:
        return file.read(longest + 1)
