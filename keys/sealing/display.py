"""Texts of strangers on a screen: everything that people write with stays, nothing that a screen obeys.

Rules:
1. Letters, marks, signs and every kind of space stay (no-break and ideographic space too), and so do the invisible
   signs that scripts are written with: the joiners of Persian and Indic scripts, the direction *marks* of Arabic and
   Hebrew, the number signs of Arabic.
2. Controls, direction *overrides, embeddings and isolates*, other invisible format signs, line and paragraph
   separators, lone surrogates and private letters become U+FFFD: a reader sees that something stood there.
3. A reader who counts lines trusts them: ``one_line`` gives one, whatever it was given.

Escaping for HTML or for a shell is not done here.
"""

from __future__ import annotations

import unicodedata

INSTEAD = "\N{REPLACEMENT CHARACTER}"

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_WRITTEN_WITH = frozenset(
    "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
    "\N{ARABIC NUMBER SIGN}\N{ARABIC SIGN SANAH}\N{ARABIC FOOTNOTE MARKER}\N{ARABIC SIGN SAFHA}\N{ARABIC SIGN SAMVAT}"
    "\N{ARABIC NUMBER MARK ABOVE}\N{ARABIC END OF AYAH}"
)
_LINES = frozenset("\n\t")


def harmless(text: str) -> str:
    """Return a text of several lines as it may be shown; every kind of line end becomes one sign, tabs stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one if one in _LINES else _shown(one) for one in lines)


def one_line(text: str) -> str:
    """Return a text as it may be shown in one line: a name, a title, a field of a table."""
    return "".join(map(_shown, text.replace("\r\n", " ").translate(_TO_SPACE)))


_TO_SPACE = dict.fromkeys(map(ord, "\r\n\t"), " ")


def _shown(character: str) -> str:
    obeyed = unicodedata.category(character) in _OBEYED and character not in _WRITTEN_WITH
    return INSTEAD if obeyed else character
