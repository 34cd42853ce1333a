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


def notice(name: str) -> str:
    return RUNBOOK.split(f"\n### {name}\n")[1].split("\n#")[0].replace("\n> ", " ")


@pytest.mark.parametrize("code", LANGUAGES)
def test_there_is_a_notice_in_every_language_of_the_pages(code: str) -> None:
    text = notice(LANGUAGES[code]["name"])
    assert len(re.findall(r"____", text)) == BLANKS
    assert 200 < len(text) < 900


def test_the_page_says_that_nobody_has_checked_the_notices_while_that_is_so() -> None:
    unchecked = [code for code, about in LANGUAGES.items() if about["checking"] == "not yet"]
    assert ("nobody who grew up with one of the other\nlanguages has checked" in RUNBOOK) == bool(unchecked)


def test_its_english_reads_like_grade_8_or_lower() -> None:
    prose = re.sub(r"```.*?```", "", RUNBOOK, flags=re.DOTALL).split("### Français")[0]
    prose = re.sub(r"^\|.*$|\[|\]\([^)]*\)|[*`>#_]", "", prose, flags=re.MULTILINE)
    assert grade(prose) <= 8
    assert grade(notice("English")) <= 8


def test_hour_day_and_week_have_numbered_steps_that_say_who() -> None:
    for heading in ("The first hour", "The first day", "The first week"):
        steps = re.findall(r"^\d+\. (.*)$", RUNBOOK.split(f"\n## {heading}\n")[1].split("\n## ")[0], re.MULTILINE)
        assert len(steps) >= 5
        assert all(step.startswith("**") for step in steps), heading


def test_it_says_what_the_thief_has_and_where_that_was_tested() -> None:
    assert "(threat-model.md)" in RUNBOOK
    assert "(reviewer-guide.md#if-the-desk-is-lost)" in RUNBOOK
