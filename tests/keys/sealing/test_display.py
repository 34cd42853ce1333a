"""What a screen would obey does not reach it; what people write with does."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.display import INSTEAD, MORE, NARROWEST, folded, harmless, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = [
    "صورة 12.jpg",
    "می‌خواهم",  # with a zero width non-joiner
    "क्‍ष",  # with a zero width joiner
    "שלום\u200f!",
    "5\u00a0000\u202f€",
    "報告\u3000一",
    "👩\u200d⚕\ufe0f",
    "\u0601\u0661\u0669\u0664\u0662",
    "e\u0301",
]

OBEYED = [
    "\x00",
    "\x07",
    "\x1b",
    "\x7f",
    "\x85",
    "\x9b",
    "\u202a",
    "\u202d",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u2028",
    "\u2029",
    "\u200b",
    "\u00ad",
    "\ufeff",
    "\ufff9",
    "\ud800",
    "\ue000",
    "\U000e0041",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_people_write_with_stays(text: str) -> None:
    assert harmless(text) == text
    assert one_line(text) == text


@pytest.mark.parametrize("sign", OBEYED, ids=lambda sign: f"U+{ord(sign):04X}")
def test_what_a_screen_obeys_is_replaced_by_something_that_is_seen(sign: str) -> None:
    assert harmless(f"a{sign}b") == f"a{INSTEAD}b"
    assert one_line(f"a{sign}b") == f"a{INSTEAD}b"


def test_lines_stay_lines_however_they_end() -> None:
    assert harmless("one\r\ntwo\rthree\n\tfour") == "one\ntwo\nthree\n\tfour"


def test_a_line_is_one_line() -> None:
    assert one_line("title\r\nSigned by: everybody\n\tyes\rno") == "title Signed by: everybody  yes no"


@given(st.text(st.characters()))
def test_nothing_obeyed_is_ever_left(text: str) -> None:
    """Shown once more it stays the same, and a line has no end in it."""
    for shown in (harmless, one_line):
        once = shown(text)
        assert shown(once) == once
        assert not {"Cc", "Cs", "Co", "Zl", "Zp"} & {unicodedata.category(one) for one in once if one not in "\n\t"}
    assert len(one_line(text).splitlines()) <= 1
    assert len(harmless(text)) <= len(text)


FORGED = "--- note by amina, 2026-11-20 ---"


def on_a_screen(lines: Iterable[str], columns: int) -> list[str]:
    """What stands on the lines of a screen that breaks, without a mark, whatever is wider than it is."""
    seen = []
    for line in lines:
        drawn, taken = "", 0
        for character in line:
            wide = (
                2 if unicodedata.east_asian_width(character) in "FW" or ord(character) in range(0x1F1E6, 0x1F200) else 1
            )
            if taken + wide > columns:
                seen.append(drawn)
                drawn, taken = "", 0
            drawn += character
            taken += wide
        seen.append(drawn)
    return seen


@pytest.mark.parametrize("columns", [40, 80, 132])
@pytest.mark.parametrize("filler", [" ", "a", "\u5831", "\U0001f1e6", "\u3000", "\u00a0"])
def test_no_place_in_a_long_line_begins_a_line_of_the_screen(filler: str, columns: int) -> None:
    """Whoever knows how wide the screen is puts a line of ours where the next one would begin."""
    for before in range(2 * columns):
        line = f"\u2502 {filler * before}{FORGED}{' ' * columns}{FORGED}"
        first, *others = on_a_screen(folded(line, columns), columns)
        assert first.startswith("\u2502 ")
        assert all(one.startswith(MORE) for one in others)


@given(st.text(st.characters(exclude_characters="\n")), st.integers(0, 200))
def test_a_folded_line_says_what_the_line_said_and_fits(line: str, columns: int) -> None:
    first, *others = folded(one_line(line), columns)
    assert all(one.startswith(MORE) for one in others)
    assert "".join((first, *(one.removeprefix(MORE) for one in others))) == one_line(line)
    assert all(len(one) < max(columns, NARROWEST) for one in (first, *others))


def test_words_stay_whole_where_they_can() -> None:
    assert list(folded("They dump waste in the river", 21)) == ["They dump waste in ", f"{MORE}the river"]
    assert list(folded("a\tb\tc\td", 20)) == ["a\tb\tc", f"{MORE}\td"]
    assert list(folded("", 80)) == [""]
