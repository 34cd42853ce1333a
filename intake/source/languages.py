"""Which language a page is in: the one that stands first in its path, as in ``/fr/write``.

Rules:
1. Every page lives below its language. No cookie and no parameter says which: an address can be shared and printed.
2. ``/`` is the first page, in the language offered that the browser likes best, else in the operator's first one. It
   answers itself instead of leading to ``/fr/``, for a page load over Tor is slow.
3. A language that is not offered is a path that is not there.
4. Whatever goes wrong is told in the language of the path, also where no page answers to it.
5. The names of the languages stand before everything else on a page. They lead to the same page where nothing on it
   can be lost, else to the first one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from intake.language_states import LANGUAGES, Checking, Language
from intake.source.translation import current_locale, install

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flask import Blueprint, Flask
    from flask.typing import RouteCallable

VALUE = "lang"
"""What the first part of a path is called in ``url_for``; it is filled in with the language of the page."""

FIRST_PAGE = "pages.landing"
LIKE_ANY_OTHER = frozenset({"report.write", "box.come_back", "seal.seal", "seal.with_age", "seal.with_openpgp"})
"""Pages outside ``pages`` that may be had in another language without losing anything."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A language as a page offers it.

    Attributes:
        language: its name and how it is written.
        address: the page to go to.
        chosen: whether this page is in it.
    """

    language: Language
    address: str
    chosen: bool


def install_languages(app: Flask, offered: Sequence[str]) -> None:
    """Let the app speak these languages; the first is for whoever asks for none of them."""

    def language_of_request() -> str:
        first = request.path.split("/")[1]
        if first in offered:
            return first
        return request.accept_languages.best_match(offered) or offered[0]

    install(app, offered, language_of_request)

    @app.url_value_preprocessor
    def spare_the_views(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values:
            values.pop(VALUE, None)

    @app.url_defaults
    def stay_in_the_language(endpoint: str, values: dict[str, Any]) -> None:
        if VALUE not in values and app.url_map.is_endpoint_expecting(endpoint, VALUE):
            values[VALUE] = current_locale().language

    @app.context_processor
    def for_templates() -> dict[str, object]:
        language = LANGUAGES[current_locale().language]
        return {
            "lang": language.code,
            "dir": language.direction,
            "language_choices": [] if len(offered) == 1 else _choices(offered, language.code),
            "unchecked": language.checking is Checking.NOT_YET,
            "draft": language.draft,
        }


def register_pages(app: Flask, offered: Sequence[str], blueprints: Iterable[Blueprint], first: RouteCallable) -> None:
    """Put pages below every language offered, and the first page at ``/`` too."""
    app.add_url_rule("/", "front", first)
    for blueprint in blueprints:
        app.register_blueprint(blueprint, url_prefix=f"/<any({', '.join(offered)}):{VALUE}>")


def _choices(offered: Sequence[str], current: str) -> list[Choice]:
    page = _page_to_go_to()
    return [Choice(LANGUAGES[code], url_for(page, lang=code), code == current) for code in offered]


def _page_to_go_to() -> str:
    here = request.endpoint or ""
    only_looked_at = request.method in {"GET", "HEAD"} and (request.blueprint == "pages" or here in LIKE_ANY_OTHER)
    return here if only_looked_at else FIRST_PAGE
