"""What the page says of a letter, in the words of its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.source.letter_texts import ENTRY_HEADINGS, LETTER_STATES, OUTCOMES, STEPS, named
from intake.source.words import week_text
from keys.sealing.fingerprint import fingerprint_words
from keys.sealing.letter import CaseState, EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intake.source.translation import LazyText
    from keys.sealing.letter import Allowed, Entry, Letter


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry.

    Attributes:
        heading: what kind of entry it is.
        week: when, in words.
        text: what the desk wrote; empty where codes say it all.
        digests: of a receipt, each as ten words.
        question: of a question, the name by which an answer calls it.
        about_people: whether it says who got the case or may see it.
        audiences: who that is, in words.
        originals: of a consent, whether files may leave the desk as they came.
        place: which entry of the letter it is, counted from 0.
        proof: whether a signed proof can be saved.
    """

    heading: LazyText
    week: str
    text: str
    digests: tuple[str, ...]
    question: str
    about_people: bool
    audiences: tuple[LazyText, ...]
    originals: bool
    place: int
    proof: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way of a report: what it is, whether it is behind, and whether it is the present one."""

    text: LazyText
    done: bool
    here: bool


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter in the order in which it matters to its reader; each part newest first.

    Attributes:
        questions: what the desk still waits for.
        entries: what else the desk wrote.
        state: how far the desk is.
        explanation: of the state; ``None`` where ``passed_on`` says it in more detail.
        steps: the way that a report goes, and where it is.
        outcome: what came of it, once it is closed.
        passed_on: to whom the case went, and when.
        changes: of who may see the case.
        may_see: who may now, in words; ``None`` where the desk has said nothing of that yet.
        receipts: what the desk signed that it holds.
        dropped: how many older entries are no longer there.
    """

    questions: tuple[EntryView, ...]
    entries: tuple[EntryView, ...]
    state: LazyText
    explanation: LazyText | None
    steps: tuple[Step, ...]
    outcome: LazyText | None
    passed_on: tuple[EntryView, ...]
    changes: tuple[EntryView, ...]
    may_see: tuple[LazyText, ...] | None
    originals: bool
    receipts: tuple[EntryView, ...]
    dropped: int

    @property
    def closed(self) -> bool:
        """Whether the case is closed."""
        return self.outcome is not None


def view_letter(letter: Letter) -> LetterView:
    """Put a checked letter into words."""
    state, explanation = LETTER_STATES[letter.state]
    parts = _parted(letter)
    passed_on = parts[EntryKind.FORWARDED]
    return LetterView(
        questions=parts[EntryKind.QUESTION],
        entries=parts[EntryKind.REPLY],
        state=state,
        explanation=None if passed_on and letter.state is CaseState.FORWARDED else explanation,
        steps=_steps(letter.state),
        outcome=None if letter.outcome is None else OUTCOMES[letter.outcome],
        passed_on=passed_on,
        changes=parts[EntryKind.CONSENT],
        may_see=None if letter.allowed is None else named(letter.allowed.may_see),
        originals=_originals(letter.allowed),
        receipts=parts[EntryKind.RECEIPT],
        dropped=letter.dropped,
    )


def digest_words(digest: str) -> str:
    """Say a SHA-256, given in hex, in ten words: on the receipt page, and in the box once the desk has signed it."""
    return fingerprint_words(digest.encode("ascii"))


def open_questions(letter: Letter) -> tuple[str, ...]:
    """Return the names of the questions for which the desk waits, newest first."""
    if letter.state is CaseState.CLOSED:
        return ()
    return tuple(one.question for one in letter.entries if _is_open(one))[::-1]


def _parted(letter: Letter) -> Mapping[EntryKind, tuple[EntryView, ...]]:
    """Sort entries by where they stand on the page, newest first: what only tells stands with the replies."""
    apart = {EntryKind.RECEIPT, EntryKind.FORWARDED, EntryKind.CONSENT}
    parts: dict[EntryKind, list[EntryView]] = {kind: [] for kind in (*apart, EntryKind.QUESTION, EntryKind.REPLY)}
    asked = set(open_questions(letter))
    for place, entry in enumerate(letter.entries):
        own = entry.kind in apart or entry.question in asked
        parts[entry.kind if own else EntryKind.REPLY].insert(0, _entry(entry, place))
    return {kind: tuple(entries) for kind, entries in parts.items()}


def _is_open(entry: Entry) -> bool:
    return entry.kind is EntryKind.QUESTION and not entry.answered


def _steps(state: CaseState) -> tuple[Step, ...]:
    here = next(number for number, (_text, states) in enumerate(STEPS) if state in states)
    return tuple(Step(text, number < here, number == here) for number, (text, _states) in enumerate(STEPS))


def _originals(allowed: Allowed | None) -> bool:
    return allowed is not None and allowed.originals


def _entry(entry: Entry, place: int) -> EntryView:
    return EntryView(
        heading=ENTRY_HEADINGS[entry.kind],
        week=week_text(entry.week),
        text=entry.text,
        digests=tuple(map(digest_words, entry.digests)),
        question=entry.question,
        about_people=entry.kind in {EntryKind.FORWARDED, EntryKind.CONSENT},
        audiences=named(entry.audiences),
        originals=entry.originals,
        place=place,
        proof=bool(entry.proof),
    )
