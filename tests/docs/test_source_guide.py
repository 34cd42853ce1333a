"""The guide for sources says what the pages say, where a difference would cost somebody a report."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def plain(path: str) -> str:
    """Return the words of a page without quotation marks and signs of emphasis, in one line."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return " ".join(text.translate({ord(mark): None for mark in '“”"*'}).split())


@pytest.mark.parametrize(
    "said",
    [
        "stop, but leave the page open: your text is still in it",
        "Does your box open? Then your text is with us. Add the file there.",
        "If it does not open, go back to the first tab and press Send again.",
        "Do not reload the form, and do not choose New circuit for this site there.",
        "Your text goes, and the page then shows eight other words.",
        "Cross out the old words, write down the new ones, and write again.",
    ],
)
def test_to_whom_nothing_moves_guide_and_page_say_the_same(said: str) -> None:
    """A form that is loaded anew shows other words than those on the paper: whoever follows must never keep the old."""
    for path in ("docs/source-guide.md", "intake/source/templates/how_to.html"):
        assert said in plain(path).replace("Stop", "stop")
