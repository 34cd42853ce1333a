"""What the desk says on a terminal of a source's answers and consent, to be translated.

Questions and answers are words of others: questions stand in one line, answers after the mark.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from keys.sealing.answers import CHILD, DANGER, answer_from_json, says_yes
from keys.sealing.display import one_line
from keys.sealing.submission import IfSilent
from reviewer.consent import consent_from_text
from reviewer.display import quoted
from reviewer.letter_words import audiences
from reviewer.name_words import NONE_YET, WISH
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.sealing.answers import Given
    from reviewer.vault.rows import ArrivalRow, CaseRow


def consent(case: CaseRow, *, has_name: bool) -> Iterator[tuple[str, str]]:
    """What the source allows, each with its name; what was not asked for is left out."""
    said = consent_from_text(case.consent)
    yield _("may be seen by"), audiences(said.may_see)
    if said.never:
        yield _("must NEVER be seen by, in the source's words"), one_line(said.never)
    if said.originals:
        yield _("files as they came"), _("may leave the desk")
    if said.if_silent is IfSilent.FORWARD:
        yield _("if the source never comes back"), _("may go on within this consent")
    if said.name_apart:
        yield _("the source's name"), WISH if has_name else f"{WISH}; {NONE_YET}"


def answers(arrival: ArrivalRow) -> Iterator[str]:
    """What one row answered, under a heading; nothing if it answered nothing."""
    said = json.loads(arrival.answers or "{}")
    if not said:
        return
    yield ""
    yield _("--- answers of {day} ---").format(day=arrival.day)
    if says_yes(said, DANGER):
        yield _("ATTENTION: the source says that somebody is in danger.")
    if says_yes(said, CHILD):
        yield _("ATTENTION: the source says that a child is involved.")
    for answer in map(answer_from_json, said.values()):
        yield f"  {one_line(answer.question)}"
        yield from quoted(given_text(answer.given))


def answers_text(stored: str | None) -> str:
    """What was answered, without the questions: for whoever looks for a word of it."""
    return "\n".join(given_text(answer_from_json(one).given) for one in json.loads(stored or "{}").values())


def given_text(given: Given) -> str:
    """Return what was answered, one choice a line."""
    if isinstance(given, tuple):
        return "\n".join(one.text or one.code for one in given)
    return str(given)
