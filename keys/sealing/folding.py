"""What stays of typed words: letters, without case, accents, or the form in which Unicode spells them."""

from __future__ import annotations

import unicodedata

# Letters whose stroke or shape Unicode does not decompose.
_PLAIN = str.maketrans(
    {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"}
)


def fold(text: str) -> list[str]:
    """Split a text into runs of folded letters.

    Compatibility forms (ﬁ, full-width letters), case, and marks on letters are folded; invisible format characters
    (soft hyphen, joiners, direction marks) vanish; everything else that is no letter separates.
    """
    compatible = unicodedata.normalize("NFKC", text).casefold()
    letters = unicodedata.normalize("NFKD", compatible).translate(_PLAIN)
    return "".join(_keep(character) for character in letters).split()


def _keep(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Mn", "Cf"}:
        return ""
    return character if category.startswith("L") else " "
