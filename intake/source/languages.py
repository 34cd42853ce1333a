"""Which language a page is in: the one chosen in its address, else the first that the browser asks for.

No cookie: a choice travels as ``?lang=`` in every link and form of the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from babel import Locale
from flask import g, request

from intake.source.translation import current_locale, install

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

PARAMETER = "lang"


def install_languages(app: Flask, languages: Sequence[str]) -> None:
    """Let the app speak these languages; the first is for whoever asks for none of them."""
    offered = list(languages)
    choices = [(code, Locale.parse(code, sep="-").get_display_name()) for code in offered]

    def chosen() -> str | None:
        asked = request.args.get(PARAMETER, "")
        return asked if asked in offered else None

    def locale() -> str:
        return chosen() or request.accept_languages.best_match(offered) or offered[0]

    install(app, offered[0], locale)

    @app.before_request
    def remember_choice() -> None:
        g.language = chosen()

    @app.url_defaults
    def keep_choice(_endpoint: str, values: dict[str, Any]) -> None:
        if g.get("language"):
            values.setdefault(PARAMETER, g.language)

    @app.context_processor
    def for_templates() -> dict[str, object]:
        current = current_locale()
        return {"lang": current.language, "dir": current.text_direction, "language_choices": choices}
