"""Fingerprints as people compare them: ten words aloud, hex on paper. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from keys.sealing.fingerprint import fingerprint_hex, fingerprint_words
from keys.sealing.openpgp_packets import read_public_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keys.sealing.notes import VerifyKey

_GROUP = 4
"""Hex digits that stand together."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Whose it is, in words and in hex."""

    whose: str
    words: str
    hex: str


def of_key(whose: str, key: VerifyKey) -> Fingerprint:
    """Return the fingerprint of a key that checks signatures."""
    return Fingerprint(whose, key.fingerprint_words(), key.fingerprint_hex())


def of_recipient(whose: str, recipient: str) -> Fingerprint:
    """Return the fingerprint of an age recipient."""
    return Fingerprint(whose, fingerprint_words(recipient.encode()), fingerprint_hex(recipient.encode()))


def of_openpgp(whose: str, armored: str) -> Fingerprint:
    """Return the fingerprint of an OpenPGP key, in hex as programs for OpenPGP show it."""
    shown = read_public_key(armored).fingerprint
    groups = (shown[start : start + _GROUP] for start in range(0, len(shown), _GROUP))
    return Fingerprint(whose, fingerprint_words(bytes.fromhex(shown)), " ".join(groups))


def as_text(fingerprints: Iterable[Fingerprint]) -> str:
    """Write fingerprints to be read aloud or printed."""
    return "".join(f"{one_line(print_.whose)}\n    {print_.words}\n    {print_.hex}\n" for print_ in fingerprints)
