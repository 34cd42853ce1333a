"""Ties a Flask app to the limits: so many requests a circuit, so many bodies at once.

    limiter = limit_requests(app, numbers)      # in create_app

Every request counts for its circuit, for pages that are not there too; requests with a body count once more on their
own, and those hold a slot while their view runs. An app that can read the text before the files (``text_goes_in``)
gets an upload for which there is no slot all the same, in the slot of a text and marked ``TEXT_ALONE``: it reads no
more than ``TEXT_ALONE_BYTES``, which have come already. An app says the refusal in its own words through error handlers
for 429 and 503 (``DoorBusyError`` is a 503); nothing is stored before them. ``@limiter.limit`` and ``@limiter.exempt``
work as in Flask-Limiter's documentation.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import g, request
from flask_limiter import ApplicationLimit, Limiter

from intake.server.counters import CircuitCounters
from intake.server.door import circuit_address, note
from intake.server.heads import arrives_complete, begins_collected
from intake.server.numbers import READ_AHEAD_BYTES, SERVER_NUMBERS, ServerNumbers
from intake.server.slots import BodyKind, DoorBusyError, UploadSlots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask, Response

__all__ = [
    "TEXT_ALONE",
    "TEXT_ALONE_BYTES",
    "BodyKind",
    "DoorBusyError",
    "UploadSlots",
    "body_kind",
    "circuit_address",
    "limit_requests",
]


TEXT_ALONE = "khomo.text_alone"
"""Set in the environment of an upload of which only the beginning may be read."""

TEXT_ALONE_BYTES = SERVER_NUMBERS.anteroom.small_body_bytes - READ_AHEAD_BYTES
"""How much that is. What a parser reads ahead has come too, so that reading waits for nobody."""


def limit_requests(
    app: Flask,
    numbers: ServerNumbers = SERVER_NUMBERS,
    slots: UploadSlots | None = None,
    *,
    text_goes_in: bool = False,
    is_try: Callable[[], bool] = lambda: False,
) -> Limiter:
    """Limit all requests of ``app``; call it before blueprints are registered. ``is_try`` tells of a codename's try."""
    limiter = Limiter(
        _circuit,
        app=app,
        application_limits=[
            ApplicationLimit(numbers.rates.pages),
            ApplicationLimit(numbers.rates.bodies, exempt_when=lambda: body_kind(request.environ, numbers) is None),
            ApplicationLimit(numbers.rates.tries, exempt_when=lambda: not is_try()),
        ],
        on_breach=lambda _limit: note(request.environ, "too-many-tries" if is_try() else "too-many-requests"),
        storage_uri=f"{CircuitCounters.STORAGE_SCHEME[0]}://",
        storage_options={
            "most": numbers.rates.circuits,
            "forgot": _note_forgotten,  # type: ignore[dict-item]  # our own storage takes more than the library's
        },
        strategy="fixed-window",
        headers_enabled=False,
        request_identifier=_page,
    )
    quieten_limiter()
    app.after_request(_note_too_large)
    _give_slots(app, _Turnstile(slots or UploadSlots(numbers.slots), numbers, text_goes_in=text_goes_in))
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


def _note_too_large(response: Response) -> Response:
    """Count what an app refuses as larger than may be."""
    if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        note(request.environ, "too-large")
    return response


def _note_forgotten() -> None:
    """Count that a circuit's counts went before their time: it may then ask for more than the limits say."""
    note(request.environ, "circuits-forgotten")


def _page() -> str:
    """Name a page, one that is not there too: Flask-Limiter counts no request without a name."""
    return request.endpoint or "no page"


def _circuit() -> str:
    return circuit_address(request.environ)


class _Turnstile:
    """Finds the slot of a request."""

    def __init__(self, slots: UploadSlots, numbers: ServerNumbers, *, text_goes_in: bool) -> None:
        self.slots = slots
        self._numbers = numbers
        self._text_goes_in = text_goes_in

    def take(self, environ: dict[str, Any]) -> tuple[BodyKind, str] | None:
        """Take a slot, the next best one if need be; returns what to give back."""
        kind = body_kind(environ, self._numbers)
        if kind is None:
            return None
        circuit = circuit_address(environ)
        try:
            self.slots.take(kind, circuit)
        except DoorBusyError:
            if kind is BodyKind.TEXT or not self._text_goes_in or not begins_collected(environ):
                raise
            kind = BodyKind.TEXT
            self.slots.take(kind, circuit)
            environ[TEXT_ALONE] = True
            note(environ, "text-alone")
        return kind, circuit


def _give_slots(app: Flask, turnstile: _Turnstile) -> None:
    """Hold a slot from before a view to the end of its request; registered after the limiter, which refuses first."""

    def take() -> None:
        try:
            g.body_slot = turnstile.take(request.environ)
        except DoorBusyError:
            note(request.environ, "no-slot")
            raise

    def give_back(_error: BaseException | None) -> None:
        slot = g.pop("body_slot", None)
        if slot is not None:
            turnstile.slots.give_back(*slot)

    app.before_request(take)
    app.teardown_request(give_back)
