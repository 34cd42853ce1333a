"""How many years of school a text asks for: the Flesch-Kincaid grade (Kincaid and others, 1975).

0.39 x words a sentence + 11.8 x syllables a word - 15.59. Syllables are counted by plain rules, for no library that
does it is small: groups of vowels, of which a silent e at the end, and the ends -es and -ed where they are not spoken,
do not count, and some pairs of vowels count as two. ``tests/test_readability.py`` compares the rules with words
counted by hand.
"""

from __future__ import annotations

import re

SHORTEST_SENTENCE = 5
"""Words. What is shorter (headings, buttons, names of fields) is easier to read and does not count."""

_SILENT = re.compile(r"(?<=[^aeiouy])(e|es|ed)$|(?<=[^aeiouy])e(?=(ly|less|ful|ment|ness)s?$)")
_SPOKEN = re.compile(r"([td]ed|(s|z|x|c|g|sh|ch)es|[^aeiouyl]le|[^aeiouyl]les|[^aeiouyl]led)$")
_TWO = re.compile(
    r"ia|io(?!u?s|n)|iu|eo|ua(?!r)|uou|[aeiou]ing|ying|ier$|ier(?=s$)|creat|quie|iet|ea$|eas$|coal(?=i)|[rbd]ious"
)
_ONE = re.compile(r"[tscg]ia[nl]|gua|qua|eop|people|ever(?=y)")


def syllables(word: str) -> int:
    """Count the syllables of an English word."""
    plain = word.lower().replace("'", "")
    spoken = plain if _SPOKEN.search(plain) else _SILENT.sub("", plain)
    groups = len(re.findall(r"[aeiouy]+", spoken)) + len(_TWO.findall(spoken)) - len(_ONE.findall(spoken))
    return max(1, groups)


def sentences(text: str) -> list[list[str]]:
    """Return the words of each sentence; a line ends one too."""
    lines = (re.findall(r"[A-Za-z][A-Za-z'\u2019]*", line) for line in re.split(r"(?<=[.!?:])\s+|\n", text))
    return [words for words in lines if len(words) >= SHORTEST_SENTENCE]


def grade(text: str) -> float:
    """Return the grade of a text; 0 when it has no sentence."""
    found = sentences(text)
    if not found:
        return 0
    words = [word for sentence in found for word in sentence]
    return 0.39 * len(words) / len(found) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
