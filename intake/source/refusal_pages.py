"""Turns refusals and errors into short pages, all alike."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import render_template, request
from werkzeug.exceptions import HTTPException

from intake.server.door import note
from intake.source.refusals import Reason, Refusal
from intake.source.words import REFUSALS
from intake.store import StoreBusy, StoreDayOver, StoreError, StoreFull

if TYPE_CHECKING:
    from flask import Flask

STORE_BUSY = "store-busy"
"""What is counted when somebody else has held the store for too long."""

_HTTP = {404: Reason.NOT_FOUND, 405: Reason.WRONG_METHOD, 413: Reason.TOO_LARGE, 429: Reason.TOO_BUSY, 503: Reason.BUSY}


def install_refusal_pages(app: Flask) -> None:
    """Let the app answer with these pages."""
    app.register_error_handler(Refusal, lambda refusal: refusal_page(refusal.reason))
    app.register_error_handler(StoreError, _store_page)
    app.register_error_handler(HTTPException, _http_page)


def _store_page(error: StoreError) -> tuple[str, int]:
    if isinstance(error, StoreBusy):
        note(request.environ, STORE_BUSY)
    return refusal_page(reason_of(error))


def reason_of(error: StoreError) -> Reason:
    """Say which page a source sees when the store cannot."""
    match error:
        case StoreDayOver():
            return Reason.DAY_OVER
        case StoreFull():
            return Reason.FULL
        case StoreBusy():
            return Reason.BUSY
        case _:
            return Reason.FAILED


def refusal_page(reason: Reason) -> tuple[str, int]:
    """Return the page of a reason, and its status."""
    text = REFUSALS[reason]
    return render_template("problem.html", problem=text), text.status


def _http_page(error: HTTPException) -> tuple[str, int]:
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    otherwise = Reason.FAILED if code >= HTTPStatus.INTERNAL_SERVER_ERROR else Reason.BROKEN_FORM
    return refusal_page(_HTTP.get(code, otherwise))
