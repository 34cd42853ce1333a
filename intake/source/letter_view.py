"""What the page says of a letter, in the words of its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.source.translation import LazyText, gettext, lazy_gettext
from keys.sealing.fingerprint import fingerprint_words
from keys.sealing.letter import CaseState, EntryKind

if TYPE_CHECKING:
    from keys.sealing.letter import Entry, Letter

_STATES: dict[CaseState, tuple[LazyText, LazyText]] = {
    CaseState.WAITING: (
        lazy_gettext("Not yet read"),
        lazy_gettext("What you sent lies sealed in the box. Our reviewers have not opened it yet."),
    ),
    CaseState.RECEIVED: (
        lazy_gettext("Received"),
        lazy_gettext("What you sent has reached our reviewers. They will read it."),
    ),
    CaseState.READING: (
        lazy_gettext("Being read"),
        lazy_gettext("Our reviewers are reading it and check what can be checked."),
    ),
    CaseState.QUESTION: (
        lazy_gettext("We have a question"),
        lazy_gettext("Please read it below. You can answer in the field further down."),
    ),
    CaseState.FORWARDED: (
        lazy_gettext("Passed on"),
        lazy_gettext("The case went to those whom you allowed to see it."),
    ),
    CaseState.CLOSED: (
        lazy_gettext("Closed"),
        lazy_gettext("We have done what we can for now. You can still add something."),
    ),
}

_HEADINGS: dict[EntryKind, LazyText] = {
    EntryKind.RECEIPT: lazy_gettext("Receipt"),
    EntryKind.REPLY: lazy_gettext("Answer"),
    EntryKind.QUESTION: lazy_gettext("Question"),
    EntryKind.STATUS: lazy_gettext("News"),
    EntryKind.NOTICE: lazy_gettext("Notice"),
}


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry; each digest as ten words."""

    heading: LazyText
    week: str
    text: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter, newest entry first."""

    state: LazyText
    explanation: LazyText
    entries: tuple[EntryView, ...]
    dropped: int


def view_letter(letter: Letter) -> LetterView:
    """Put a checked letter into words."""
    state, explanation = _STATES[letter.state]
    return LetterView(state, explanation, tuple(_entry(entry) for entry in reversed(letter.entries)), letter.dropped)


def digest_words(digest: str) -> str:
    """Say a SHA-256, given in hex, in ten words; the desk says it in the same ones."""
    return fingerprint_words(digest.encode("ascii"))


def _entry(entry: Entry) -> EntryView:
    year, week = entry.week.split("-W")
    when = gettext("week %(week)s of %(year)s", week=int(week), year=year)
    return EntryView(_HEADINGS[entry.kind], when, entry.text, tuple(map(digest_words, entry.digests)))
