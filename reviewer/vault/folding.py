"""Folding of text for search: what people type differently, and mean the same, becomes the same.

Rules: NFKC compatibility, case, Latin, Greek, Cyrillic and Hebrew marks, Arabic tashkeel, tatweel and hamza forms,
ى as ي, ة as ه, Persian and Urdu forms of Arabic letters, digits of any script as 0-9, African and Nordic letters as
their plain ones, invisible characters dropped. Folding works a character at a time, so that a place in the folded
text can be led back to its place in the text.
"""

# ruff: noqa: RUF001, RUF002 - letters that look like others are what this file is about

from __future__ import annotations

import unicodedata

_MARKS = (
    (0x0300, 0x036F),
    (0x0483, 0x0487),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x08D3, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE20, 0xFE2F),
)
"""Combining marks that may be left out in writing. Indic vowel signs are marks too, and stay: they carry the word."""

_LETTERS = {
    # Arabic, Persian, Urdu
    "ء": "", "ـ": "", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه",
    "ک": "ك", "ڪ": "ك",
    # Latin letters that do not decompose
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "œ": "oe", "æ": "ae", "þ": "th", "ŋ": "n", "ŧ": "t",
    "ɓ": "b", "ɗ": "d", "ɖ": "d", "ƙ": "k", "ƴ": "y", "ɛ": "e", "ɔ": "o", "ɲ": "n", "ɣ": "g", "ƒ": "f", "ʋ": "v",
}  # fmt: skip


def _is_mark(code: int) -> bool:
    return any(first <= code <= last for first, last in _MARKS)


def _fold_part(character: str) -> str:
    if _is_mark(ord(character)) or unicodedata.category(character) == "Cf":
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return _LETTERS.get(character, character)


class _Folded(dict[int, str]):
    """Folded form of each character met so far."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        self[code] = folded = "".join(map(_fold_part, parts))
        return folded


_TABLE = _Folded()


def fold(text: str) -> str:
    """Fold a text for the index, or a query for the same index."""
    return text.translate(_TABLE)


def folded_places(text: str) -> list[int]:
    """For each character of ``fold(text)``, the index in ``text`` that it came from."""
    return [place for place, character in enumerate(text) for _ in _TABLE[ord(character)]]
