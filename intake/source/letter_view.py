"""What the page says of a letter, in the words of its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.source.words import ENTRY_HEADINGS, LETTER_STATES, week_text
from keys.sealing.fingerprint import fingerprint_words
from keys.sealing.letter import CaseState, EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from intake.source.translation import LazyText
    from keys.sealing.letter import Entry, Letter


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry; each digest as ten words."""

    heading: LazyText
    week: str
    text: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter in the order in which it matters to its reader; each part newest first.

    Attributes:
        questions: what the desk still waits for: asked after the last receipt, and no answer of the desk came after.
        entries: what else the desk wrote.
        state: how far the desk is; ``None`` where a question says it already.
        explanation: of the state; ``None`` where ``news`` says it in more detail.
        news: entries that belong to the state.
        receipts: what the desk signed that it holds.
        dropped: how many older entries are no longer there.
    """

    questions: tuple[EntryView, ...]
    entries: tuple[EntryView, ...]
    state: LazyText | None
    explanation: LazyText | None
    news: tuple[EntryView, ...]
    receipts: tuple[EntryView, ...]
    dropped: int


def view_letter(letter: Letter) -> LetterView:
    """Put a checked letter into words."""
    questions = () if letter.state is CaseState.CLOSED else _open_questions(letter.entries)
    news = tuple(one for one in letter.entries if one.kind is EntryKind.STATUS)
    told = news if letter.state is CaseState.FORWARDED else ()
    receipts = tuple(one for one in letter.entries if one.kind is EntryKind.RECEIPT)
    apart = {id(one) for one in (*questions, *told, *receipts)}
    state, explanation = LETTER_STATES[letter.state]
    asked = bool(questions) and letter.state is CaseState.QUESTION
    return LetterView(
        questions=_views(questions),
        entries=_views(one for one in letter.entries if id(one) not in apart),
        state=None if asked else state,
        explanation=None if told else explanation,
        news=_views(told),
        receipts=_views(receipts),
        dropped=letter.dropped,
    )


def digest_words(digest: str) -> str:
    """Say a SHA-256, given in hex, in ten words: on the receipt page, and in the box once the desk has signed it."""
    return fingerprint_words(digest.encode("ascii"))


def _open_questions(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for one in entries:
        if one.kind is EntryKind.QUESTION:
            found.append(one)
        elif one.kind in {EntryKind.RECEIPT, EntryKind.REPLY}:
            found.clear()
    return tuple(found)


def _views(entries: Iterable[Entry]) -> tuple[EntryView, ...]:
    return tuple(map(_entry, entries))[::-1]


def _entry(entry: Entry) -> EntryView:
    return EntryView(
        ENTRY_HEADINGS[entry.kind], week_text(entry.week), entry.text, tuple(map(digest_words, entry.digests))
    )
