"""Texts as they are compared: what makes no difference, what is found after edits, and texts made to do harm."""

from __future__ import annotations

import random

import pytest

from reviewer.likeness import limits, minhash
from reviewer.likeness.shingles import in_common, read

KEY = bytes(32)
SEED = 20261120
ARABIC = "يرمون النفايات في النهر كل ليلة ولا أحد يراقبهم أبدا"
TASHKEEL = "يَرْمُونَ النِّفَايَاتِ فِي النَّهْرِ كُلَّ لَيْلَةٍ وَلَا أَحَدٌ يُرَاقِبُهُمْ أَبَدًا"


def _shares_a_band(one: str, other: str) -> bool:
    first, second = (set(minhash.bands(read(text).runs, KEY)) for text in (one, other))
    return bool(first & second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ARABIC, TASHKEEL),
        ("They dump waste in the river.", "  they DUMP... waste\nin the — river"),
        ("La société a versé 300 € à l'élu", "la societe a verse ٣٠٠ a l elu"),
        ("on nous a dit de nous taire", "on\u200b nous a d\u0301it de nous taire"),
    ],
)
def test_what_is_typed_differently_and_means_the_same_is_the_same(one: str, other: str) -> None:
    assert read(one) == read(other)
    assert read(one).runs


def test_three_words_that_follow_each_other_are_a_run() -> None:
    assert read("One two three, four five.").runs == {"one two three", "two three four", "three four five"}


def test_scripts_without_spaces_are_cut_into_five_letters() -> None:
    runs = read("工厂每天晚上把废水倒进河里").runs
    assert "工厂每天晚" in runs
    assert len(runs) == 9
    mixed = read("Yesterday evening they 工厂每天晚上把废水 dumped it again").runs
    assert {"yesterday evening they", "工厂每天晚", "dumped it again"} <= mixed
    changed = read("工厂每天早上把废水倒进河里").runs
    assert 0 < len(runs & changed) < len(runs)


@pytest.mark.parametrize("text", ["", "Thank you", "one two three four", "?!" * 50_000, "\u064b" * 9, "谢谢你们"])
def test_a_text_that_says_too_little_is_like_nothing(text: str) -> None:
    assert read(text).runs == frozenset()


def test_nothing_is_like_nothing() -> None:
    assert in_common(read(""), read("")) == 0


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("a " * 50_000, 1),
        ("a" * 100_000, 1),
        ("ab" * 50_000, 2),
        ("中" * 33_333, 1),
        ("\U0010ffff" * 25_000, 0),
        ("\ud800 " * 9, 0),
    ],
)
def test_texts_that_are_made_to_be_slow_have_few_runs(text: str, runs: int) -> None:
    assert len(read(text).runs) == runs


def test_no_text_has_more_runs_than_count() -> None:
    dice = random.Random(SEED)
    without_spaces = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=100_000))
    runs = read(without_spaces).runs
    assert len(runs) <= limits.RUNS_MOST
    assert len(minhash.bands(runs, KEY)) == limits.BANDS


def test_texts_that_collide_in_one_vault_tell_nothing_about_another() -> None:
    """Whoever knows the program, and not the secret, cannot make a text with pieces of their choice."""
    runs = read("They dump waste in the river every single night").runs
    here, there = minhash.bands(runs, KEY), minhash.bands(runs, b"\1" * 32)
    assert not set(here) & set(there)
    assert minhash.digest("a b", KEY) != minhash.digest("a b", b"\1" * 32)


def test_pieces_of_a_signature_come_back_from_their_bytes() -> None:
    made = minhash.bands(["one run"], KEY)
    assert minhash.unpack(minhash.pack(made)) == made


def test_one_run_fills_every_bin_and_all_agree() -> None:
    assert len(set(minhash.bins(["one run"], KEY))) == 1


@pytest.mark.parametrize(("changed", "least"), [(2, 40), (5, 40), (10, 39)])
def test_edited_texts_are_found_and_called_alike(changed: int, least: int) -> None:
    """Of 40 texts of which so many words in a hundred were changed."""
    dice = random.Random(SEED + changed)
    words = [f"word{number}" for number in range(4_000)]
    weights = [1 / (rank + 1) for rank in range(len(words))]
    found = 0
    for _ in range(40):
        text = dice.choices(words, weights, k=dice.randint(60, 300))
        edited = [dice.choice(words) if dice.random() * 100 < changed else word for word in text]
        one, other = " ".join(text), " ".join(edited)
        found += _shares_a_band(one, other) and in_common(read(one), read(other)) >= limits.ALIKE_LEAST
    assert found >= least


def test_texts_of_strangers_on_one_matter_are_not_called_alike() -> None:
    one = "The factory by the harbour dumps waste into the river at night and the guards look away."
    other = "At night I saw lorries of the company at the river; the guards of the harbour looked away."
    assert in_common(read(one), read(other)) < limits.ALIKE_LEAST
