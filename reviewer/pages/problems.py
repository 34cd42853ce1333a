"""Errors as pages: what happened and what to do, in the words that commands use; never what was in a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, render_template
from werkzeug.exceptions import HTTPException

from keys.sealing.errors import KhomoError
from reviewer.pages.desk import in_words
from reviewer.pages.guards import is_unlocked
from reviewer.translation import translated as _
from reviewer.vault.database import DISK_TROUBLE

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.sansio.response import Response

REFUSED, FAULT = 409, 500
TOLD = (KhomoError, OSError, UnicodeError, *DISK_TROUBLE)
"""What is told in words; any other error is a fault of the program."""


def install_problems(app: Flask) -> None:
    """Answer every error with a page."""
    for kind in TOLD:
        app.register_error_handler(kind, _told)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _fault)


def _told(error: Exception) -> tuple[str, int]:
    return _page(str(in_words(error))), REFUSED


def _of_http(error: HTTPException) -> tuple[str, int] | Response:
    if error.response is not None:
        return error.response
    code = error.code or FAULT
    said = {
        403: _("This page was not opened from the address that the program printed, or not from one of its forms."),
        404: _("There is no such page."),
        413: _("That is more than one form may hold."),
        421: _("This is not the address that the program printed."),
    }
    return _page(said.get(code, _("This request cannot be answered."))), code


def _fault(error: Exception) -> tuple[str, int]:
    return _page(str(in_words(error))), FAULT


def _page(said: str) -> str:
    inside = "visitor" in g and is_unlocked()
    return render_template("problem.html", said=said, inside=inside)
