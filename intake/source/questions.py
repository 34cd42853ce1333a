"""The questions of the form as a page shows them, and the words in which answers are sealed.

Texts of the form that the operator wrote in the language of the page are shown as they are; those of the form that
ships are translated as all texts of the pages are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from babel import Locale

from intake.form.answering import PREFIX, REGION, Filled, Words, parts_of
from intake.source.translation import catalogue_of, country_name, current_locale, gettext, lazy_gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from intake.form.model import Field, Form, Section, Texts
    from intake.source.translation import LazyText

YES_NO_WORDS = {"yes": "Yes", "no": "No", "unknown": "I do not know"}
YES_NO: dict[str, LazyText] = {
    "yes": lazy_gettext("Yes"),
    "no": lazy_gettext("No"),
    "unknown": lazy_gettext("I do not know"),
}


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question as a page shows it.

    Attributes:
        asked: the question.
        name: of its input.
        offered: codes and what they are called.
        typed: what was filled in before, by the name of the input.
    """

    asked: Field
    name: str
    offered: Sequence[tuple[str, object]]
    typed: Mapping[str, tuple[str, ...]] = field(repr=False)

    def value(self, suffix: str = "") -> str:
        """Return what was typed into one of its inputs."""
        return next(iter(self.typed.get(self.name + suffix, ())), "")

    def has(self, code: str) -> bool:
        """Whether something was chosen."""
        return code in self.typed.get(self.name, ())

    @property
    def region(self) -> str:
        """The name of its second input."""
        return self.name + REGION


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section; ``touched`` if anything in it was filled in."""

    section: Section
    questions: tuple[QuestionView, ...]
    touched: bool


def said(texts: Texts) -> str:
    """Return a text of the form in the language of the page."""
    return texts.get(current_locale().language) or gettext(next(iter(texts.values())))


def question_parts(form: Form) -> int:
    """Say how many parts of a request the questions of a page can need."""
    return sum(parts_of(one) for one in form.fields.values())


def views(
    sections: Iterable[Section], filled: Filled | None = None, alone: frozenset[str] = frozenset()
) -> tuple[SectionView, ...]:
    """Show sections; of ``alone`` only these questions, and sections that have any of them."""
    typed = filled.typed if filled else {}
    found = []
    for section in sections:
        questions = tuple(_view(one, typed) for one in section.fields if not alone or one.id in alone)
        if questions:
            touched = any(any(typed.get(name, ())) for one in questions for name in _names(one, typed))
            found.append(SectionView(section, questions, touched))
    return tuple(found)


def sealed_words(language: str) -> Words:
    """Return the words for answers as the operator reads them."""
    locale, catalogue = Locale.parse(language, sep="-"), catalogue_of(language)
    return Words(
        say=lambda texts: texts.get(language) or str(catalogue.ugettext(next(iter(texts.values())))),
        yes_no={code: str(catalogue.ugettext(text)) for code, text in YES_NO_WORDS.items()},
        country=lambda code: country_name(code, locale),
    )


def _view(one: Field, typed: Mapping[str, tuple[str, ...]]) -> QuestionView:
    offered: list[tuple[str, object]] = [
        (choice.code, said(choice.label) if choice.label else YES_NO[choice.code]) for choice in one.choices
    ]
    offered += sorted(((code, country_name(code)) for code in one.countries), key=lambda pair: str(pair[1]))
    return QuestionView(one, PREFIX + one.id, offered, typed)


def _names(question: QuestionView, typed: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    return (name for name in typed if name.partition("-")[0] == question.name)
