# ruff: noqa: RUF001 - Persian letters

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.manifest import Health
from reviewer import display, letter_words, words
from reviewer.health import DeskHealth


@given(st.text())
def test_every_line_of_a_quoted_text_stands_after_the_mark_and_moves_no_cursor(text: str) -> None:
    lines = list(display.quoted(text))
    assert all(line.startswith("\u2502") for line in lines)
    assert not [c for line in lines for c in line if unicodedata.category(c) in {"Cc", "Zl", "Zp"} and c != "\t"]


def test_ordinary_words_stay_as_they_are() -> None:
    assert list(display.quoted("Zeile eins\r\nسطر\tمی\u200cخواهم")) == ["│ Zeile eins", "│ سطر\tمی\u200cخواهم"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (131_072, "131 kB"), (52_428_800, "52 MB"), (2_147_483_648, "2.1 GB"),
     (5 * 10**12, "5000.0 GB")],
)  # fmt: skip
def test_sizes_are_for_people(number: int, shown: str) -> None:
    assert display.size(number) == shown


def test_audiences_are_said_in_words() -> None:
    assert letter_words.audiences(["leads", "lawyer"]) == "a lawyer, the coalition's leads"
    assert letter_words.audiences([]) == "nobody beyond the desk"
    assert letter_words.audience("other") == "other"


FINE = DeskHealth(
    server=Health(7, 10**9, "0.1.0"), bundle_number=3, silent_days=1, silence_is_long=False, unfinished=False,
    epoch_ends_in=60, unread=2, danger=1, sealed=4, disputed=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"bundle_number": None}, ["No bundle has been imported yet."]),
        (
            {"bundle_number": None, "silent_days": 9, "silence_is_long": True},
            ["No bundle has been imported yet.", "ATTENTION: no bundle for 9 days."],
        ),
        ({"silent_days": 1, "silence_is_long": True}, ["ATTENTION: no bundle for 1 day."]),
        ({"silent_days": 9, "silence_is_long": True}, ["ATTENTION: no bundle for 9 days."]),
        ({"unfinished": True}, ["ATTENTION: an import did not end. Run it again with the same bundle."]),
        (
            {"server": Health(7, 10**9, "0.1.0", ("full\x1b[2J\nBundle 99: 0 rows. All is well.",))},
            ["ATTENTION: the server says: full\ufffd[2J Bundle 99: 0 rows. All is well."],
        ),
        ({"epoch_ends_in": 5}, ["ATTENTION: the last epoch ends in 5 days. Run: khomo-keys epoch new"]),
        (
            {"epoch_ends_in": None},
            ["ATTENTION: nobody can send to this desk: its last epoch is over. Run: khomo-keys epoch new"],
        ),
        ({"late": 1}, ["ATTENTION: the letter to 1 source is late: khomo-reviewer list --due late"]),
        ({"late": 2}, ["ATTENTION: the letters to 2 sources are late: khomo-reviewer list --due late"]),
        ({"disputed": 2}, ["2 mailboxes are disputed: somebody may be posing as a source."]),
    ],
)
def test_what_needs_attention_is_said_first(changes: dict[str, Any], said: list[str]) -> None:
    found = replace(FINE, **changes)
    assert list(words.health(found)) == said
    assert list(words.status(found))[: len(said)] == said


def test_the_desk_at_a_glance() -> None:
    assert list(words.status(FINE)) == [
        "Last bundle: number 3, 1 day old.",
        "Server: version 0.1.0, 1.0 GB free, people could reach it on 7 days since the bundle before.",
        "Cases: 2 unread, 1 with danger. Rows kept sealed: 4.",
    ]
    assert next(words.status(replace(FINE, server=None, bundle_number=None))) == "No bundle has been imported yet."
