"""Ties a Flask app to the limits: so many requests a circuit, so many bodies at once.

    limiter = limit_requests(app, numbers)      # in create_app

Every request counts for its circuit, for pages that are not there too; requests with a body count once more on their
own, and those hold a slot while their view runs. An app says the refusal in its own words through error handlers for
429 and 503 (``DoorBusyError`` is a 503); nothing is stored before them. ``@limiter.limit`` and ``@limiter.exempt`` work
as in Flask-Limiter's documentation.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import g, request
from flask_limiter import ApplicationLimit, Limiter

from intake.server.counters import CircuitCounters
from intake.server.door import circuit_address
from intake.server.heads import arrives_complete
from intake.server.numbers import SERVER_NUMBERS, ServerNumbers
from intake.server.slots import BodyKind, DoorBusyError, UploadSlots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

__all__ = ["BodyKind", "DoorBusyError", "UploadSlots", "body_kind", "circuit_address", "limit_requests"]


def limit_requests(app: Flask, numbers: ServerNumbers = SERVER_NUMBERS, slots: UploadSlots | None = None) -> Limiter:
    """Limit all requests of ``app``; call it before blueprints are registered."""
    limiter = Limiter(
        _circuit,
        app=app,
        application_limits=[
            ApplicationLimit(numbers.rates.pages),
            ApplicationLimit(numbers.rates.bodies, exempt_when=lambda: body_kind(request.environ, numbers) is None),
        ],
        storage_uri=f"{CircuitCounters.STORAGE_SCHEME[0]}://",
        storage_options={"most": numbers.rates.circuits},
        strategy="fixed-window",
        headers_enabled=False,
        request_identifier=_page,
    )
    quieten_limiter()
    _give_slots(app, slots or UploadSlots(numbers.slots), numbers)
    return limiter


def quieten_limiter() -> None:
    """Keep Flask-Limiter from logging: it names circuit and page of everyone who is refused."""
    logging.getLogger("flask-limiter").disabled = True


def body_kind(environ: Mapping[str, object], numbers: ServerNumbers = SERVER_NUMBERS) -> BodyKind | None:
    """Tell which slot a request needs; None without a body."""
    if str(environ.get("CONTENT_LENGTH", "")) in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in environ:
        return None
    small = arrives_complete(environ, numbers.anteroom.small_body_bytes)
    return BodyKind.TEXT if small else BodyKind.UPLOAD


def _page() -> str:
    """Name a page, one that is not there too: Flask-Limiter counts no request without a name."""
    return request.endpoint or "no page"


def _circuit() -> str:
    return circuit_address(request.environ)


def _give_slots(app: Flask, slots: UploadSlots, numbers: ServerNumbers) -> None:
    """Hold a slot from before a view to the end of its request; registered after the limiter, which refuses first."""

    def take() -> None:
        kind = body_kind(request.environ, numbers)
        if kind is not None:
            slots.take(kind)
            g.body_slot = kind

    def give_back(_error: BaseException | None) -> None:
        kind = g.pop("body_slot", None)
        if kind is not None:
            slots.give_back(kind)

    app.before_request(take)
    app.teardown_request(give_back)
