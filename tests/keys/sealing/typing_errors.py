"""What a tired person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def typing_errors(word: str, letters: Collection[str]) -> set[str]:
    """Return a word with one letter missing, added or replaced, or two neighbours swapped; the word itself too."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    missing = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if right[1:]}
    replaced = {left + letter + right[1:] for left, right in cuts if right for letter in letters}
    added = {left + letter + right for left, right in cuts for letter in letters}
    return missing | swapped | replaced | added | {word}
