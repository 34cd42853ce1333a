"""How hard the English texts are to read, by the Flesch-Kincaid grade; each page as a whole is in ``test_pages``."""

from __future__ import annotations

from deploy.texts import collect
from keys.sealing.vocabulary import vocabulary
from tests.readability import grade

OFFICIAL = frozenset(vocabulary().values())
"""Names of offences as treaties have them; they stand in a list to tick."""

TEXTS = [text if isinstance(text, str) else text[-1] for text in collect()]
OURS = [text for text in TEXTS if text not in OFFICIAL]
HARDEST = 11
"""For one text alone: a long word in a short question weighs much."""


def test_all_that_the_pages_can_say_reads_like_grade_8_or_lower() -> None:
    assert grade("\n".join(OURS)) <= 8


def test_no_text_is_hard_by_itself() -> None:
    assert [text for text in OURS if grade(text) > HARDEST] == []
