"""Fingerprints of public keys and recipients, for two people to compare: in words over the phone, in hex on paper."""

from __future__ import annotations

import hashlib

from keys.sealing.codename_list import WordList

FINGERPRINT_WORDS = 10
"""125 bits with 6,000 words; ten, so that nobody takes a fingerprint for a codename of eight."""

FINGERPRINT_BYTES = 16


def fingerprint_words(public_text: bytes) -> str:
    """Return ten words for a public text (verifier key, recipient)."""
    words = WordList.load().words
    number = int.from_bytes(_digest(public_text), "big")
    chosen = []
    for _ in range(FINGERPRINT_WORDS):
        number, index = divmod(number, len(words))
        chosen.append(words[index])
    return " ".join(chosen)


def fingerprint_hex(public_text: bytes) -> str:
    """Return the first 16 bytes of the same digest as eight groups of four hex digits."""
    return _digest(public_text)[:FINGERPRINT_BYTES].hex(" ", 2)


def _digest(public_text: bytes) -> bytes:
    return hashlib.sha256(b"khomo fingerprint v1\n" + public_text).digest()
