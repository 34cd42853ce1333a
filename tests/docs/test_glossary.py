"""The words that programs and guides use without explaining them are explained on one page, in plain words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.readability import grade

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE))
WORDS = [word for word in ROWS if word not in {"word", "---"}]


def test_the_words_are_in_their_order() -> None:
    assert sorted(WORDS, key=lambda word: word.removeprefix("to ")) == WORDS


@pytest.mark.parametrize(
    "word", ["disposition", "epoch", "fingerprint", "fork", "head", "lane", "leaf", "public bundle", "row", "vault"]
)
def test_words_that_readers_did_not_know_are_there(word: str) -> None:
    assert word in ROWS


def test_it_reads_like_grade_8_or_lower() -> None:
    assert grade("\n".join(f"{ROWS[word]}." for word in WORDS)) <= 8


@pytest.mark.parametrize("guide", ["ceremony", "lead", "operator", "reviewer"])
def test_every_guide_for_those_who_type_commands_leads_to_it(guide: str) -> None:
    assert "(glossary.md)" in (DOCS / f"{guide}-guide.md").read_text(encoding="utf-8")
