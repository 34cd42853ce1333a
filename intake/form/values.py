"""Readers of the single values of a form file; each returns the value or says what would be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError

from intake.form import limits
from intake.form.model import FIRST_PAGE, Kind
from intake.settings import WrongValueError, several, text
from keys.sealing.answers import CODE, FIELD_ID
from keys.sealing.shapes import NAME
from keys.sealing.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.form.model import Texts

_PAGE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")


def field_id(value: object) -> str:
    """Read the id of a question."""
    return _matching(value, FIELD_ID, 'an id of small letters, digits and _, such as "who_else"')


def page_name(value: object) -> str:
    """Read the name of a page or of a section."""
    return _matching(value, _PAGE, f'a name of small letters, digits and _, such as "{FIRST_PAGE}" or "traces"')


def code(value: object) -> str:
    """Read the code of an answer."""
    return _matching(value, CODE, 'a code of letters, digits, - and _, such as "police"')


def desk(value: object) -> str:
    """Read the id of a desk."""
    return _matching(value, NAME, "the id of a desk as it stands in the public bundle")


def kind(value: object) -> Kind:
    """Read what a question is answered with."""
    if isinstance(value, str) and value in list(Kind):
        return Kind(value)
    raise WrongValueError("is no type of question", "one of " + ", ".join(f'"{one}"' for one in Kind))


def language(value: object) -> str:
    """Read a language tag."""
    right = 'the tag of a language, such as "en"'
    tag = _matching(value, _LANGUAGE, right)
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise WrongValueError(f'is "{tag}", which is no language', right) from error
    return tag


def country(value: object) -> str:
    """Read a country's code."""
    right = 'codes of countries (ISO 3166), such as "MW"'
    found = _matching(value, _COUNTRY, right)
    if found not in Locale.parse("en").territories:
        raise WrongValueError(f'has "{found}", which is no country', right)
    return found


def categories(value: object) -> tuple[str, ...]:
    """Read which parts of the vocabulary a question offers, by the beginnings of their codes."""
    known = sorted({one.partition("-")[0] for one in vocabulary()})
    right = "a list of " + ", ".join(f'"{one}"' for one in known)
    found = several(lambda one: _matching(one, CODE, right), at_least=1)(value)
    if not set(found) <= set(known):
        raise WrongValueError("names what the vocabulary does not have", right)
    return found


def texts(longest: int, languages: tuple[str, ...]) -> Callable[[object], Texts]:
    """Read a text in every language of the form; with one it may stand alone, and with none known nothing is said."""
    read_text = text(longest)

    def read(value: object) -> Texts:
        if not languages:
            return {}
        if isinstance(value, str) and len(languages) == 1:
            return {languages[0]: read_text(value)}
        right = "a text in each language of the form: { " + ", ".join(f'{one} = "…"' for one in languages) + " }"
        if not isinstance(value, dict):
            raise WrongValueError("is not in every language", right)
        missing = [one for one in languages if one not in value]
        strange = [str(one) for one in value if one not in languages]
        if missing or strange:
            which = f'lacks "{missing[0]}"' if missing else f'has "{strange[0]}", which is no language of this form'
            raise WrongValueError(which, right)
        return {one: read_text(value[one]) for one in languages}

    return read


def title(languages: tuple[str, ...]) -> Callable[[object], Texts]:
    """Read a heading, or what a choice is called."""
    return texts(limits.TITLE, languages)


def _matching(value: object, pattern: re.Pattern[str], right: str) -> str:
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    shown = (
        f'is "{value}"' if isinstance(value, str) and value.isprintable() and len(value) < limits.TITLE else "is wrong"
    )
    raise WrongValueError(shown, right)
