"""What the desk says on a terminal of letters, and of what a source does in the mailbox; to be translated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from keys.sealing.followup import Act, Asked, Rating
from keys.sealing.letter import EntryKind
from reviewer import letter_words
from reviewer.consent import consent_from_text
from reviewer.display import quoted
from reviewer.letters import week_of
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keys.sealing.submission import Consent
    from reviewer.followups import Opinions
    from reviewer.vault.rows import EntryRow, PartRow

NO_OPINIONS = _("No source has said yet what the service was like.")


def asked(code: str) -> str:
    """A question about the service."""
    return {Asked.EASY.value: _("Was it easy to use?"), Asked.HEARD.value: _("Did we answer what mattered?")}[code]


def rating(code: str) -> str:
    """An answer to it."""
    return {Rating.YES.value: _("yes"), Rating.PARTLY.value: _("partly"), Rating.NO.value: _("no")}[code]


def letter(entry: EntryRow) -> Iterator[str]:
    """One entry of a letter; receipts write themselves and are not shown."""
    if entry.kind == EntryKind.RECEIPT:
        return
    yield ""
    yield _("--- {kind} to the source, {day} ---").format(kind=entry.kind, day=entry.day)
    details = json.loads(entry.details)
    if entry.kind == EntryKind.FORWARDED:
        yield letter_words.told_forwarded(details["audiences"])
    elif entry.kind == EntryKind.CONSENT:
        yield letter_words.told_consent(details["audiences"], originals_allowed=details["originals"])
    else:
        yield from quoted(entry.text)


def acts(parts: Sequence[PartRow], letters: Sequence[EntryRow], counts: Consent) -> Iterator[str]:
    """What a source did in the mailbox, with the week; texts and files stand elsewhere. ``counts`` is what binds."""
    last = max((part.day for part in parts if part.act == Act.CONSENT), default=None)
    questions = {json.loads(one.details)["question"]: one for one in letters if one.kind == EntryKind.QUESTION}
    for part in parts:
        week = week_of(part.day)
        match part.act:
            case Act.ANSWER:
                yield _answer(week, questions.get(part.question or ""))
            case Act.CONSENT:
                yield _("{week}: the source said anew who may see the case. What counts stands above.").format(
                    week=week
                )
                if part.day == last:
                    yield from _wish(consent_from_text(part.consent), counts)
            case Act.WRITE_OFF:
                yield _("{week}: the source has given the box up. Nobody can read a letter any more.").format(week=week)
            case Act.OPINION:
                yield from _opinion(week, part)


def _wish(wish: Consent, counts: Consent) -> Iterator[str]:
    """Why less counts than the source ticked last."""
    if not (wish.may_see <= counts.may_see and wish.originals <= counts.originals):
        yield _("    It ticked: {audiences}; files: {originals}. Less counts: it said less elsewhere, in rows").format(
            audiences=letter_words.audiences(wish.may_see),
            originals=letter_words.originals(allowed=wish.originals),
        )
        yield _("    that came with this one or in a file that it sealed. Its box says how to widen that.")


def _answer(week: str, question: EntryRow | None) -> str:
    if question is None:
        return _("{week}: the source answered a question that is not in this vault.").format(week=week)
    return _("{week}: the source answered the question of {day}: {question}").format(
        week=week, day=question.day, question=one_line(question.text)
    )


def _opinion(week: str, part: PartRow) -> Iterator[str]:
    yield _("{week}: the source said what the service was like.").format(week=week)
    for question, answer in json.loads(part.ratings or "{}").items():
        yield f"    {asked(question)} {rating(answer)}"


def opinions(found: Opinions) -> Iterator[str]:
    """What all sources said of the service."""
    if not found.sources:
        yield NO_OPINIONS
        return
    yield _("Sources who answered: {number}").format(number=found.sources)
    for question in Asked:
        counts = ", ".join(f"{rating(one)} {found.ticked[question, one]}" for one in Rating)
        yield f"  {asked(question)} {counts}"
