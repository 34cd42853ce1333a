"""Answers to the questions of a form, as they stand in ``submission.json``.

Rules:
1. An answer carries its question with it, in the first language of whoever made the form: a desk reads it without
   the form, years later.
2. Unknown keys, wrong types and ids of another shape are refused; all answers together have one limit, in bytes.
3. Three ids mean the same in every form: ``danger`` and ``child`` (whose ``yes`` a desk sorts first) and ``about_us``
   (which decides whose desk can open the report).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from keys.sealing.canonical import JSON, to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import ANSWERS_BYTES

DANGER = "danger"
CHILD = "child"
ABOUT_US = "about_us"
RESERVED = (DANGER, CHILD, ABOUT_US)
YES = "yes"

FIELD_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One thing that was chosen: its code for programs, its text for people."""

    code: str
    text: str


Given: TypeAlias = str | int | tuple[Chosen, ...]
"""A text, a number, or what was chosen."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question as the form asked it, and what was answered."""

    question: str
    given: Given


Answers: TypeAlias = Mapping[str, Answer]
"""Answers by the id of their field."""


def answers_to_json(answers: Answers) -> dict[str, JSON]:
    """Return what stands in ``submission.json``."""
    return {name: {"question": one.question, "answer": _given_to_json(one.given)} for name, one in answers.items()}


def check_answers(value: JSON) -> Mapping[str, JSON]:
    """Return what stands in ``submission.json`` if it is right; raises ``FormatError``."""
    if not isinstance(value, Mapping) or len(to_canonical(value)) > ANSWERS_BYTES:
        raise FormatError(f"The answers are not an object of at most {ANSWERS_BYTES} bytes.")
    for name, one in value.items():
        _check_id(name)
        answer_from_json(one)
    return value


def says_yes(answers: Mapping[str, JSON], field: str) -> bool:
    """Tell whether a question was answered with ``yes``; ``answers`` as they stand in ``submission.json``."""
    given = answer_from_json(answers[field]).given if field in answers else ()
    return isinstance(given, tuple) and any(one.code == YES for one in given)


def _given_to_json(given: Given) -> JSON:
    if isinstance(given, tuple):
        return [{"code": one.code, "text": one.text} for one in given]
    return given


def _check_id(name: str) -> None:
    if not FIELD_ID.fullmatch(name):
        raise FormatError("An answer belongs to no field that a form can have.")


def answer_from_json(value: JSON) -> Answer:
    """Read one answer; raises ``FormatError``."""
    with Fields(value, "answer") as fields:
        return Answer(fields.text("question", ANSWERS_BYTES), _given(fields.take("answer")))


def _given(value: JSON) -> Given:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Sequence):
        return tuple(map(_chosen, value))
    raise FormatError("An answer is neither a text, nor a number, nor a list of what was chosen.")


def _chosen(value: JSON) -> Chosen:
    with Fields(value, "choice") as fields:
        return Chosen(fields.parsed("code", _code), fields.text("text", ANSWERS_BYTES))


def _code(text: str) -> str:
    if not CODE.fullmatch(text):
        raise ValueError
    return text
