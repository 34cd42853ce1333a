"""Coming in, unlocking, locking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for

from keys.sealing.limits import MIB
from reviewer import limits as desk_limits
from reviewer.errors import ReviewerError
from reviewer.pages.guards import desk, guarded, is_unlocked, keep_cookie, visitor
from reviewer.pages.problems import REFUSED

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("unlock", __name__)


@blueprint.get("/enter/<token>")
def enter(token: str) -> Response:
    """Let the browser in that has the address of the start."""
    found = guarded().doorway.enter(token)
    if found is None:
        abort(403)
    return keep_cookie(redirect(url_for("unlock.unlock"), 303), found)


@blueprint.get("/unlock")
def unlock() -> str | Response:
    """Ask for the passphrase."""
    return redirect(url_for("round.home"), 303) if is_unlocked() else _asked("")


@blueprint.post("/unlock")
def locked() -> tuple[str, int] | Response:
    """Take the passphrase."""
    try:
        desk().unlock(request.form.get("reviewer", ""), request.form.get("passphrase", ""))
    except ReviewerError as error:
        return _asked(str(error)), REFUSED
    return keep_cookie(redirect(url_for("round.home"), 303), replace(visitor(), unlocking=desk().number))


@blueprint.post("/lock")
def lock() -> Response:
    """Lock now."""
    desk().lock()
    return keep_cookie(redirect(url_for("unlock.unlock"), 303), replace(visitor(), unlocking=0))


def _asked(problem: str) -> str:
    return render_template(
        "unlock.html",
        problem=problem,
        names=desk().names,
        passes=desk_limits.KDF_OPERATIONS,
        memory=desk_limits.KDF_MEMORY // MIB,
        busy=desk().is_busy,
    )
