"""Whether letters can be words of one list and, cut elsewhere, words of another (after Sardinas and Patterson, 1953).

Each list is prefix-free, so letters are cut in one way at most with it. With two lists the cuts can part: one list's
word is then longer, and letters of it hang over until the other list's next words have caught up. If no overhang can
ever be filled exactly, then letters that both lists can read are read alike.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def crossings(one: Collection[str], other: Collection[str]) -> set[tuple[str, str]]:
    """Return pairs (word of ``one``, word of ``other``) that end together after cuts that had parted; best none."""
    sides = (_Side(one), _Side(other))
    found: set[tuple[str, str]] = set()
    seen: set[tuple[int, str]] = set()
    ahead = [
        (side, word, word[len(short) :]) for side in (0, 1) for word, short in _parting(sides[side], sides[1 - side])
    ]
    while ahead:
        side, long_word, overhang = ahead.pop()
        for word in sides[1 - side].along(overhang):
            if word == overhang:
                found.add((long_word, word) if side == 0 else (word, long_word))
                continue
            behind = len(word) < len(overhang)
            state = (side, overhang[len(word) :]) if behind else (1 - side, word[len(overhang) :])
            if state not in seen:
                seen.add(state)
                ahead.append((state[0], long_word if behind else word, state[1]))
    return found


class _Side:
    """One list, and which of its words begin an overhang or begin with it."""

    def __init__(self, words: Collection[str]) -> None:
        self.known = frozenset(words)
        self.sorted = sorted(words)

    def along(self, overhang: str) -> Iterator[str]:
        yield from (overhang[:end] for end in range(1, len(overhang)) if overhang[:end] in self.known)
        for index in range(bisect_left(self.sorted, overhang), len(self.sorted)):
            if not self.sorted[index].startswith(overhang):
                return
            yield self.sorted[index]


def _parting(longer: _Side, shorter: _Side) -> Iterator[tuple[str, str]]:
    """Pairs of a word and a shorter one of the other list that it begins with."""
    for word in longer.sorted:
        yield from ((word, word[:end]) for end in range(1, len(word)) if word[:end] in shorter.known)
