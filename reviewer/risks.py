"""What could lead from a forwarded case back to its source: asked before each forwarding, and kept in the history.

Rules:
1. Each question of ``QUESTIONS`` is answered, by a person, each time: nothing is taken over from an earlier time.
2. Few holders, or nobody knows how many: a retyped summary goes, and no file, unless a person says a second time that
   files go, and why.
3. Any other answer that is not ``no`` is a warning on the last page, with what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer import limits
from reviewer.errors import RefusedError, ReviewerError
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOLDERS = "holders"
FEW, MANY, UNKNOWN = "few", "many", "unknown"
NO = "no"
_SAFE = frozenset({NO, MANY})


@dataclass(frozen=True)
class Question:
    """One question: its name in ``--risk NAME=ANSWER``, its words, its answers, and what to do unless all is well."""

    name: str
    asks: str
    answers: tuple[str, ...]
    advice: str


_YES_NO = (NO, "yes", UNKNOWN)

QUESTIONS = (
    Question(
        HOLDERS,
        _("How many people could know this, or hold the document? A list of readers, a team, a meeting: count them."),
        (MANY, FEW, UNKNOWN),
        _("Few people could have told you. Tell it in your own words, and leave out what only they know."),
    ),
    Question(
        "marks",
        _("Does a file bear marks of one copy: a number, a stamp, a name, a torn edge, a pattern of crops?"),
        _YES_NO,
        _("A mark names the copy, and the copy names who had it. Type the text anew."),
    ),
    Question(
        "dots",
        _("Was a file printed in colour and scanned? Printers put fine yellow dots on each page."),
        _YES_NO,
        _("The dots tell the printer, the day and the hour. Type the text anew; a picture keeps them."),
    ),
    Question(
        "handwriting",
        _("Is there handwriting on it, or a signature?"),
        _YES_NO,
        _("Colleagues know a hand. Type what it says."),
    ),
    Question(
        "wording",
        _("Does your text, or a file, keep words or mistakes that are the source's own?"),
        _YES_NO,
        _("People are known by how they write. Say it in your own words."),
    ),
    Question(
        "metadata",
        _("Could a file still hold data about who made it, with what, where and when?"),
        _YES_NO,
        _("Make the file anew from its pixels, or type it."),
    ),
    Question(
        "place-time",
        _("Does it tell a place and a time that only few people share?"),
        _YES_NO,
        _("Say a wider place and a longer time, or leave them out: --withhold LEAD:FIELD keeps a field from a lead."),
    ),
)
"""In the order in which they are asked."""

_BY_NAME = {one.name: one for one in QUESTIONS}


def check_answers(answers: Mapping[str, str]) -> None:
    """Refuse unless every question is answered; raises RefusedError, or ReviewerError for what is no answer."""
    for name, answer in answers.items():
        if name not in _BY_NAME:
            raise ReviewerError(f"There is no question {name!r}.", f"Questions: {', '.join(_BY_NAME)}.")
        if answer not in _BY_NAME[name].answers:
            raise ReviewerError(f"{name} is not answered with {answer!r}.", f"Answers: {_choice(_BY_NAME[name])}.")
    missing = unanswered(answers)
    if missing:
        raise RefusedError(
            f"Nobody has said yet what could lead to the source: {', '.join(one.name for one in missing)}.",
            f"Look at it, then add: {' '.join(f'--risk {one.name}={_choice(one)}' for one in missing)}",
        )


def unanswered(answers: Mapping[str, str]) -> tuple[Question, ...]:
    """Which questions wait for an answer, in order."""
    return tuple(one for one in QUESTIONS if one.name not in answers)


def warnings(answers: Mapping[str, str]) -> Iterator[tuple[Question, str]]:
    """Questions whose answers do not say that all is well, with these answers."""
    for one in QUESTIONS:
        if answers[one.name] not in _SAFE:
            yield one, answers[one.name]


def check_files(answers: Mapping[str, str], *, has_files: bool, why: str) -> None:
    """Refuse files where few people could be the source, unless a person says why they go; raises RefusedError."""
    if not has_files or answers[HOLDERS] == MANY:
        if why:
            raise ReviewerError("A reason to send files is for a case of few holders with files.", "Leave it out.")
        return
    if not why.strip():
        raise RefusedError(
            f"Holders: {answers[HOLDERS]}. A file that few people had leads to the source: no file goes.",
            "Retype what matters in the summary. If files must go all the same: --files-anyway-because REASON",
        )
    if len(why) > limits.REASON_CHARACTERS:
        raise ReviewerError(f"A reason has at most {limits.REASON_CHARACTERS} characters.")


def _choice(question: Question) -> str:
    return "|".join(question.answers)
