"""All word lists that ship, as one: words drawn in the reader's language, and read back on a page in any language.

Rules:
1. Every list is tried, whatever the page's language, whether the words are known or not: first for a reading without
   an error; if no list has one, for readings with errors.
2. Without errors there is one reading at most: no letters are eight words of one list and, cut elsewhere, words of
   another (a test proves it of the lists that ship). Words that two lists share are the same secret.
3. With errors the fewest count; where two lists have equally many, the list of the page. A doubt is refused.
4. A language without a list of its own is drawn from the English one.
"""

from __future__ import annotations

from functools import cache, reduce
from typing import TYPE_CHECKING

from keys.sealing.codename_list import CodenameError, Readings, Typed, WordList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keys.sealing.values import Codename

ENGLISH = "en"
SHIPPED = (ENGLISH, "fr", "es", "pt", "ar")
"""Languages with a list, in the order in which they are tried after the page's own."""


class WordLists:
    """Lists by the code of their language; the English one is among them."""

    def __init__(self, lists: Mapping[str, WordList]) -> None:
        self._lists = dict(lists)

    @staticmethod
    @cache
    def load() -> WordLists:
        """Read all lists that ship, ready to read with: no request has to wait for one."""
        lists = {language: WordList.load(language) for language in SHIPPED}
        for words in lists.values():
            words.prepare()
        return WordLists(lists)

    def language_of(self, language: str) -> str:
        """Return the language of the words that a page in this language shows: its own or English."""
        return language if language in self._lists else ENGLISH

    def draw(self, language: str = ENGLISH) -> Codename:
        """Draw eight words of the language, or of English: more than 100 bits."""
        return self._lists[self.language_of(language)].draw()

    def language_of_words(self, codename: Codename, language: str = ENGLISH) -> str:
        """Return the language of drawn words, for who reads them out: the page's if its list has them all."""
        own = self.language_of(language)
        return next(code for code in (own, *self._lists) if self._lists[code].has_all(codename))

    def read(self, text: str, language: str = ENGLISH) -> Codename:
        """Read what a person typed on a page in this language; raises ``CodenameError``."""
        typed = Typed.of(text)
        own = self._lists[self.language_of(language)]
        lists = [own, *(words for words in self._lists.values() if words is not own)]
        lists = [words for words in lists if words.may_read(typed)]
        if not lists:
            raise CodenameError("These are not eight words of our lists.", "Type all eight words from your paper.")
        exact = [words.exactly(typed) for words in lists]
        if any(readings.found for readings in exact):
            return reduce(Readings.or_better, exact).codename()
        nearest = [words.nearly(typed) for words in lists]
        best = reduce(Readings.or_better, nearest)
        return (nearest[0] if nearest[0].errors == best.errors and lists[0] is own else best).codename()
