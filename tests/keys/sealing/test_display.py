"""What a screen would obey does not reach it; what people write with does."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.display import INSTEAD, harmless, one_line

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
