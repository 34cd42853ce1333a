"""Reads what was filled in: texts by the name of their input, into answers that stand for themselves.

Rules:
1. Nothing that was typed is lost: what is no number, no date or no known choice is kept as the text that it is.
2. What was left open is no answer. A required question that was left open is named, and stops nothing.
3. Answers to questions that the form no longer has (it changed while a page was open) are kept under their id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from intake.form.model import TYPED, UNKNOWN, Kind
from keys.sealing.answers import CODE, FIELD_ID, Answer, Chosen
from keys.sealing.display import harmless, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from intake.form.model import Field, Section, Texts
    from keys.sealing.answers import Given

PREFIX = "q_"
YEAR, MONTH, DAY, REGION = "-year", "-month", "-day", "-region"
COUNTRY = "country"
"""The code of a country that was typed."""

_NUMBER = re.compile(r"[+-]?\d{1,15}")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ,.'\u00a0\u202f\u066c](?=\d{3}(?!\d))")
"""What people write between thousands, in digits of any script."""


@dataclass(frozen=True, slots=True)
class Words:
    """Texts of answers in the operator's first language.

    Attributes:
        say: gives a text of the form.
        yes_no: by code.
        country: gives the name of a country by its code.
    """

    say: Callable[[Texts], str]
    yes_no: Mapping[str, str]
    country: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a page was filled in with.

    Attributes:
        typed: texts by the name of their input, as they came, for the page that is handed back.
        answers: by the id of their field.
        chosen: codes by the id of their field.
        missing: required fields that were left open.
        in_words: whether any answer is in the source's own words.
    """

    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    answers: Mapping[str, Answer] = field(default_factory=dict, repr=False)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    missing: frozenset[str] = frozenset()
    in_words: bool = False


def read_filled(sections: Iterable[Section], typed: Mapping[str, tuple[str, ...]], words: Words) -> Filled:
    """Read the answers to the questions of these sections."""
    asked = [one for section in sections for one in section.fields]
    readers = {one.id: _Reader(one, typed, words) for one in asked}
    answers = {name: answer for name, reader in readers.items() if (answer := reader.answer()) is not None}
    own_words = any(one.kind in TYPED and one.id in answers for one in asked)
    strange = _strange(typed, readers)
    return Filled(
        typed=typed,
        answers=answers | strange,
        chosen={name: reader.codes for name, reader in readers.items() if reader.codes},
        missing=frozenset(one.id for one in asked if one.required and one.id not in answers),
        in_words=own_words or bool(strange),
    )


def names_of(one: Field) -> tuple[str, ...]:
    """Name the inputs of a question; a question of several choices sends the one name several times."""
    name = PREFIX + one.id
    match one.kind:
        case Kind.DATE:
            return (name, name + YEAR, name + MONTH, name + DAY)
        case Kind.PLACE:
            return (name, name + REGION)
        case _:
            return (name,)


def parts_of(one: Field) -> int:
    """Say in how many parts of a request its answer comes at most."""
    return len(one.choices) if one.kind is Kind.CHOICES else len(names_of(one))


class _Reader:
    """Reads the answer to one question."""

    def __init__(self, asked: Field, typed: Mapping[str, tuple[str, ...]], words: Words) -> None:
        self._field = asked
        self._typed = typed
        self._words = words
        self._name = PREFIX + asked.id
        self._known = {choice.code: choice for choice in asked.choices}
        self.codes = tuple(code for code in dict.fromkeys(typed.get(self._name, ())) if code in self._known)

    def answer(self) -> Answer | None:
        """Return the answer; ``None`` if the question was left open."""
        given = self._given()
        return None if given in {"", ()} else Answer(self._words.say(self._field.label), given)

    def _given(self) -> Given:
        match self._field.kind:
            case Kind.CHOICE | Kind.CHOICES | Kind.YES_NO:
                return self._choices()
            case Kind.DATE:
                return self._date()
            case Kind.PLACE:
                return self._place()
            case Kind.NUMBER:
                return _number(self._one())
            case Kind.LONG_TEXT:
                return harmless(self._typed.get(self._name, ("",))[0]).strip()
            case _:
                return self._one()

    def _one(self, suffix: str = "") -> str:
        return one_line(self._typed.get(self._name + suffix, ("",))[0]).strip()

    def _choices(self) -> Given:
        chosen = tuple(Chosen(code, self._label(code)) for code in self.codes)
        unknown = dict.fromkeys(code for code in self._typed.get(self._name, ()) if code not in self._known)
        return chosen + tuple(Chosen(code, code) for code in unknown if CODE.fullmatch(code))

    def _label(self, code: str) -> str:
        if self._field.kind is Kind.YES_NO:
            return self._words.yes_no[code]
        return self._words.say(self._known[code].label)

    def _date(self) -> str:
        year, month, day = (self._one(suffix) for suffix in (YEAR, MONTH, DAY))
        if not (year or month or day):
            return UNKNOWN if self._one() else ""
        return _written(year, month, day) or " ".join(filter(None, (year, month, day)))

    def _place(self) -> tuple[Chosen, ...]:
        country, region = self._one(), self._one(REGION)
        known = country in self._field.countries
        where = Chosen(country, self._words.country(country)) if known else Chosen(COUNTRY, country)
        return tuple(one for one in (where, Chosen("region", region)) if one.text)


def _strange(typed: Mapping[str, tuple[str, ...]], known: Mapping[str, object]) -> dict[str, Answer]:
    """Keep what was typed into questions that are not asked here."""
    found: dict[str, Answer] = {}
    for name, values in typed.items():
        asked = name.removeprefix(PREFIX).partition("-")[0]
        said = one_line(" ".join(values)).strip()
        if asked not in known and FIELD_ID.fullmatch(asked) and said:
            before = found[asked].given if asked in found else ""
            found[asked] = Answer(asked, f"{before} {said}".strip())
    return found


def _number(text: str) -> str | int:
    plain = _BETWEEN_DIGITS.sub("", text)
    return int(plain) if _NUMBER.fullmatch(plain) else text


def _written(year: str, month: str, day: str) -> str:
    """Return a date as far as it is known, such as ``2026-11``; empty if there is none like it."""
    try:
        if year and month and day:
            return date(int(year), int(month), int(day)).isoformat()
        if year and month:
            return date(int(year), int(month), 1).isoformat()[:7]
        return date(int(year), 1, 1).isoformat()[:4] if year and not day else ""
    except (ValueError, OverflowError):
        return ""
