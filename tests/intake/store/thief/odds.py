"""How far a thief does better than chance, as a number of standard deviations.

Every figure here is 0 with a standard deviation of 1 if what the thief looks at has nothing to do with the truth.
``ORDER`` and ``LINK`` are where the test says no: with the sixty or so figures of one run, chance alone gets there less
often than once in ten thousand runs.
"""

from __future__ import annotations

from math import sqrt
from statistics import fmean, pstdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

ORDER = 5.5
"""Of a normal variable: two in 10^8 a figure."""

LINK = 7.0
"""Of a sum of squares with 15 or more degrees of freedom: three in 10^6 a figure."""

PERMUTATIONS = 200


def ranks(values: Sequence[float]) -> list[float]:
    """Return standardised ranks, equal ones sharing theirs; all 0 where the values tell nothing."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values)):
        places.setdefault(value, []).append(place)
    found = [fmean(places[value]) for value in values]
    middle, spread = fmean(found), pstdev(found)
    return [(rank - middle) / spread if spread else 0.0 for rank in found]


def rank_correlation(seen: Sequence[float], truth: Sequence[float]) -> float:
    """Return Spearman's rho; 0 where there is nothing to compare."""
    if len(seen) < 2:
        return 0.0
    return fmean(one * other for one, other in zip(ranks(seen), ranks(truth), strict=True))


def order_found(days: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float:
    """Say how far what is seen of each day's rows follows the order in which they came.

    Spearman's rho of n unrelated values has variance 1 / (n - 1), whatever the ties.
    """
    used = [(seen, truth) for seen, truth in days if len(seen) > 2 and len(set(seen)) > 1]
    if not used:
        return 0.0
    return sum(sqrt(len(seen) - 1) * rank_correlation(seen, truth) for seen, truth in used) / sqrt(len(used))


def links_found(days: Sequence[tuple[Sequence[float], Sequence[str]]], chance: random.Random) -> float:
    """Say how far rows of one source lie alike among the rows of their days, against shuffled sources."""
    standard = [(ranks(seen), list(names)) for seen, names in days if len(set(seen)) > 1]
    if not standard:
        return 0.0
    found = _likeness(standard)
    baseline = []
    for _ in range(PERMUTATIONS):
        for _seen, names in standard:
            chance.shuffle(names)
        baseline.append(_likeness(standard))
    return (found - fmean(baseline)) / (pstdev(baseline) or 1.0)


def _likeness(days: Sequence[tuple[Sequence[float], Sequence[str]]]) -> float:
    sums: dict[str, float] = {}
    for seen, names in days:
        for value, name in zip(seen, names, strict=True):
            sums[name] = sums.get(name, 0.0) + value
    return sum(total * total for total in sums.values())


def worst(figures: Mapping[str, float]) -> tuple[str, float]:
    """Return the figure that is farthest from chance."""
    return max(figures.items(), key=lambda item: abs(item[1]), default=("nothing seen", 0.0))
