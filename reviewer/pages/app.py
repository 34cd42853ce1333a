"""Makes the app of the desk's pages; a front (``server``) gives it requests one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from markupsafe import Markup

from keys.sealing.display import harmless, one_line
from reviewer import case_words, counts, forward_words, letter_words, triage_words
from reviewer.display import size
from reviewer.pages import case_pages, inbox_pages, letter_pages, limits, round_pages, unlock_pages
from reviewer.pages.guards import EXTENSION, Guarded, form_fields, install_guards
from reviewer.pages.headers import install_headers
from reviewer.pages.problems import install_problems
from reviewer.translation import translated, translated_number
from reviewer.values import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reviewer.pages.desk import Desk
    from reviewer.pages.doorway import Doorway

STYLE = Path(__file__).with_name("style.css")
PAGES = (unlock_pages, round_pages, inbox_pages, case_pages, letter_pages)


class DeskApp(Flask):
    """Flask that handles one request at a time and writes nothing about any."""

    def log_exception(self, _exc_info: Any) -> None:
        """Say nothing: messages and local values may hold a source's words. The page says what kind of error it was."""

    def wsgi_app(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request when those before it are answered: the vault has one connection."""
        guarded: Guarded = self.extensions[EXTENSION]
        with guarded.desk.turn:
            answer: Iterable[bytes] = super().wsgi_app(environ, start_response)
            return answer


def create_app(desk: Desk, doorway: Doorway, host: str) -> Flask:
    """Make the app.

    Args:
        desk: the vault behind it.
        doorway: lets the one browser in.
        host: the address, with its port, that every request must name.
    """
    app = DeskApp(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=limits.FORM_BYTES, MAX_FORM_MEMORY_SIZE=limits.FORM_BYTES)
    app.extensions[EXTENSION] = Guarded(desk, doorway, host)
    style = STYLE.read_text(encoding="utf-8").replace("\n", "")
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "finalize": shown}
    pages = app.jinja_env
    pages.add_extension("jinja2.ext.i18n")
    pages.install_gettext_callables(translated, translated_number, newstyle=True)  # type: ignore[attr-defined]
    pages.globals.update(
        style=Markup(style),  # noqa: S704 - our own file
        desk=desk,
        form_fields=form_fields,
        counts=counts,
        fixed=inbox_pages.FIXED,
        severity=case_words.severity,
        state=inbox_pages.state,
        prepared=forward_words.prepared,
        mark=triage_words.mark,
        letter_words=letter_words,
        DANGER=Severity.DANGER,
    )
    pages.filters.update(size=size, one_line=one_line)
    install_headers(app, style)
    install_guards(app)
    install_problems(app)
    for module in PAGES:
        app.register_blueprint(module.blueprint)
    return app


def shown(value: object) -> object:
    """Make whatever is put on a page harmless, whoever wrote it, before it is escaped; our own markup stays."""
    return value if isinstance(value, Markup) else harmless(str(value))
