"""What counts as chance: nothing for unrelated things, much for related ones."""

from __future__ import annotations

import random

from tests.intake.store.thief.odds import LINK, ORDER, links_found, order_found, rank_correlation, ranks, worst

DAYS, ROWS = 5, 16


def test_ranks_are_standardised_and_equal_values_share_theirs() -> None:
    assert ranks([3.0, 3.0]) == [0.0, 0.0]
    low, middle, other, high = ranks([1, 5, 5, 9])
    assert middle == other == 0
    assert low == -high < 0


def test_the_same_order_correlates_wholly_and_the_reverse_against() -> None:
    assert round(rank_correlation([1, 2, 3], [10, 20, 30]), 9) == 1
    assert round(rank_correlation([1, 2, 3], [30, 20, 10]), 9) == -1
    assert rank_correlation([1], [1]) == 0


def test_an_order_that_is_left_is_found_and_one_that_is_gone_is_not() -> None:
    chance = random.Random(3)
    truth = list(range(ROWS))
    assert order_found([(truth, truth)] * DAYS) > ORDER
    figures = [order_found([(chance.sample(truth, ROWS), truth) for _ in range(DAYS)]) for _ in range(400)]
    assert max(map(abs, figures)) < ORDER
    assert 0.8 < sum(figure**2 for figure in figures) / len(figures) < 1.2
    assert order_found([([1.0] * ROWS, truth)]) == 0


def test_sources_that_lie_alike_every_day_are_found_and_others_are_not() -> None:
    chance = random.Random(4)
    names = [str(number) for number in range(ROWS)]
    places = list(range(ROWS))
    assert links_found([(places, names)] * DAYS, chance) > LINK
    shuffled = [[(chance.sample(places, ROWS), names) for _ in range(DAYS)] for _ in range(40)]
    assert max(links_found(days, chance) for days in shuffled) < LINK
    assert links_found([([1.0] * ROWS, names)], chance) == 0


def test_the_worst_figure_is_the_one_farthest_from_chance_on_either_side() -> None:
    assert worst({"a": 1.0, "b": -3.0}) == ("b", -3.0)
    assert worst({}) == ("nothing seen", 0.0)
