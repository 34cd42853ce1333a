"""Letters that are written already, in every language of the pages: ``templates/<language>.toml``.

Rules:
1. The English file names the letters, says which of them ask for an answer, and which blanks stand in each. Every other
   language has the same letters with the same blanks; ``of`` names the English text that was translated.
2. A blank takes nothing of a case but what its source knows from the desk anyway: the organisation's name, a number of
   days, kinds of those who got the case, and what came of it. No name, no day, no time.
3. What is not so is not said: a case that went nowhere was not passed on.
4. No letter promises safety, an answer, or a day.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from keys.sealing.letter import Outcome
from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.trust import public_bundle
from reviewer.values import Disposition
from reviewer.vault.log_rows import ForwardRow, LeadRow, PackageRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from reviewer.vault.rows import CaseRow

SOURCE_LANGUAGE = "en"
LOST_WORDS = "lost-words"
DAYS = range(2, 91)
"""After how many days a source may be asked to look again: one day has another form in most languages."""

USUAL_DAYS = 14
BLANKS = frozenset({"organisation", "days", "audiences", "outcome"})


@dataclass(frozen=True)
class Language:
    """What there is in one language.

    Attributes:
        code: as in the path of the pages.
        draft: texts that nobody has read as a whole.
        checking: ``source``, ``native speaker`` or ``not yet``, as for the pages.
        texts: each letter, by name.
        of: of each letter, the beginning of the SHA-256 of the English text that it translates.
        questions: names of letters that ask for an answer; the English file says it for all.
        audiences: those who may get a case, in words.
        outcomes: what may come of one, in words.
    """

    code: str
    draft: bool
    checking: str
    texts: Mapping[str, str]
    of: Mapping[str, str]
    questions: frozenset[str]
    audiences: Mapping[str, str]
    outcomes: Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """Which letter, and what a reviewer says for its blanks; None takes the case's language, or its outcome."""

    name: str
    language: str | None = None
    days: int = USUAL_DAYS
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Filled:
    """A letter with its blanks filled in; ``language`` is the one that it is in, ``wanted`` the source's or chosen."""

    text: str
    question: bool
    language: Language
    wanted: str


@cache
def languages() -> Mapping[str, Language]:
    """Read what ships, English first."""
    folder = resources.files("reviewer") / "templates"
    codes = sorted(
        (one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")),
        key=lambda code: (code != SOURCE_LANGUAGE, code),
    )
    return {code: _language(code, tomllib.loads((folder / f"{code}.toml").read_text("utf-8"))) for code in codes}


def _language(code: str, table: dict[str, Any]) -> Language:
    letters: dict[str, dict[str, Any]] = table.pop("letter")
    return Language(
        code=code,
        texts={name: letter["text"] for name, letter in letters.items()},
        of={name: letter["of"] for name, letter in letters.items() if "of" in letter},
        questions=frozenset(name for name, letter in letters.items() if letter.get("question")),
        **table,
    )


def names() -> tuple[str, ...]:
    """All letters, in the order in which a case meets them."""
    return tuple(languages()[SOURCE_LANGUAGE].texts)


def is_question(name: str) -> bool:
    """Whether a letter asks for an answer."""
    return name in languages()[SOURCE_LANGUAGE].questions


def blanks(text: str) -> frozenset[str]:
    """Names of what has to be filled in."""
    return frozenset(name for _before, name, _form, _conversion in Formatter().parse(text) if name is not None)


def mark_of(english: str) -> str:
    """What a translation bears in ``of``: which English text it translates."""
    return hashlib.sha256(english.encode()).hexdigest()[:8]


def fill(rows: Session, case_id: int, choice: Choice) -> Filled:
    """Give a letter for the source of a case; raises ReviewerError where it would say what is not so."""
    case = get_case(rows, case_id)
    wanted = choice.language or case.language
    language = languages().get(wanted, languages()[SOURCE_LANGUAGE])
    _check(choice)
    text = language.texts[choice.name]
    needed, known = blanks(text), {"days": str(choice.days), "organisation": public_bundle(rows).organisation}
    if "audiences" in needed:
        known["audiences"] = "\n".join(f"- {language.audiences[one]}" for one in _went_to(rows, case))
    if "outcome" in needed:
        known["outcome"] = language.outcomes[_outcome(case, choice)]
    return Filled(text.format_map(known), is_question(choice.name), language, wanted)


def _check(choice: Choice) -> None:
    if choice.name not in names():
        raise ReviewerError(f"There is no template {choice.name!r}.", f"There are: {', '.join(names())}.")
    if choice.language is not None and choice.language not in languages():
        raise ReviewerError(
            f"No template is in the language {choice.language!r}.", f"There are: {', '.join(languages())}."
        )
    if choice.days not in DAYS:
        raise ReviewerError(f"A letter names {DAYS.start} to {DAYS.stop - 1} days.", "Give another number with --days.")


def _went_to(rows: Session, case: CaseRow) -> list[str]:
    """Kinds of those to whom a case went, in the order of the pages."""
    query = select(LeadRow.audience).join(PackageRow, PackageRow.lead == LeadRow.name)
    query = query.join(ForwardRow, ForwardRow.id == PackageRow.forward_id)
    gone = set(rows.scalars(query.where(ForwardRow.case_id == case.id, ForwardRow.leaf_number.is_not(None))))
    if not gone:
        raise ReviewerError(
            f"Case {case.id} has gone to nobody yet.", "Write that it was passed on when an outbox has taken it along."
        )
    return [name for name in languages()[SOURCE_LANGUAGE].audiences if name in gone]


def _outcome(case: CaseRow, choice: Choice) -> str:
    closed = case.disposition in {Disposition.CLOSED, Disposition.SPAM}
    stands = (case.outcome or Outcome.CANNOT_TELL.value) if closed else None
    said = choice.outcome.value if choice.outcome else stands
    if said is None:
        raise ReviewerError(
            f"Case {case.id} is not closed: nothing says what came of it.",
            f"Say it with --outcome: {', '.join(one.value for one in Outcome)}.",
        )
    if stands not in {None, said}:
        raise ReviewerError(
            f"Case {case.id} is closed with the outcome {stands}: its source would read two.",
            f"Leave --outcome away, or change it: khomo-reviewer triage {case.id} --outcome {said}",
        )
    return said
