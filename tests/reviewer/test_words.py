# ruff: noqa: RUF001 - Persian letters

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import display, words


@given(st.text())
def test_nothing_that_a_source_wrote_moves_a_cursor_or_turns_a_line(text: str) -> None:
    shown = display.visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf"} and c not in "\n\t\u200c\u200d"]


def test_ordinary_words_stay_as_they_are() -> None:
    text = "Zeile eins\r\nسطر\tمی\u200cخواهم"
    assert display.visible(text) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (131_072, "131 kB"), (52_428_800, "52 MB"), (2_147_483_648, "2.1 GB"),
     (5 * 10**12, "5000.0 GB")],
)  # fmt: skip
def test_sizes_are_for_people(number: int, shown: str) -> None:
    assert display.size(number) == shown


def test_audiences_are_said_in_words() -> None:
    assert words.audiences(["leads", "lawyer"]) == "a lawyer, the coalition's leads"
    assert words.audiences([]) == "nobody beyond the desk"
    assert words.audience("other") == "other"
