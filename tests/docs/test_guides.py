"""Guides are read under stress, by people for whom English is a second or third language, from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.readability import grade

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = sorted(path.name for path in DOCS.glob("*-guide.md"))
OTHERS = ["desk-laptop.md", "getting-khomo.md", "operator-reference.md", "phone-trial.md", "threat-model.md"]


def prose(page: str) -> str:
    """Return the sentences of a page: one paragraph a line, without code, tables and marks."""
    text = re.sub(r"```.*?```", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"^\s*\|.*$|\[|\]\([^)]*\)|[*`>#_]", "", text, flags=re.MULTILINE)
    return "\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n|\n(?=\s*(?:-|\d+\.) )", text))


@pytest.mark.parametrize("page", [*GUIDES, *OTHERS])
def test_it_reads_like_grade_8_or_lower(page: str) -> None:
    assert len(GUIDES) >= 6
    assert grade(prose(page)) <= 8


def test_the_operator_s_guide_goes_in_the_order_of_the_days() -> None:
    headings = re.findall(r"^## (.*)$", (DOCS / "operator-guide.md").read_text(encoding="utf-8"), re.MULTILINE)
    wanted = [
        *("The first day", "What you get from the desk", "Configure", "Install", "Back up", "Tell people"),
        *("Every round of the courier", "What to watch", "Upgrade, and go back", "Restore", "If the server is seized"),
    ]
    assert [heading for heading in headings if heading in wanted] == wanted


def test_what_is_long_and_seldom_read_is_in_the_reference() -> None:
    guide, reference = ((DOCS / f"operator-{name}.md").read_text(encoding="utf-8") for name in ("guide", "reference"))
    for table in ("| what is limited |", "| list | words |", "| what | figures |"):
        assert table in reference
        assert table not in guide
    assert len(guide.split()) <= 2600
