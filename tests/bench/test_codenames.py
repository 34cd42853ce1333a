"""The statistic that the table shows is the one of the books."""

from __future__ import annotations

import random

import pytest

from bench.codenames import KINDS, TRIES, compared, distance, five_percent_value
from bench.figures import table


@pytest.mark.parametrize(
    ("ones", "others", "apart"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.0),
        ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], 0.0),
        ([1.0, 2.0], [3.0, 4.0], 1.0),
        ([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.0], 0.5),
        ([1.0, 1.0, 2.0], [1.0, 2.0, 2.0], 1 / 3),
        ([5.0], [1.0, 5.0, 9.0], 1 / 3),
    ],
)
def test_the_distance_is_the_largest_between_the_two_steps(
    ones: list[float], others: list[float], apart: float
) -> None:
    assert distance(ones, others) == pytest.approx(apart)
    assert distance(others, ones) == pytest.approx(apart)


def test_the_five_percent_value_is_that_of_the_tables() -> None:
    assert five_percent_value(1500, 1500) == pytest.approx(0.0496, abs=1e-4)
    assert five_percent_value(100, 50) == pytest.approx(0.2352, abs=1e-4)


def test_one_pair_of_equals_in_twenty_is_further_apart() -> None:
    dice = random.Random(7)
    limit = five_percent_value(300, 300)
    pairs = [([dice.random() for _ in range(300)], [dice.random() for _ in range(300)]) for _ in range(400)]
    further = sum(distance(*pair) > limit for pair in pairs)
    assert 4 <= further <= 40


def test_a_small_difference_is_seen_with_as_many_as_we_measure() -> None:
    dice = random.Random(8)
    ones = [dice.gauss(4.0, 0.4) for _ in range(1500)]
    others = [dice.gauss(4.1, 0.4) for _ in range(1500)]
    assert distance(ones, others) > five_percent_value(1500, 1500)


@pytest.mark.parametrize(("later", "said"), [(0.0, "no difference seen: reached"), (0.2, "no difference seen: MISSED")])
def test_the_table_says_in_words_whether_a_difference_was_seen(later: float, said: str) -> None:
    dice = random.Random(9)
    taken = {kind: [dice.gauss(4.0, 0.4) for _ in range(TRIES)] for kind in KINDS}
    taken["known"] = [one + later for one in taken["known"]]
    (row,) = (line for line in table([compared("known", "unknown", taken)]).splitlines() if "known and" in line)
    assert row.endswith(said)
    assert "Kolmogorov-Smirnov" in row
    assert "0.04959 is the 5 % value" in row
