"""What in a letter may endanger somebody: names, times, ways to be reached, and whatever is of another source.

Rules:
1. A letter lies on a screen that others may see, and may be opened by somebody who is not its source. What is of this
   case alone (the source's name, names of its files, eight words) tells who its reader is; what is of other cases
   betrays their sources.
2. Everything is compared as the search folds it (``vault.folding``): case, accents, digits of any script, the ways to
   spell Arabic. An Arabic name is found with "and", "to" or "with" written onto it.
3. Words that our own templates say are in every letter, and no name.
4. A caution names what was found as the letter has it. It stops the letter until a person goes on in spite of it; the
   history then keeps its kind, and nothing of what was found: that may be of another case.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.answers import answer_from_json
from keys.sealing.codename_list import WordList
from keys.sealing.codename_lists import SHIPPED
from keys.sealing.folding import fold as letters_of
from reviewer import caution_patterns as patterns
from reviewer.letter_templates import languages
from reviewer.values import CHILD_LABEL
from reviewer.vault.folding import fold, folded_places
from reviewer.vault.rows import ArrivalRow, AttachmentRow, CaseRow, LabelRow, MessageRow, SourceNameRow
from reviewer.vault.triage_rows import PersonRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import Session

_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_ATTACHED = r"(?<!\w)(?:[وف]?(?:[بك]?(?:ال)?|ل{1,2}))?"
"""What Arabic writes onto a word: and, so, with, like, to, the."""

_ARABIC = re.compile(r"[\u0600-\u06ff]")
_OWN_NAME_LEAST, _OTHER_NAME_LEAST, _FILE_LEAST, _LABEL_LEAST = 3, 4, 4, 3
_ABOUT_THE_SOURCE = frozenset({"name", "your_name", "full_name", "reach", "contact", "phone", "email"})
"""Ids that operators give to such questions; the form that ships asks none."""

_WORDS_OF_A_CODENAME = 6
"""So many in a row from one list are no sentence: two of the eight may be missing or wrong."""


class Danger(StrEnum):
    """What was found."""

    SOURCE_NAME = "source-name"
    FILE_NAME = "file-name"
    EIGHT_WORDS = "eight-words"
    PERSON = "person"
    OTHER_NAME = "other-name"
    OTHER_LABEL = "other-label"
    OTHER_CASE = "other-case"
    TIME = "time"
    DAY = "day"
    PHONE = "phone"
    ADDRESS = "address"
    LINK = "link"


@dataclass(frozen=True)
class Caution:
    """One thing in a letter that a person has to look at: what kind, and as it stands there."""

    danger: Danger
    found: str


@dataclass(frozen=True)
class _Text:
    """A letter, and as it is folded."""

    original: str
    folded: str
    places: list[int]

    @classmethod
    def of(cls, text: str) -> _Text:
        return cls(text, fold(text), folded_places(text))

    def at(self, start: int, end: int) -> str:
        """The original of a stretch of the folded text."""
        return self.original[self.places[start] : self.places[end - 1] + 1]

    def find(self, phrase: str) -> str | None:
        """The phrase as the text has it, however it is spelled; None if it is not there."""
        words = _WORD.findall(fold(phrase))
        if not words or not all(word in self.folded for word in words):
            return None
        before = _ATTACHED if _ARABIC.search(words[0]) else r"(?<!\w)"
        match = re.search(before + r"[\W_]+".join(map(re.escape, words)) + r"(?!\w)", self.folded)
        return None if match is None else self.at(*match.span())


def cautions(rows: Session, case: CaseRow, text: str) -> tuple[Caution, ...]:
    """Look through a letter to the source of a case; what is found stands there once of each kind."""
    letter = _Text.of(text)
    found = [
        *_named(Danger.SOURCE_NAME, letter, _own_names(rows, case)),
        *_named(Danger.FILE_NAME, letter, _file_names(rows, case)),
        *(Caution(Danger.EIGHT_WORDS, run) for run in _runs_of_words(text)),
        *_named(Danger.PERSON, letter, _people(rows, case)),
        *_named(Danger.OTHER_NAME, letter, _other_names(rows, case)),
        *_named(Danger.OTHER_LABEL, letter, _other_labels(rows, case)),
        *(Caution(Danger.OTHER_CASE, number) for number in _other_cases(rows, case, letter)),
        *_shaped(letter),
    ]
    return tuple(dict.fromkeys(found))


def _named(danger: Danger, letter: _Text, names: Iterable[str]) -> Iterator[Caution]:
    for name in sorted(set(names)):
        if (found := letter.find(name)) is not None:
            yield Caution(danger, found)


@cache
def _ordinary() -> frozenset[str]:
    """Words that our own letters say, in any language."""
    texts = (text for language in languages().values() for text in language.texts.values())
    return frozenset(word for text in texts for word in _WORD.findall(fold(text)))


def _parts(text: str, least: int) -> Iterator[str]:
    """Words of a name that say something by themselves."""
    for word in _LETTERS.findall(text):
        if len(fold(word)) >= least and fold(word) not in _ordinary():
            yield word


def _own_names(rows: Session, case: CaseRow) -> Iterator[str]:
    """What the source gave of themselves: apart from the report in the clear, or as an answer to an operator's form."""
    for text in rows.scalars(select(SourceNameRow.text).where(SourceNameRow.case_id == case.id)):
        yield from _parts(text, _OWN_NAME_LEAST)
    answers = select(ArrivalRow.answers).where(ArrivalRow.case_id == case.id, ArrivalRow.answers.is_not(None))
    for stored in rows.scalars(answers):
        for name, answer in json.loads(stored or "{}").items():
            given = answer_from_json(answer).given if name in _ABOUT_THE_SOURCE else None
            if isinstance(given, str):
                yield from _parts(given, _OWN_NAME_LEAST)


def _file_names(rows: Session, case: CaseRow) -> Iterator[str]:
    for name in rows.scalars(select(AttachmentRow.original_name).where(AttachmentRow.case_id == case.id)):
        yield name
        stem = PurePath(name).stem
        if len(fold(stem)) >= _FILE_LEAST and fold(stem) not in _ordinary():
            yield stem


def _people(rows: Session, case: CaseRow) -> Iterator[str]:
    """Those whom reviewers wrote down in this case, whole: a letter that names them tells of whom its reader spoke."""
    yield from rows.scalars(select(PersonRow.name).where(PersonRow.case_id == case.id))


def _other_names(rows: Session, case: CaseRow) -> Iterator[str]:
    """What other sources gave as names, each word that is written as one, and people of their cases, whole.

    A person whom this source named, or who is written down in this case too, tells this source nothing new.
    """
    for text in rows.scalars(select(SourceNameRow.text).where(SourceNameRow.case_id != case.id)):
        yield from (word for word in _parts(text, _OTHER_NAME_LEAST) if not word[0].islower())
    own, told = set(map(fold, _people(rows, case))), _told(rows, case)
    for name in rows.scalars(select(PersonRow.name).where(PersonRow.case_id != case.id).distinct()):
        if fold(name) not in own and fold(name) not in told:
            yield name


def _other_labels(rows: Session, case: CaseRow) -> Iterator[str]:
    own = {fold(label) for label in rows.scalars(select(LabelRow.label).where(LabelRow.case_id == case.id))}
    told = _told(rows, case)
    for label in rows.scalars(select(LabelRow.label).where(LabelRow.case_id != case.id).distinct()):
        plain = fold(label)
        if label != CHILD_LABEL and len(plain) >= _LABEL_LEAST and plain not in _ordinary() | own and plain not in told:
            yield label


def _told(rows: Session, case: CaseRow) -> str:
    """What the source of a case wrote, folded."""
    return fold("\n".join(rows.scalars(select(MessageRow.text).where(MessageRow.case_id == case.id))))


def _other_cases(rows: Session, case: CaseRow, letter: _Text) -> Iterator[str]:
    """Numbers of cases that are there, and not this one."""
    for match in patterns.CASE_NUMBER.finditer(letter.folded):
        number = int(match["number"])
        if number != case.id and rows.get(CaseRow, number) is not None:
            yield letter.at(*match.span())
    for match in patterns.PUBLIC_ID.finditer(letter.folded):
        owner = rows.scalar(select(CaseRow.id).where(CaseRow.public_id == bytes.fromhex(match[0])))
        if owner not in {None, case.id}:
            yield letter.at(*match.span())


@cache
def _lists() -> tuple[frozenset[str], ...]:
    return tuple(frozenset("".join(letters_of(word)) for word in WordList.load(code).words) for code in SHIPPED)


def _runs_of_words(text: str) -> Iterator[str]:
    """Stretches of words from one list of codenames, each list by itself."""
    typed = letters_of(text)
    for words in _lists():
        run: list[str] = []
        for word in [*typed, ""]:
            if word in words:
                run.append(word)
                continue
            if len(run) >= _WORDS_OF_A_CODENAME:
                yield " ".join(run)
            run = []


def _shaped(letter: _Text) -> Iterator[Caution]:
    """Find what shows by its shape; what one kind took, no other takes again."""
    left = letter.folded
    for danger, pattern, is_one in _SHAPES:
        for match in pattern.finditer(left):
            if is_one(match[0]):
                yield Caution(danger, letter.at(*match.span()).strip())
                left = left[: match.start()] + " " * len(match[0]) + left[match.end() :]


_SHAPES: tuple[tuple[Danger, re.Pattern[str], Callable[[str], bool]], ...] = (
    (Danger.ADDRESS, patterns.ADDRESS, bool),
    (Danger.LINK, patterns.LINK, bool),
    (Danger.TIME, patterns.TIME, bool),
    (Danger.DAY, patterns.DAY, bool),
    (Danger.PHONE, patterns.PHONE, patterns.is_phone),
)
