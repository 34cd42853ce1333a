"""Texts of strangers on a screen: everything that people write with stays, nothing that a screen obeys.

Rules:
1. Letters, marks, signs and every kind of space stay (no-break and ideographic space too), and so do the invisible
   signs that scripts are written with: the joiners of Persian and Indic scripts, the direction *marks* of Arabic and
   Hebrew, the number signs of Arabic.
2. Controls, direction *overrides, embeddings and isolates*, other invisible format signs, line and paragraph
   separators, lone surrogates and private letters become U+FFFD: a reader sees that something stood there.
3. A reader who counts lines trusts them: ``one_line`` gives one, whatever it was given. And a screen that is narrower
   than a line would begin another one, with whatever stands there: ``folded`` does it first, and marks what goes on.

Escaping for HTML or for a shell is not done here.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTEAD = "\N{REPLACEMENT CHARACTER}"
MORE = "\N{BOX DRAWINGS LIGHT QUADRUPLE DASH VERTICAL} "
"""Stands before what goes on from the line above."""

NARROWEST = 20
"""Columns that every screen is taken to have."""

_TAB = 8
_FLAGS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))

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


def folded(line: str, columns: int) -> Iterator[str]:
    """Give one line in pieces that fit on a screen, all but the first after ``MORE``; broken at a space if one is near.

    Columns are counted with doubt: as two what some screens draw wide, signs that this Python does not know and halves
    of flags among them; as one every other, marks too; a tab as the eight that it may be.
    """
    room = max(columns, NARROWEST) - 1  # some screens begin a line when the last column is full
    piece, taken = "", 0
    for character in line:
        if taken + _columns(character) > room:
            space = piece.rfind(" ", room // 2)
            kept = piece if space < 0 else piece[: space + 1]
            yield kept
            piece = MORE + piece[len(kept) :]
            taken = sum(map(_columns, piece))
        piece += character
        taken += _columns(character)
    yield piece


def _columns(character: str) -> int:
    if character == "\t":
        return _TAB
    width, is_letter = unicodedata.east_asian_width(character), character.isalpha()
    unknown = unicodedata.category(character) == "Cn" or character in _FLAGS
    return 2 if width in "FW" or unknown or (width == "A" and not is_letter) else 1


_TO_SPACE = dict.fromkeys(map(ord, "\r\n\t"), " ")


def _shown(character: str) -> str:
    obeyed = unicodedata.category(character) in _OBEYED and character not in _WRITTEN_WITH
    return INSTEAD if obeyed else character
