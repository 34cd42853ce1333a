"""The runbook for a seized server can be used on the day: a notice in every language, and plain words."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.readability import grade

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "docs/seized-server-runbook.md").read_text(encoding="utf-8")
LANGUAGES = tomllib.loads((ROOT / "intake/source/translations/languages.toml").read_text(encoding="utf-8"))
BLANKS = 4
"""Two days, the address, the names."""


def paragraphs(name: str) -> list[str]:
    quoted = RUNBOOK.split(f"\n### {name}\n")[1].split("\n#")[0].strip()
    return [" ".join(part.split("\n> ")).removeprefix("> ") for part in quoted.split("\n>\n")]


@pytest.mark.parametrize("code", LANGUAGES)
def test_there_is_a_notice_in_every_language_of_the_pages(code: str) -> None:
    notice, _, _ = paragraphs(LANGUAGES[code]["name"])
    assert notice.count("____") == BLANKS
    assert 200 < len(notice) < 900


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_notice_has_words_for_both_ways_in_which_a_server_is_lost(code: str) -> None:
    """Whoever fills it in in the first week writes nothing new, and promises nothing that may not hold."""
    notice, ours_until_then, somebody_inside = paragraphs(LANGUAGES[code]["name"])
    assert notice.count("(A / B)") == 1
    assert (ours_until_then[:6], ours_until_then.count("____")) == ("**A.**", 0)
    assert (somebody_inside[:6], somebody_inside.count("____")) == ("**B.**", 1)


def test_no_notice_says_without_condition_that_nobody_can_read_what_was_sent() -> None:
    notice, ours_until_then, somebody_inside = paragraphs("English")
    assert "can read" not in notice
    for said in (ours_until_then, somebody_inside):
        assert "before that day" in said.split(". ")[-1]
    assert "may have been read" in somebody_inside


def test_the_page_says_that_nobody_has_checked_the_notices_while_that_is_so() -> None:
    unchecked = [code for code, about in LANGUAGES.items() if about["checking"] == "not yet"]
    assert ("nobody who grew up with one of the other\nlanguages has checked" in RUNBOOK) == bool(unchecked)


def test_its_english_reads_like_grade_8_or_lower() -> None:
    prose = re.sub(r"```.*?```", "", RUNBOOK, flags=re.DOTALL).split("### Français")[0]
    prose = re.sub(r"^\|.*$|\[|\]\([^)]*\)|[*`>#_]", "", prose, flags=re.MULTILINE)
    assert grade(prose) <= 8
    assert all(grade(paragraph) <= 8 for paragraph in paragraphs("English"))


def test_hour_day_and_week_have_numbered_steps_that_say_who() -> None:
    for heading in ("The first hour", "The first day", "The first week"):
        steps = re.findall(r"^\d+\. (.*)$", RUNBOOK.split(f"\n## {heading}\n")[1].split("\n## ")[0], re.MULTILINE)
        assert len(steps) >= 5
        assert all(step.startswith("**") for step in steps), heading


def test_it_says_what_the_thief_has_and_where_that_was_tested() -> None:
    assert "(threat-model.md)" in RUNBOOK
    assert "(reviewer-guide.md#if-the-desk-is-lost)" in RUNBOOK
