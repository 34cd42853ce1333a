"""What the page says of a letter, in the words of its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.source.words import ENTRY_HEADINGS, LETTER_STATES, week_text
from keys.sealing.fingerprint import fingerprint_words

if TYPE_CHECKING:
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
    """A letter, newest entry first."""

    state: LazyText
    explanation: LazyText
    entries: tuple[EntryView, ...]
    dropped: int


def view_letter(letter: Letter) -> LetterView:
    """Put a checked letter into words."""
    state, explanation = LETTER_STATES[letter.state]
    return LetterView(state, explanation, tuple(_entry(entry) for entry in reversed(letter.entries)), letter.dropped)


def digest_words(digest: str) -> str:
    """Say a SHA-256, given in hex, in ten words; the desk says it in the same ones."""
    return fingerprint_words(digest.encode("ascii"))


def _entry(entry: Entry) -> EntryView:
    return EntryView(
        ENTRY_HEADINGS[entry.kind], week_text(entry.week), entry.text, tuple(map(digest_words, entry.digests))
    )
