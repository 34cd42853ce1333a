"""What stays of typed words: letters, without case, accents, or the form in which Unicode or a keyboard spells them."""

from __future__ import annotations

import unicodedata

# Latin letters whose stroke or shape Unicode does not decompose.
_LATIN = {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"}
# Arabic as people type it on phones: without hamza, with the plain letter at a word's end, stretched, or on a
# keyboard made for Persian or Urdu. Hamza and madda that sit on a letter are marks once Unicode has decomposed it.
_ARABIC = {
    "\N{ARABIC TATWEEL}": "",
    "\N{ARABIC LETTER HAMZA}": "",
    "\N{ARABIC LETTER ALEF WASLA}": "\N{ARABIC LETTER ALEF}",
    "\N{ARABIC LETTER ALEF MAKSURA}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER FARSI YEH}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER YEH BARREE}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER TEH MARBUTA}": "\N{ARABIC LETTER HEH}",
    "\N{ARABIC LETTER AE}": "\N{ARABIC LETTER HEH}",
    "\N{ARABIC LETTER HEH GOAL}": "\N{ARABIC LETTER HEH}",
    "\N{ARABIC LETTER HEH DOACHASHMEE}": "\N{ARABIC LETTER HEH}",
    "\N{ARABIC LETTER KEHEH}": "\N{ARABIC LETTER KAF}",
}
_PLAIN = str.maketrans(_LATIN | _ARABIC)


def fold(text: str) -> list[str]:
    """Split a text into runs of folded letters.

    Compatibility forms (ﬁ, full-width letters, Arabic presentation forms), case, and marks on letters are folded;
    invisible format characters (soft hyphen, joiners, direction marks) vanish; everything else that is no letter
    separates, digits of every script too.
    """
    compatible = unicodedata.normalize("NFKC", text).casefold()
    letters = unicodedata.normalize("NFKD", compatible).translate(_PLAIN)
    return "".join(_keep(character) for character in letters).split()


def _keep(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Mn", "Cf"}:
        return ""
    return character if category.startswith("L") else " "
