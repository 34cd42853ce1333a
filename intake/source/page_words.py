"""The words of codenames on a page: drawn in the page's language, read whatever language they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.source.refusals import Reason
from intake.source.translation import current_locale
from keys.sealing.codename import CodenameError
from keys.sealing.folding import fold
from keys.sealing.limits import CODENAME_WORDS

if TYPE_CHECKING:
    from keys.sealing.codename import WordLists
    from keys.sealing.values import Codename


class PageWords:
    """All word lists, as the page that is being made uses them; English outside of one."""

    def __init__(self, lists: WordLists) -> None:
        self._lists = lists

    def draw(self) -> Codename:
        """Draw eight words in the language of the page, or in English where it has no list."""
        return self._lists.draw(current_locale().language)

    def read(self, text: str) -> Codename:
        """Read what a person typed into the page; raises ``CodenameError``."""
        return self._lists.read(text, current_locale().language)

    def what_is_wrong(self, text: str) -> Reason:
        """Say what may be told of words that open nothing: what shows before anybody looks for a box.

        Words may run together or be torn apart, so their number says something only of a text that cannot be read.
        """
        runs = len(fold(text))
        if not runs:
            return Reason.NO_WORDS
        if runs == 1 or CODENAME_WORDS in {runs, len(text.split())} or self._is_readable(text):
            return Reason.WRONG_WORDS
        return Reason.NOT_EIGHT_WORDS

    def _is_readable(self, text: str) -> bool:
        try:
            self.read(text)
        except CodenameError:
            return False
        return True

    def language(self, codename: Codename) -> str:
        """Return the language of words, for ``lang``: a page without a list of its own shows English ones."""
        return self._lists.language_of_words(codename, current_locale().language)
