"""The word list of codenames: drawing eight words, and reading them back however a tired person types them.

Rules:
1. Words are drawn by the machine, each evenly from the whole list; nobody chooses them.
2. Read are the letters alone: case, accents, spaces, line breaks, hyphens and numbering do not matter, and words may
   run together or be torn apart, as no word of the list begins with another.
3. Each word may have one typing error (a letter missing, added, replaced, or two swapped). No two words of the list are
   one error apart, so an error is always noticed. An error that two words could have is refused.
4. Where spaces do not help, the reading with the fewest errors counts, if it is the only one and has two at most.
5. No message repeats what was typed. The work is bounded: 200 bytes, then the letters that eight words can have.
"""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError
from keys.sealing.folding import fold
from keys.sealing.limits import CODENAME_FIELD_BYTES, CODENAME_WORDS
from keys.sealing.values import Codename

if TYPE_CHECKING:
    from collections.abc import Iterable

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_ERRORS_RUN_TOGETHER = 2
_Reading = tuple[str, ...]


class CodenameError(FormatError):
    """The words cannot be read. Says why, never which words.

    Args:
        message: what happened.
        remedy: what to do.
        position: which of the eight words is in doubt (1 to 8), where that is known.
    """

    def __init__(self, message: str, remedy: str, position: int | None = None) -> None:
        super().__init__(message, remedy)
        self.position = position


class WordList:
    """Folded words, unique and prefix-free, sorted."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    @staticmethod
    @cache
    def load(language: str = "en") -> WordList:
        """Read the list of a language that ships with Khomo; raises ``FormatError`` for another."""
        file = resources.files("keys.sealing") / "words" / f"{language}.txt"
        if not _LANGUAGE.fullmatch(language) or not file.is_file():
            raise FormatError("There is no word list for this language.")
        lines = file.read_text(encoding="utf-8").splitlines()
        return WordList(tuple(line for line in lines if line and not line.startswith("#")))

    def draw(self) -> Codename:
        """Draw eight words: more than 100 bits."""
        return Codename(tuple(secrets.choice(self.words) for _ in range(CODENAME_WORDS)))

    def read(self, text: str) -> Codename:
        """Read what a person typed; raises ``CodenameError``."""
        if len(text.encode(errors="replace")) > CODENAME_FIELD_BYTES:
            raise CodenameError("This is too long for eight words.", "Type only the eight words.")
        runs = fold(text)
        letters = "".join(runs)
        if not self._shortest - 1 <= len(letters) / CODENAME_WORDS <= self._longest + 1:
            raise CodenameError("These are not eight words of our list.", "Type all eight words from your paper.")
        return Codename(self._read_exactly(letters) or self._read_words(runs) or self._read_letters(letters))

    def _read_exactly(self, letters: str) -> _Reading | None:
        """Cut letters into eight words without an error; there is at most one way, as no word begins another."""
        reading, start = [], 0
        while start < len(letters):
            ends = range(start + self._shortest, start + self._longest + 1)
            word = next((letters[start:end] for end in ends if letters[start:end] in self._known), None)
            if word is None:
                return None
            reading.append(word)
            start += len(word)
        return tuple(reading) if len(reading) == CODENAME_WORDS else None

    def _read_words(self, runs: list[str]) -> _Reading | None:
        """Read eight runs as one word each; None if some run is no word, even with an error."""
        choices = [self._near(run) for run in runs]
        if len(runs) != CODENAME_WORDS or not all(choices):
            return None
        for position, choice in enumerate(choices, 1):
            if len(choice) > 1:
                raise CodenameError(f"Word {position} could be several words.", "Compare it with your paper.", position)
        return tuple(word for choice in choices for word in choice)

    def _read_letters(self, letters: str) -> _Reading:
        """Cut letters into eight words with the fewest errors, two at most, wherever the spaces stood."""
        row: dict[int, _Best] = {0: _Best(0, ((),))}
        for _ in range(CODENAME_WORDS):
            longer: dict[int, _Best] = {}
            for start, best in row.items():
                for end in range(start + self._shortest - 1, min(start + self._longest + 1, len(letters)) + 1):
                    if more := best.extended(letters[start:end], self._near(letters[start:end])):
                        longer[end] = more.or_better(longer.get(end))
            row = longer
        best = row.get(len(letters), _NOTHING)
        if len(best.readings) != 1:
            raise CodenameError("These words cannot be read with certainty.", "Compare each word with your paper.")
        return best.readings[0]

    def _near(self, run: str) -> frozenset[str]:
        """Return the words that are the run, or one error away from it."""
        if run in self._known:
            return frozenset({run})
        shorter = _without_one_letter(run)
        alike = {word for short in shorter for word in self._missing_one.get(short, ()) if _one_apart(run, word)}
        return frozenset(alike | (shorter & self._known) | set(self._missing_one.get(run, ())))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def _shortest(self) -> int:
        return min(map(len, self.words))

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.words))

    @cached_property
    def _missing_one(self) -> dict[str, list[str]]:
        """Every word with one letter taken out, and which words that can be."""
        index: dict[str, list[str]] = defaultdict(list)
        for word in self.words:
            for short in _without_one_letter(word):
                index[short].append(word)
        return dict(index)


@dataclass(frozen=True, slots=True)
class _Best:
    """Readings with the fewest errors up to some letter; two are kept, enough to see that there is a doubt."""

    errors: int
    readings: tuple[_Reading, ...]

    def extended(self, run: str, words: frozenset[str]) -> _Best | None:
        errors = self.errors + (run not in words)
        if not words or errors > _ERRORS_RUN_TOGETHER:
            return None
        return _Best(errors, _two((*reading, word) for reading in self.readings for word in words))

    def or_better(self, other: _Best | None) -> _Best:
        if other is None or self.errors < other.errors:
            return self
        if self.errors > other.errors:
            return other
        return _Best(self.errors, _two((*self.readings, *other.readings)))


_NOTHING = _Best(0, ())


def _two(readings: Iterable[_Reading]) -> tuple[_Reading, ...]:
    return tuple(sorted(set(readings))[:2])


def _without_one_letter(word: str) -> set[str]:
    return {word[:index] + word[index + 1 :] for index in range(len(word))}


def _one_apart(run: str, word: str) -> bool:
    """Tell whether one letter is replaced, or two neighbours are swapped, between different texts of one length."""
    apart = [index for index in range(len(run)) if run[index] != word[index]]
    first, last = apart[0], apart[-1]
    return first == last or (last == first + 1 and run[first] == word[last] and run[last] == word[first])
