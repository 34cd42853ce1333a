"""Which words make a list: the rules of `docs/formats/codename.md`, and as many frequent words as they allow."""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

SIZE = 6_000
"""Words a list: 8 * log2(6,000) = 100.4 bits, as many as the English list has."""

POOL_STEP = 250
"""By how many words the pool grows until the rules leave enough of it."""


def choose(ranked: Sequence[str], size: int = SIZE) -> tuple[str, ...]:
    """Return a list of this size, sorted, out of as few of the most frequent words as will do.

    Args:
        ranked: candidates, the most frequent first.
        size: how many words the list has.
    """
    for end in range(size, len(ranked) + POOL_STEP, POOL_STEP):
        kept = most_that_fit(ranked[:end])
        if len(kept) >= size:
            rank = {word: number for number, word in enumerate(ranked)}
            return tuple(sorted(sorted(kept, key=rank.__getitem__)[:size]))
    raise ValueError(f"The rules leave {len(most_that_fit(ranked))} of {len(ranked)} words.")


def most_that_fit(ranked: Sequence[str]) -> set[str]:
    """Return many words of which no two conflict: again and again the word with the fewest conflicts is kept."""
    conflicts = conflicts_between(ranked)
    rank = {word: number for number, word in enumerate(ranked)}
    heap = [(len(conflicts[word]), number) for word, number in rank.items()]
    heapq.heapify(heap)
    kept: set[str] = set()
    gone: set[str] = set()
    while heap:
        degree, number = heapq.heappop(heap)
        word = ranked[number]
        if word in gone or word in kept or degree != len(conflicts[word] - gone):
            continue
        kept.add(word)
        rivals = conflicts[word] - gone
        gone |= rivals
        for other in set[str]().union(*(conflicts[rival] for rival in rivals)) - gone - kept:
            heapq.heappush(heap, (len(conflicts[other] - gone), rank[other]))
    return kept


def conflicts_between(words: Collection[str]) -> dict[str, set[str]]:
    """Return for each word those that may not stand beside it."""
    found: dict[str, set[str]] = {word: set() for word in words}
    for one, other in (*prefix_pairs(words), *alike_pairs(words)):
        found[one].add(other)
        found[other].add(one)
    return found


def prefix_pairs(words: Collection[str]) -> list[tuple[str, str]]:
    """Return the pairs of which one begins with the other."""
    known = set(words)
    return [(word[:end], word) for word in words for end in range(1, len(word)) if word[:end] in known]


def alike_pairs(words: Iterable[str]) -> set[tuple[str, str]]:
    """Return the pairs that one typing error turns into each other."""
    missing: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for index in range(len(word)):
            missing[word[:index] + word[index + 1 :]].add(word)
    known = set(words)
    pairs = {(short, word) for short, alike in missing.items() if short in known for word in alike}
    for alike in missing.values():
        pairs |= {(one, other) for one, other in combinations(sorted(alike), 2) if one_apart(one, other)}
    return pairs


def one_apart(one: str, other: str) -> bool:
    """Tell whether one letter is replaced, or two neighbours are swapped, between two words of one length."""
    if len(one) != len(other):
        return False
    apart = [index for index in range(len(one)) if one[index] != other[index]]
    first, last = apart[0], apart[-1]
    return first == last or (last == first + 1 and one[first] == other[last] and one[last] == other[first])
