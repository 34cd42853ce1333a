"""Marks and translates the texts of the pages, with Babel and Jinja's own extension.

A catalogue is read from its ``.po`` file when an app is made: what a translator wrote is what runs, and no compiled
file can be older. A text without a translation is shown in English; one that is marked as uncertain too.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import current_app, g, has_request_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask

FOLDER = Path(__file__).parent / "translations"
SOURCE_LANGUAGE = "en"
EXTENSION = "khomo-languages"

Select: TypeAlias = "Callable[[], str]"


class LazyText:
    """A text that is translated when it is shown; it prints as its translation."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return gettext(self._text)

    def __repr__(self) -> str:
        return f"LazyText({self._text!r})"


def install(app: Flask, offered: Sequence[str], select: Select) -> None:
    """Let Flask and Jinja translate into these languages; ``select`` names the language of a request."""
    for language in offered:
        catalogue_of(language)
    app.extensions[EXTENSION] = select
    pages = app.jinja_env
    pages.add_extension("jinja2.ext.i18n")
    pages.install_gettext_callables(  # type: ignore[attr-defined]  # put there by Jinja's own extension
        lambda text: _catalogue().ugettext(text),
        lambda one, many, num: _catalogue().ungettext(one, many, num),
        newstyle=True,
    )
    pages.globals["_"] = pages.globals["gettext"]  # the alias looks the other up at every text


@cache
def catalogue_of(language: str) -> NullTranslations:
    """Read the translations into a language; each is read once a process."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with (FOLDER / f"{language}.po").open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def current_locale() -> Locale:
    """Return the language of the page being made; English outside of one, as in a log or a test."""
    if not has_request_context():
        return Locale(SOURCE_LANGUAGE)
    found = g.get("locale")
    if found is None:
        found = g.locale = Locale.parse(current_app.extensions[EXTENSION]())
    locale: Locale = found
    return locale


def _catalogue() -> NullTranslations:
    return catalogue_of(current_locale().language)


def gettext(text: str, **values: object) -> str:
    """Translate a text now."""
    translated = str(_catalogue().ugettext(text)) if text else ""  # gettext says its own header for an empty text
    return translated % values if values else translated


def ngettext(one: str, many: str, num: int) -> str:
    """Translate a text that counts."""
    return str(_catalogue().ungettext(one, many, num)) % {"num": num}


def lazy_gettext(text: str) -> LazyText:
    """Mark a text; it is translated when a page shows it."""
    return LazyText(text)


def decimal(number: float, pattern: str) -> str:
    """Write a number as the language of the page does, in its digits."""
    return str(format_decimal(number, pattern, current_locale(), numbering_system="default"))


def country_name(code: str, locale: Locale | None = None) -> str:
    """Name a country in the language of the page, or in English where nobody has written its name in that language."""
    name = (locale or current_locale()).territories.get(code)
    return str(name or Locale(SOURCE_LANGUAGE).territories[code])
