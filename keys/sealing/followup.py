"""What a source does in the mailbox, as it stands inside the envelope of a row: in ``answers`` of ``submission.json``.

Rules:
1. Only a row whose part is a follow-up is one of these; all of them look alike from outside.
2. A desk that does not know an act reads the question and the answer in words, as of any field.
3. A desk follows an act only where the row is of the mailbox's own source. What it cannot read is a plain part of the
   report: it binds, and allows nothing.
4. Ids of these members begin with ``khomo_``; no form of an operator has such a field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from keys.sealing.answers import Answer, Chosen, answer_from_json, answers_to_json
from keys.sealing.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keys.sealing.canonical import JSON

T = TypeVar("T")

PREFIX = "khomo_"
_ACT = f"{PREFIX}act"
_QUESTION = f"{PREFIX}question"
_OPINION = f"{PREFIX}opinion_"
_ID = re.compile(r"[0-9a-f]{32}")


class Act(StrEnum):
    """What a follow-up does. The consent that a row names counts for ``CONSENT`` alone."""

    ADDITION = "addition"
    ANSWER = "answer"
    CONSENT = "consent"
    WRITE_OFF = "write-off"
    OPINION = "opinion"


class Asked(StrEnum):
    """What a source is asked about the service when a case is closed, beside a text."""

    EASY = "easy"
    HEARD = "heard"


class Rating(StrEnum):
    """How a source answers that."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


_ACTS = {
    Act.ADDITION: "adds something",
    Act.ANSWER: "answers a question of the desk",
    Act.CONSENT: "says anew who may see the case",
    Act.WRITE_OFF: "gives up the mailbox",
    Act.OPINION: "says what the service was like",
}
_WORDS = {Asked.EASY: "Was it easy to use?", Asked.HEARD: "Did we answer what mattered to you?"}


@dataclass(frozen=True, slots=True)
class Followup:
    """What a row does beside bringing a text and files.

    Attributes:
        act: what it is.
        question: of an answer, the letter's id of the question, 16 bytes in hex; else empty.
        ratings: of an opinion, what was ticked.
    """

    act: Act = Act.ADDITION
    question: str = ""
    ratings: Mapping[Asked, Rating] = field(default_factory=dict)

    def __post_init__(self) -> None:
        answers = self.act is Act.ANSWER
        if answers != bool(self.question) or (answers and not _ID.fullmatch(self.question)):
            raise FormatError("An answer names the question by 16 bytes in hex, and nothing else does.")
        if self.ratings and self.act is not Act.OPINION:
            raise FormatError("Only an opinion says what was ticked.")

    def to_answers(self) -> dict[str, JSON]:
        """Return the members of ``answers`` in ``submission.json``."""
        said = {_ACT: Answer("What the source does", (Chosen(self.act.value, _ACTS[self.act]),))}
        if self.question:
            said[_QUESTION] = Answer("Which question of the desk", self.question)
        for asked, rating in self.ratings.items():
            said[f"{_OPINION}{asked}"] = Answer(_WORDS[asked], (Chosen(rating.value, rating.value),))
        return answers_to_json(said)

    @classmethod
    def from_answers(cls, answers: Mapping[str, JSON]) -> Followup | None:
        """Read the members that begin with the prefix; ``None`` if there are none; raises ``FormatError``."""
        ours = {name: answer_from_json(answer) for name, answer in answers.items() if name.startswith(PREFIX)}
        if not ours:
            return None
        act = _known(Act, _code(ours.pop(_ACT, None)))
        question = ours.pop(_QUESTION, None)
        return cls(
            act=act,
            question="" if question is None else _id(question),
            ratings={
                _known(Asked, name.removeprefix(_OPINION)): _known(Rating, _code(one)) for name, one in ours.items()
            },
        )


def form_answers(answers: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the answers to the questions of a form alone."""
    return {name: answer for name, answer in answers.items() if not name.startswith(PREFIX)}


def _code(answer: Answer | None) -> str:
    given = () if answer is None else answer.given
    if not isinstance(given, tuple) or len(given) != 1:
        raise FormatError("A follow-up does not say in one word what it does.")
    return given[0].code


def _id(answer: Answer) -> str:
    if not isinstance(answer.given, str):
        raise FormatError("A follow-up names its question by something else than a text.")
    return answer.given


def _known(parse: Callable[[str], T], code: str) -> T:
    try:
        return parse(code)
    except ValueError:
        raise FormatError("A follow-up says something that this version does not know.") from None
