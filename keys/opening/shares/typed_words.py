"""The 33 words of a sheet as a person types them. Pure.

Rules:
1. Read are the letters alone: case, accents, numbers, dots and line breaks do not matter.
2. A word may be cut after its fourth letter: no two words of the list begin with the same four.
3. Every other error is named by its place, and nothing is guessed: the words before it count, typing goes on there. No
   word of the list is one typing error away from another, but it may be from the beginning of another ("main", "fain",
   "faint"): the checksum notices that, and the places of words that were typed short are named.
4. No message repeats what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass

from keys.opening.errors import OpeningError
from keys.opening.shares.errors import ShareError
from keys.opening.shares.slip39 import ALL_WORDS, WORDS, Share
from keys.sealing.folding import fold

_ENOUGH = 4
"""Letters that tell a word from all others (SLIP-39)."""
_FEW = 5
"""More words that were typed short are no hint."""
_BY_BEGINNING = {word[:_ENOUGH]: word for word in ALL_WORDS}


class TypingError(OpeningError):
    """A typed word is not of the list, or one too many; ``place`` says which one, counted from 1."""

    def __init__(self, place: int) -> None:
        if place > WORDS:
            super().__init__(f"These are more than {WORDS} words.", "Type the words of one sheet, from its first word.")
        else:
            super().__init__(f"Word {place} is not of the list.", f"Look at your sheet and go on from word {place}.")
        self.place = place


@dataclass(frozen=True, slots=True)
class TypedWords:
    """What was typed of a sheet so far; prints without it."""

    _words: tuple[str, ...] = ()
    _short: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"TypedWords({len(self._words)})"

    @property
    def next_place(self) -> int:
        """The place of the word that comes next, counted from 1."""
        return len(self._words) + 1

    @property
    def complete(self) -> bool:
        """Whether all words of a sheet are there."""
        return len(self._words) == WORDS

    def and_line(self, line: str) -> tuple[TypedWords, TypingError | None]:
        """Return what is there with one more line, up to the first word in it that cannot be read, and that error.

        After a word too many nothing is left: nobody knows which one it was.
        """
        read = self
        for run in fold(line):
            word = _word(run)
            if read.complete:
                return TypedWords(), TypingError(WORDS + 1)
            if word is None:
                return read, TypingError(read.next_place)
            short = read._short if word == run else (*read._short, read.next_place)
            read = TypedWords((*read._words, word), short)
        return read, None

    def share(self) -> Share:
        """Return the share; raises ShareError where the words do not fit together, and says where to look first."""
        try:
            return Share(self._words)
        except ShareError as error:
            if 0 < len(self._short) <= _FEW:
                places = ", ".join(map(str, self._short))
                raise ShareError(
                    error.message, f"Typed short: word {places}. Look there first, and type it whole."
                ) from None
            raise


def _word(run: str) -> str | None:
    """Return the word that a run of letters is, or begins."""
    word = _BY_BEGINNING.get(run[:_ENOUGH])
    return word if word is not None and word.startswith(run) else None
