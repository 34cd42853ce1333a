"""Answers as a test compares them: nobody but tests needs all of them read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.answers import answer_from_json, check_answers

if TYPE_CHECKING:
    from keys.sealing.answers import Answer
    from keys.sealing.canonical import JSON


def answers_from_json(value: JSON) -> dict[str, Answer]:
    """Read what stands in ``submission.json``; raises ``FormatError``."""
    return {name: answer_from_json(one) for name, one in check_answers(value).items()}
