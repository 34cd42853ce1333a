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
        ({"silent_days": None}, ["No bundle has been imported yet."]),
        ({"silent_days": 1, "silence_is_long": True}, ["ATTENTION: no bundle for 1 day."]),
        ({"silent_days": 9, "silence_is_long": True}, ["ATTENTION: no bundle for 9 days."]),
        ({"unfinished": True}, ["ATTENTION: an import did not end. Run it again with the same bundle."]),
        (
            {"server": Health(7, 10**9, "0.1.0", ("full\x1b[2J",))},
            ["ATTENTION: the server says: full\ufffd[2J"],
        ),
        ({"epoch_ends_in": 5}, ["ATTENTION: the last epoch ends in 5 days. Run: khomo-keys epoch new"]),
        (
            {"epoch_ends_in": None},
            ["ATTENTION: nobody can send to this desk: its last epoch is over. Run: khomo-keys epoch new"],
        ),
        ({"disputed": 2}, ["2 mailboxes are disputed: somebody may be posing as a source."]),
    ],
)
def test_what_needs_attention_is_said_first(changes: dict[str, Any], said: list[str]) -> None:
    found = replace(FINE, **changes)
    assert list(words.health(found)) == said
    assert list(words.status(found))[: len(said)] == said


def test_the_desk_at_a_glance() -> None:
    assert list(words.status(FINE)) == [
        "Last bundle: number 3, 1 days old.",
        "Server: version 0.1.0, 1.0 GB free, reachable on 7 days since the bundle before.",
        "Cases: 2 unread, 1 with danger. Rows kept sealed: 4.",
    ]
    assert len(list(words.status(replace(FINE, server=None, bundle_number=None)))) == 1
