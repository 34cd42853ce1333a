"""What a tired person types."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from keys.sealing.codename import WordList

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


def typing_errors(word: str, letters: Collection[str]) -> set[str]:
    """Return a word with one letter missing, added or replaced, or two neighbours swapped; the word itself too."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    missing = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if right[1:]}
    replaced = {left + letter + right[1:] for left, right in cuts if right for letter in letters}
    added = {left + letter + right for left, right in cuts for letter in letters}
    return missing | swapped | replaced | added | {word}


def with_a_letter_missing(drawn: Sequence[str]) -> list[str]:
    """Return drawn English words, one of them a letter short.

    The error is near no other word of the list: one that is near two ("cupable") is refused, and rightly so.
    """
    return next(_clear_errors(drawn))


def _clear_errors(drawn: Sequence[str]) -> Iterator[list[str]]:
    words = set(WordList.load().words)
    for place, word in enumerate(drawn):
        for at in range(1, len(word)):
            typed = word[:at] + word[at + 1 :]
            if words & typing_errors(typed, string.ascii_lowercase) == {word}:
                yield [*drawn[:place], typed, *drawn[place + 1 :]]
