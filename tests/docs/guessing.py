"""What a flood of guesses at codenames can hope for, for each word list that ships: ``python -m tests.docs.guessing``.

Prints the lines of the table in docs/operator-reference.md.

Whatever is typed is read as one codename at the most, so a try has one chance in (words of the list)**8 to be a given
codename, and no typing error that is forgiven makes it more. How many typed forms one codename has is counted beside:
each word as it is, or with one error that no other word could have, in letters of the list.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from keys.sealing.codename import CodenameError, WordList
from keys.sealing.limits import CODENAME_WORDS
from tests.keys.sealing.typing_errors import typing_errors

TRIES_A_SECOND = 1000
"""More than two cores answer."""
MAILBOXES = 10_000
YEAR_SECONDS = 365 * 24 * 3600
SAMPLE = 8
"""Words of a list whose typed forms are counted."""


@dataclass(frozen=True)
class Guessing:
    """What guessing at codenames of one list comes to."""

    language: str

    @cached_property
    def words(self) -> WordList:
        """The list."""
        return WordList.load(self.language)

    @property
    def bits(self) -> float:
        """Of one codename."""
        return CODENAME_WORDS * math.log2(len(self.words.words))

    @property
    def chance_a_year(self) -> float:
        """That one of all mailboxes is opened in a year of tries."""
        return TRIES_A_SECOND * YEAR_SECONDS * MAILBOXES / float(len(self.words.words)) ** CODENAME_WORDS

    @property
    def forms_bits(self) -> float:
        """How many typed forms a codename has, as a power of two: of a few words, the same ones each time."""
        dice = random.Random(self.language)  # which words are counted is no secret
        counts = [self._forms(word) for word in dice.sample(self.words.words, SAMPLE)]
        return CODENAME_WORDS * math.log2(sum(counts) / SAMPLE)

    @cached_property
    def _letters(self) -> list[str]:
        return sorted(set("".join(self.words.words)))

    def _forms(self, word: str) -> int:
        """Count what is read as this word where it stands among seven others."""
        others = [other for other in self.words.words[:: len(self.words.words) // 9] if other != word][:7]
        expected = " ".join((word, *others))
        return sum(self._reads_as(" ".join((typed, *others)), expected) for typed in typing_errors(word, self._letters))

    def _reads_as(self, typed: str, expected: str) -> bool:
        try:
            return self.words.read(typed).expose() == expected
        except CodenameError:
            return False

    def line(self) -> str:
        """Return the line of the table."""
        exponent = math.floor(math.log10(self.chance_a_year))
        chance = f"{math.ceil(self.chance_a_year / 10**exponent)} in 10^{-exponent}"
        return f"| {self.language} | {len(self.words.words):,} | {self.bits:.1f} | 2^{self.forms_bits:.0f} | {chance} |"


def languages() -> list[str]:
    """Return the languages whose lists ship."""
    found = (resources.files("keys.sealing") / "words").iterdir()
    return sorted(file.name.removesuffix(".txt") for file in found if file.name.endswith(".txt"))


if __name__ == "__main__":
    for code in languages():
        print(Guessing(code).line())  # noqa: T201
