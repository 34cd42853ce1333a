"""The word list of one language: drawing eight words, and reading them back however a tired person types them.

Rules:
1. Words are drawn by the machine, each evenly from the whole list; nobody chooses them.
2. Read are the letters alone: case, accents, spaces, line breaks, hyphens and numbering do not matter, and words may
   run together or be torn apart, as no word of the list begins with another.
3. Each word may have one typing error (a letter missing, added, replaced, or two swapped). No two words of the list are
   one error apart, so an error is always noticed. An error that two words could have is refused.
4. Where spaces do not help, the reading with the fewest errors counts, if it is the only one and has two at most.
5. No message repeats what was typed. The work is bounded: 200 bytes, then the letters that eight words can have.
6. Words are compared as folding leaves them, and given out as the list spells them.
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
    from collections.abc import Callable, Iterable

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_ERRORS_RUN_TOGETHER = 2
_Words = tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed, folded: runs of letters, and all letters in one."""

    runs: tuple[str, ...]
    letters: str

    @classmethod
    def of(cls, text: str) -> Typed:
        """Fold a text; raises ``CodenameError`` if it is longer than any eight words."""
        if len(text.encode(errors="replace")) > CODENAME_FIELD_BYTES:
            raise CodenameError("This is too long for eight words.", "Type only the eight words.")
        runs = fold(text)
        return cls(tuple(runs), "".join(runs))


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings with the fewest errors; two are kept, enough to see that there is a doubt.

    Attributes:
        errors: how many the readings have.
        found: the words of each.
        doubt: the place of the first word in doubt (1 to 8), where words were typed apart.
    """

    errors: int
    found: tuple[_Words, ...]
    doubt: int | None = None

    def codename(self) -> Codename:
        """Return the one reading; raises ``CodenameError`` if there is none, or a doubt."""
        if len(self.found) == 1:
            return Codename(self.found[0])
        if self.doubt:
            raise CodenameError(f"Word {self.doubt} could be several words.", "Compare it with your paper.", self.doubt)
        raise CodenameError("These words cannot be read with certainty.", "Compare each word with your paper.")

    def extended(self, words: frozenset[str], errors: int) -> Readings | None:
        """Return the readings with one word more; ``None`` if there is no such word, or too many errors."""
        if not words or self.errors + errors > _ERRORS_RUN_TOGETHER:
            return None
        return Readings(self.errors + errors, _two((*reading, word) for reading in self.found for word in words))

    def or_better(self, other: Readings) -> Readings:
        """Return those with fewer errors, or both."""
        if self.errors != other.errors:
            return min(self, other, key=lambda readings: readings.errors)
        return Readings(self.errors, _two((*self.found, *other.found)))


NOTHING = Readings(CODENAME_WORDS + 1, ())
"""No reading, with more errors than any reading has."""


class WordList:
    """Words of one language; as folding leaves them they are unique and prefix-free."""

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

    def prepare(self) -> None:
        """Make now what reading needs, so that no request waits for it."""
        self.may_read(Typed((), ""))
        self._near("")

    def has_all(self, codename: Codename) -> bool:
        """Tell whether all words are of this list."""
        return self._spelled_words.issuperset(codename.expose().split(" "))

    def draw(self) -> Codename:
        """Draw eight words: more than 100 bits."""
        return Codename(tuple(secrets.choice(self.words) for _ in range(CODENAME_WORDS)))

    def read(self, text: str) -> Codename:
        """Read what a person typed; raises ``CodenameError``."""
        typed = Typed.of(text)
        if not self.may_read(typed):
            raise CodenameError("These are not eight words of our list.", "Type all eight words from your paper.")
        exact = self.exactly(typed)
        return (exact if exact.found else self.nearly(typed)).codename()

    def may_read(self, typed: Typed) -> bool:
        """Tell whether the letters are as many as eight words have, and of the list's script but for one a word."""
        strange = sum(letter not in self._alphabet for letter in typed.letters)
        fits = self._shortest - 1 <= len(typed.letters) / CODENAME_WORDS <= self._longest + 1
        return fits and strange <= CODENAME_WORDS

    def exactly(self, typed: Typed) -> Readings:
        """Cut letters into eight words without an error; there is at most one way, as no word begins another."""
        letters, start = typed.letters, 0
        reading: list[str] = []
        while start < len(letters) and len(reading) <= CODENAME_WORDS:
            ends = range(start + self._shortest, start + self._longest + 1)
            word = next((letters[start:end] for end in ends if letters[start:end] in self._spelled), None)
            if word is None:
                return NOTHING
            reading.append(self._spelled[word])
            start += len(word)
        return Readings(0, (tuple(reading),)) if len(reading) == CODENAME_WORDS else NOTHING

    def nearly(self, typed: Typed) -> Readings:
        """Read with errors: run by run if that gives eight words, else wherever the spaces stand."""
        near = cache(self._near)
        return self._nearly_by_runs(typed.runs, near) or self._nearly_by_letters(typed.letters, near)

    def _nearly_by_runs(self, runs: tuple[str, ...], near: Callable[[str], frozenset[str]]) -> Readings | None:
        """Read eight runs as one word each; ``None`` if some run is no word, even with an error."""
        choices = [sorted(near(run)) for run in runs]
        if len(runs) != CODENAME_WORDS or not all(choices):
            return None
        doubt = next((place for place, choice in enumerate(choices, 1) if len(choice) > 1), None)
        first, last = (tuple(choice[at] for choice in choices) for at in (0, -1))
        return Readings(sum(run not in self._spelled for run in runs), _two((first, last)), doubt)

    def _nearly_by_letters(self, letters: str, near: Callable[[str], frozenset[str]]) -> Readings:
        """Cut letters into eight words with the fewest errors, two at most, wherever the spaces stood."""
        row: dict[int, Readings] = {0: Readings(0, ((),))}
        for _ in range(CODENAME_WORDS):
            longer: dict[int, Readings] = {}
            for start, readings in row.items():
                for end in range(start + self._shortest - 1, min(start + self._longest + 1, len(letters)) + 1):
                    run = letters[start:end]
                    if more := readings.extended(near(run), run not in self._spelled):
                        longer[end] = more.or_better(longer.get(end, NOTHING))
            row = longer
        return row.get(len(letters), NOTHING)

    def _near(self, run: str) -> frozenset[str]:
        """Return the words, as they are spelled, that are the run or one error away from it."""
        if run in self._spelled:
            return frozenset({self._spelled[run]})
        shorter = _without_one_letter(run)
        alike = {word for short in shorter for word in self._missing_one.get(short, ()) if _one_apart(run, word)}
        alike |= (shorter & self._spelled.keys()) | set(self._missing_one.get(run, ()))
        return frozenset(self._spelled[word] for word in alike)

    @cached_property
    def _spelled(self) -> dict[str, str]:
        """Every word as folding leaves it, and as the list spells it."""
        return {"".join(fold(word)): word for word in self.words}

    @cached_property
    def _spelled_words(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def _alphabet(self) -> frozenset[str]:
        return frozenset("".join(self._spelled))

    @cached_property
    def _shortest(self) -> int:
        return min(map(len, self._spelled))

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._spelled))

    @cached_property
    def _missing_one(self) -> dict[str, tuple[str, ...]]:
        """Every folded word with one letter taken out, and which words that can be."""
        index: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for word in self._spelled:
            alone = (word,)
            for short in _without_one_letter(word):
                index[short] = index[short] + alone if short in index else alone
        return dict(index)


def _two(readings: Iterable[_Words]) -> tuple[_Words, ...]:
    return tuple(sorted(set(readings))[:2])


def _without_one_letter(word: str) -> set[str]:
    return {word[:index] + word[index + 1 :] for index in range(len(word))}


def _one_apart(run: str, word: str) -> bool:
    """Tell whether one letter is replaced, or two neighbours are swapped, between different texts of one length."""
    apart = [index for index in range(len(run)) if run[index] != word[index]]
    first, last = apart[0], apart[-1]
    return first == last or (last == first + 1 and run[first] == word[last] and run[last] == word[first])
