"""The words of codenames on a page: drawn in the page's language, read whatever language they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.source.translation import current_locale

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

    def language(self, codename: Codename) -> str:
        """Return the language of words, for ``lang``: a page without a list of its own shows English ones."""
        return self._lists.language_of_words(codename, current_locale().language)
