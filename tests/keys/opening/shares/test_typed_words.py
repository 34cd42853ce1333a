from __future__ import annotations

from itertools import pairwise
from string import ascii_lowercase
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.opening.shares.errors import ShareError
from keys.opening.shares.slip39 import ALL_WORDS, WORDS, Scheme, Share, split_secret
from keys.opening.shares.typed_words import TypedWords, TypingError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE = split_secret(bytes(32), Scheme(2, 3))[0]
TEXT = " ".join(SHARE.expose())


def typed(*lines: str) -> tuple[TypedWords, list[TypingError]]:
    words, wrong = TypedWords(), []
    for line in lines:
        words, error = words.and_line(line)
        if error is not None:
            wrong.append(error)
    return words, wrong


def as_typed(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Spellings that people and paper give: cut, in capitals, numbered, over several lines."""

    def one(place: int, word: str) -> st.SearchStrategy[str]:
        return st.builds(
            lambda cut, upper, mark, gap: mark + (word[:cut].upper() if upper else word[:cut]) + gap,
            st.integers(4, 8),
            st.booleans(),
            st.sampled_from(["", f"{place}. ", f"{place} ", "- "]),
            st.sampled_from([" ", "  ", ", ", "\t", "\u00a0"]),
        )

    return st.tuples(*(one(place, word) for place, word in enumerate(words, 1))).map("".join)


@given(as_typed(SHARE.expose()))
@settings(max_examples=30)
def test_words_are_read_however_people_type_them(text: str) -> None:
    words, wrong = typed(text)
    assert not wrong
    assert words.complete
    assert words.share() == SHARE


@given(st.lists(st.integers(1, WORDS - 1), max_size=5).map(sorted))
def test_a_sheet_may_come_in_any_number_of_lines(cuts: list[int]) -> None:
    ends = [0, *cuts, WORDS]
    lines = [" ".join(SHARE.expose()[start:end]) for start, end in pairwise(ends)]
    words, wrong = typed(*lines)
    assert not wrong
    assert words.share() == SHARE


def with_one_error(word: str) -> set[str]:
    """Return what one wrong, missing, added or swapped letter makes of a word."""
    ends = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    wrong = {start + letter + end for start, end in ends for letter in ascii_lowercase}
    wrong |= {start + letter + end[1:] for start, end in ends for letter in ascii_lowercase if end}
    wrong |= {start + end[1:] for start, end in ends if end}
    return wrong | {start + end[1] + end[0] + end[2:] for start, end in ends if len(end) > 1}


def test_no_error_of_one_letter_makes_a_whole_word_of_another() -> None:
    words = set(ALL_WORDS)
    assert not [word for word in ALL_WORDS if with_one_error(word) & words - {word}]


def test_an_error_that_makes_the_beginning_of_another_word_is_noticed_and_its_place_named() -> None:
    share = next(share for share in many_shares() if {"main", "fake", "lamp"} & set(share.expose()))
    place, word = next((at, word) for at, word in enumerate(share.expose(), 1) if word in {"main", "fake", "lamp"})
    wrong = {"main": "fain", "fake": "make", "lamp": "vamp"}[word]
    read, error = typed(" ".join([*share.expose()[: place - 1], wrong, *share.expose()[place:]]))
    assert not error
    with pytest.raises(ShareError, match=f"Typed short: word {place}. Look there first"):
        read.share()


def a_long_one() -> Share:
    """Return a share of which the first six words have more than four letters."""
    return next(share for share in many_shares() if all(len(word) > 4 for word in share.expose()[:6]))


def many_shares() -> Iterator[Share]:
    while True:
        yield from split_secret(bytes(32), Scheme(2, 16))


@pytest.mark.parametrize(("short", "hint"), [(0, False), (1, True), (5, True), (6, False), (32, False)])
def test_only_a_few_places_are_a_hint(short: int, *, hint: bool) -> None:
    share = a_long_one()
    words = [*share.expose()[:-1], "academic" if share.expose()[-1] != "academic" else "acid"]
    read, _ = typed(" ".join(word[:4] if place < short else word for place, word in enumerate(words)))
    with pytest.raises(ShareError) as caught:
        read.share()
    assert ("Typed short" in str(caught.value)) is hint


def test_the_last_word_has_a_place_too() -> None:
    _, (wrong,) = typed(" ".join([*SHARE.expose()[:-1], "zzzz"]))
    assert str(wrong) == "Word 33 is not of the list. Look at your sheet and go on from word 33."


@given(st.integers(1, WORDS), st.sampled_from(["zzzz", "aca", "academix", "académicos", "слово"]))
def test_a_word_that_is_not_of_the_list_is_named_by_its_place_and_not_repeated(place: int, strange: str) -> None:
    words = list(SHARE.expose())
    words[place - 1] = strange
    read, (wrong,) = typed(" ".join(words))
    assert wrong.place == place == read.next_place
    assert f"Word {place} is not of the list." in str(wrong)
    assert strange not in str(wrong)
    read, error = read.and_line(" ".join(SHARE.expose()[place - 1 :]))
    assert error is None
    assert read.share() == SHARE


def test_a_word_too_many_begins_anew() -> None:
    read, (wrong,) = typed(TEXT + " academic")
    assert (read, wrong.place) == (TypedWords(), WORDS + 1)
    assert "more than 33 words" in str(wrong)


def test_words_that_do_not_fit_together_are_no_share() -> None:
    swapped = [*SHARE.expose()[:-1], "academic"]
    with pytest.raises(ShareError, match="together they are no share"):
        typed(" ".join(swapped))[0].share()


def test_too_few_words_are_no_share() -> None:
    read, _ = typed("academic acid")
    assert not read.complete
    with pytest.raises(ShareError):
        read.share()


def test_what_was_typed_is_not_printed() -> None:
    assert repr(typed("academic acid")[0]) == "TypedWords(2)"
