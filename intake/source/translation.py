"""Flask-Babel with types: the calls that mark and translate the texts of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import flask_babel  # type: ignore[import-untyped]  # published without types
from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


LazyText: TypeAlias = object
"""A text that is translated when it is shown; it prints as its translation."""

FALLBACK = Locale("en")


def install(app: Flask, default: str, select: Callable[[], str]) -> None:
    """Let Flask and Jinja translate; ``select`` names the language of a request."""
    flask_babel.Babel(
        app, default_locale=default, default_translation_directories="translations", locale_selector=select
    )


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
