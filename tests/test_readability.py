from __future__ import annotations

import pytest

from tests.readability import grade, sentences, syllables

COUNTED = {
    1: (
        "the we box words them sealed keys come passed use place where safe trust changed give through write "
        "proof asked whole scripts phone line goes does made known forced clothes"
    ),
    2: (
        "paper after open opened server person letter harmless answer reading being safest safely needed "
        "sealing table danger pages places people voices question browser little ended typing create quiet "
        "taken unchanged nation special device body email carries every"
    ),
    3: (
        "reviewers another envelope yesterday remember government piano journalist idea area serious video "
        "media period usual"
    ),
    4: (
        "independent authority information certificate coalition everybody material identity original "
        "organiser particular society"
    ),
    5: "organisation university",
}


@pytest.mark.parametrize(
    ("word", "count"), [(word, count) for count, words in COUNTED.items() for word in words.split()]
)
def test_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_sentences_end_at_full_stops_questions_and_lines_and_short_ones_do_not_count() -> None:
    text = (
        "We read what you send us. Do you know who did it? Send\nIt stays sealed on our server: nobody opens it there."
    )
    assert [len(words) for words in sentences(text)] == [6, 6, 6]


def test_the_grade_follows_the_published_formula() -> None:
    text = "We open the box and read what you sent."
    assert grade(text) == pytest.approx(0.39 * 9 + 11.8 * 10 / 9 - 15.59)
    assert grade("Send") == 0


def test_a_heavy_text_is_found_too_hard() -> None:
    assert (
        grade("The organisation's confidentiality obligations necessitate comprehensive authentication procedures.")
        > 20
    )
    assert grade("We keep your words in a box. You can come back and read what we say.") < 4
