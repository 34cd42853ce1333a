"""Cuts a text into runs, which are what two texts may have in common. Pure.

Rules:
1. Texts are folded first as for search: case, accents, tashkeel and digits of any script make no difference; marks and
   spaces between words neither.
2. A run is three words that follow each other. Where a script has no spaces (Chinese, Japanese, Thai, Lao, Khmer,
   Burmese), and in what is too long for a word, a run is five letters.
3. A text of fewer than ``WORDS_LEAST`` words has no runs: it says too little to be like another.
4. No more than ``RUNS_MOST`` runs are taken, from the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from reviewer.likeness import limits
from reviewer.vault.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_SPACES = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Japanese, Chinese
    "\U00020000-\U0003ffff"  # rarer Chinese
)
_PIECE = re.compile(f"[{_NO_SPACES}]+|[^\\W{_NO_SPACES}]+")
_LETTERS = re.compile(f"[{_NO_SPACES}]")


@dataclass(frozen=True)
class Text:
    """A text as it is compared: all its folded words, and the set of its runs, which is empty if it is too short."""

    words: str
    runs: frozenset[str]


def read(text: str) -> Text:
    """Fold a text and cut it into runs."""
    pieces = _PIECE.findall(fold(text))
    if sum(map(_weight, pieces)) < limits.WORDS_LEAST:
        return Text(" ".join(pieces), frozenset())
    return Text(" ".join(pieces), frozenset(islice(_runs(pieces), limits.RUNS_MOST)))


def in_common(one: Text, other: Text) -> float:
    """Share of all runs of two texts that both have: 0 to 1."""
    shared = len(one.runs & other.runs)
    every = len(one.runs) + len(other.runs) - shared
    return shared / every if every else 0.0


def _is_letters(piece: str) -> bool:
    return len(piece) > limits.LONG_WORD or _LETTERS.match(piece) is not None


def _weight(piece: str) -> int:
    """How many words a piece counts for: two letters of a script without spaces are about one."""
    return max(1, len(piece) // 2) if _is_letters(piece) else 1


def _runs(pieces: list[str]) -> Iterator[str]:
    words: list[str] = []
    for piece in pieces:
        if not _is_letters(piece):
            words.append(piece)
            continue
        yield from _cut(words)
        words = []
        yield from _letters(piece)
    yield from _cut(words)


def _letters(piece: str) -> Iterator[str]:
    size = limits.RUN_LETTERS
    for start in range(max(1, len(piece) - size + 1)):
        yield piece[start : start + size]


def _cut(words: list[str]) -> Iterator[str]:
    """Runs of words; fewer words than a run has are one run."""
    if words:
        size = limits.RUN_WORDS
        for start in range(max(1, len(words) - size + 1)):
            yield " ".join(words[start : start + size])
