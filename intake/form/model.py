"""A form: sections of questions, on the first page and on the pages that follow a report.

Rules:
1. No question stops a report. What is required and was left open is asked once more, after the report is safe.
2. Which pages follow depends on answers of earlier pages alone; so a page carries what is still open, and the server
   remembers nothing.
3. A question decides about the desk only on the first page: its rows are sealed when that page comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from keys.sealing.answers import ABOUT_US

Texts: TypeAlias = Mapping[str, str]
"""One text by language; it has every language of its form."""

FIRST_PAGE = "first"
UNKNOWN = "unknown"
YES_NO_CODES = ("yes", "no", UNKNOWN)


class Kind(StrEnum):
    """What a question is answered with."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    PLACE = "place"
    NUMBER = "number"
    YES_NO = "yes_no"


TYPED = frozenset({Kind.SHORT_TEXT, Kind.LONG_TEXT})
"""Answers in a source's own words: they are a report even without any other text."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that a question offers.

    Attributes:
        code: stands for it in ``answers`` and in conditions.
        label: what the page shows.
        desk: who opens the report if this is chosen; empty for the desk that opens all others.
    """

    code: str
    label: Texts
    desk: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    Attributes:
        id: its name in ``answers``.
        kind: what it is answered with.
        label: the question.
        help: what stands below it; ``None`` for nothing.
        required: whether it is asked once more where it was left open.
        choices: of a choice, several choices, or yes/no (without labels: those are the pages' own).
        countries: of a place, codes of two letters to pick from; empty where the country is typed.
        longest: of a text, in characters; all answers of a page together have a limit in bytes.
    """

    id: str
    kind: Kind
    label: Texts
    help: Texts | None = None
    required: bool = False
    choices: tuple[Choice, ...] = ()
    countries: tuple[str, ...] = ()
    longest: int = 0

    def desk_of(self, codes: tuple[str, ...]) -> str:
        """Return the desk that these answers ask for; empty if they ask for none."""
        return next((choice.desk for choice in self.choices if choice.code in codes and choice.desk), "")


@dataclass(frozen=True, slots=True)
class When:
    """A section is asked only if an earlier question was answered so."""

    field: str
    answers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together.

    Attributes:
        id: its name in conditions and on pages.
        title: its heading.
        page: the page that it stands on.
        fields: the questions.
        intro: what stands above them.
        when: the condition under which it is asked; ``None`` for always.
    """

    id: str
    title: Texts
    page: str
    fields: tuple[Field, ...]
    intro: Texts | None = None
    when: When | None = None


@dataclass(frozen=True)
class Form:
    """All of it.

    Attributes:
        languages: that every text has, the first one first.
        sections: in the order in which they are asked.
    """

    languages: tuple[str, ...]
    sections: tuple[Section, ...]

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """Names of the pages in their order; the first one is always there."""
        return tuple(dict.fromkeys((FIRST_PAGE, *(section.page for section in self.sections))))

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every question by its id."""
        return {field.id: field for section in self.sections for field in section.fields}

    def routes(self, name: str) -> bool:
        """Whether a question decides about the desk, or about who may see the report: it cannot be asked later."""
        asked = self.fields.get(name)
        return asked is not None and (name == ABOUT_US or any(choice.desk for choice in asked.choices))

    @cached_property
    def desks(self) -> frozenset[str]:
        """Desks that an answer can ask for."""
        return frozenset(choice.desk for field in self.fields.values() for choice in field.choices if choice.desk)

    def asked(self, page: str, opened: frozenset[str] = frozenset()) -> tuple[Section, ...]:
        """Return what a page asks when these sections were opened by answers before it."""
        return tuple(one for one in self.sections if one.page == page and (one.when is None or one.id in opened))

    def opened_by(self, chosen: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
        """Return the sections that answers (codes by field) open on later pages."""
        return frozenset(
            one.id
            for one in self.sections
            if one.when is not None and not one.when.answers.isdisjoint(chosen.get(one.when.field, ()))
        )

    def page_after(self, page: str, opened: frozenset[str]) -> str:
        """Return the next page that asks anything; empty if there is none."""
        later = self.pages[self.pages.index(page) + 1 :]
        return next((name for name in later if self.asked(name, opened)), "")

    def desk_for(self, chosen: Mapping[str, tuple[str, ...]]) -> str:
        """Return the desk that the answers ask for, the first question first; empty for the usual one."""
        wanted = (field.desk_of(chosen.get(field.id, ())) for field in self.fields.values())
        return next((desk for desk in wanted if desk), "")
