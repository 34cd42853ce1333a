"""Makes the source app."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Flask, Request

from intake.form.files import form_in_use
from intake.server.limits import UploadSlots, limit_requests
from intake.source import acts, box, pages, report, seal
from intake.source.form_token import FormTokens
from intake.source.headers import install_headers
from intake.source.languages import install_languages, register_pages
from intake.source.letter_view import digest_words
from intake.source.mailbox import Mailboxes
from intake.source.own_pages import refuse_other_sites
from intake.source.page_words import PageWords
from intake.source.refusal_pages import install_refusal_pages
from intake.source.services import EXTENSION, Services, services
from intake.source.session import Visits
from intake.source.silence import Silence
from intake.source.text_only import TextOnly
from intake.source.words import day_names, shown_name, size_text
from keys.sealing.codename import WordLists

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.config import Config
    from intake.store import Store
    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import PublicBundle
    from keys.sealing.values import Codename

STYLE, MORE_STYLE = (Path(__file__).with_name(name) for name in ("style.css", "style_more.css"))
"""The form of a first report, our heaviest page, does without the second one."""
BLUEPRINTS = (pages.blueprint, seal.blueprint, report.blueprint, box.blueprint, acts.blueprint)


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class StreamingRequest(Request):
    """A request whose body is read by ``form_stream`` only: Flask's own parser writes files to disk in the clear."""

    def _load_form_data(self) -> NoReturn:
        raise RuntimeError("forms are read by intake.source.form_stream")

    def get_data(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse to hold a body."""
        self._load_form_data()


class SourceApp(Flask):
    """Flask that writes nothing about a request into its log."""

    request_class = StreamingRequest

    def log_exception(self, exc_info: Any) -> None:
        """Log what kind of error it was: messages and local values may hold a source's words."""
        self.logger.error("a source page failed with %s", exc_info[0].__name__)


def create_app(
    config: Config,
    store: Store,
    public_bundle: PublicBundle | Callable[[], PublicBundle],
    server_key: SigningKey,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """Make the app that serves sources.

    Args:
        config: what the operator decided.
        store: where sealed rows and letters go.
        public_bundle: verified, or what gives the one in use (``intake.papers.CurrentBundle``).
        server_key: signs the letters of new mailboxes; the forms' tokens follow from it.
        clock: gives the time in UTC.
    """
    app = SourceApp(__name__, static_folder=None)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    bundle = public_bundle if callable(public_bundle) else lambda: public_bundle
    app.extensions[EXTENSION] = _services(config, store, bundle, server_key, clock)
    style, more_style = (file.read_text(encoding="utf-8").replace("\n", "") for file in (STYLE, MORE_STYLE))
    install_languages(app, config.door.languages)
    install_headers(app, (style, more_style))
    install_refusal_pages(app)
    numbers = config.limits.server_numbers()
    slots = UploadSlots(numbers.slots)
    limit_requests(app, numbers, slots, text_goes_in=True, is_try=box.is_try)
    refuse_other_sites(app)
    register_pages(app, config.door.languages, BLUEPRINTS, pages.landing)
    app.jinja_env.globals.update(
        style=style,
        more_style=more_style,
        door=config.door,
        limits=config.limits,
        text_only=TextOnly(store, slots).note,
    )
    app.context_processor(_of_today)
    app.jinja_env.filters.update(days=day_names, size=size_text, shown=shown_name, digest_words=digest_words)
    app.jinja_env.filters.update(words_language=_words_language)
    return app


def _of_today() -> dict[str, object]:
    at = services()
    return {"bundle": at.bundle, "lanes": at.lanes, "keeps_names_apart": at.name_recipient is not None}


def _words_language(codename: Codename) -> str:
    return services().words.language(codename)


def _services(
    config: Config,
    store: Store,
    bundle: Callable[[], PublicBundle],
    server_key: SigningKey,
    clock: Callable[[], datetime],
) -> Services:
    words = PageWords(WordLists.load())
    return Services(
        config=config,
        store=store,
        current_bundle=bundle,
        server_key=server_key,
        clock=clock,
        words=words,
        tokens=FormTokens(server_key.expose_seed()),
        visits=Visits(clock),
        mailboxes=Mailboxes(store, bundle, words),
        silence=Silence(store, lambda: bundle().policy.days_without_bundle, clock),
        form=form_in_use(config.form.file),
    )
