"""Flask-Babel with types: the calls that mark and translate the texts of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import flask_babel  # type: ignore[import-untyped]  # published without types
from babel import Locale
from flask import g

if TYPE_CHECKING:
    from collections.abc import Callable

    from babel.support import Translations
    from flask import Flask


LazyText: TypeAlias = object
"""A text that is translated when it is shown; it prints as its translation."""

FALLBACK = Locale("en")


def install(app: Flask, default: str, select: Callable[[], str]) -> None:
    """Let Flask and Jinja translate; ``select`` names the language of a request."""
    flask_babel.Babel(
        app, default_locale=default, default_translation_directories="translations", locale_selector=select
    )
    pages = app.jinja_env
    pages.install_gettext_callables(  # type: ignore[attr-defined]  # put there by Jinja's own extension
        lambda text: _catalogue().ugettext(text),
        lambda one, many, num: _catalogue().ungettext(one, many, num),
        newstyle=True,
    )
    pages.globals["_"] = pages.globals["gettext"]  # the alias looks the other up at every text


def _catalogue() -> Translations:
    """Look the catalogue of a language up once a page; Flask-Babel does it for each of a hundred texts."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = flask_babel.get_translations()
    catalogue: Translations = found
    return catalogue


def current_locale() -> Locale:
    """Return the language of the page being made."""
    locale = flask_babel.get_locale()
    return locale if isinstance(locale, Locale) else FALLBACK


def gettext(text: str, **values: object) -> str:
    """Translate a text now."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int) -> str:
    """Translate a text that counts."""
    return str(flask_babel.ngettext(one, many, num))


def lazy_gettext(text: str) -> LazyText:
    """Mark a text; it is translated when a page shows it."""
    lazy: LazyText = flask_babel.lazy_gettext(text)
    return lazy


def decimal(number: float, pattern: str) -> str:
    """Write a number as the language of the page does."""
    return str(flask_babel.format_decimal(number, pattern))
