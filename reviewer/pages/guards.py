"""What every request has to pass before a page is made: host, form, browser, unlocking, work.

Rules: in this order, and whatever fails is told nothing of the vault.
1. The host is ours, and the method one that pages have.
2. A form is small, of the plain kind (no upload is ever parsed), and comes from our own page.
3. The browser is the one that was let in; only ``/enter/...`` is reached without.
4. A form bears our token.
5. The vault was unlocked, and the cookie is of this unlocking; else the way leads to the passphrase.
6. While a long work has the vault, the way leads to its page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort, current_app, g, redirect, request, url_for
from markupsafe import Markup

from reviewer.pages.doorway import COOKIE, OURS, TOKEN_FIELD

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from reviewer.pages.desk import Desk
    from reviewer.pages.doorway import Doorway, Visitor
    from reviewer.vault.vault import Vault

EXTENSION = "khomo-desk"
_FORM = "application/x-www-form-urlencoded"
_ENTRY = "unlock.enter"
_OUTSIDE = frozenset({_ENTRY, "unlock.unlock", "unlock.locked"})
_BESIDE_WORK = frozenset({"round.working", "unlock.lock"})


@dataclass(frozen=True)
class Guarded:
    """What stands behind the app."""

    desk: Desk
    doorway: Doorway
    host: str


def guarded() -> Guarded:
    """Return what stands behind the app of this request."""
    found: Guarded = current_app.extensions[EXTENSION]
    return found


def desk() -> Desk:
    """Return the desk of this request."""
    return guarded().desk


def vault() -> Vault:
    """Return the open vault; only on pages that are reached unlocked."""
    return desk().vault


def visitor() -> Visitor:
    """Return the browser of this request, which was let in."""
    found: Visitor = g.visitor
    return found


def form_fields(address: str) -> Markup:
    """Give the hidden field of a form that is sent to an address."""
    token = guarded().doorway.form_token(visitor(), address)
    return Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token)


def keep_cookie(response: Response, of: Visitor) -> Response:
    """Let the browser hold who it is now."""
    cookie = guarded().doorway.cookie(of)
    response.set_cookie(COOKIE, cookie, httponly=True, samesite="Strict", path="/")
    return response


def is_unlocked() -> bool:
    """Whether the vault is open and the browser's cookie is of this unlocking."""
    at = desk()
    return at.is_open and visitor().unlocking == at.number


def install_guards(app: Flask) -> None:
    """Let no request pass that should not."""
    app.before_request(_check_address)
    app.before_request(_check_browser)
    app.before_request(_check_open)


def _check_address() -> None:
    at = guarded()
    at.desk.lock_if_idle()
    if request.environ.get("HTTP_HOST") != at.host:
        abort(421)
    if request.method not in {"GET", "HEAD", "POST"}:
        abort(405)
    if request.method == "POST":
        elsewhere = request.headers.get("Origin", f"http://{at.host}") != f"http://{at.host}"
        if elsewhere or request.headers.get("Sec-Fetch-Site", "none") not in OURS:
            abort(403)
        if request.mimetype != _FORM:
            abort(415)


def _check_browser() -> None:
    if request.endpoint == _ENTRY:
        return
    at = guarded()
    found = at.doorway.visitor(request.cookies.get(COOKIE, ""))
    if found is None:
        abort(403)
    g.visitor = found
    if request.method == "POST" and not at.doorway.is_ours(found, request.path, request.form.get(TOKEN_FIELD, "")):
        if is_unlocked():
            abort(403)
        abort(redirect(url_for("unlock.unlock"), 303))  # a form from before the lock


def _check_open() -> Response | None:
    if request.endpoint in _OUTSIDE:
        return None
    at = desk()
    if not is_unlocked():
        return redirect(url_for("unlock.unlock"), 303)
    if request.endpoint != "round.working":
        at.touch()
    if at.is_busy and request.endpoint not in _BESIDE_WORK:
        return redirect(url_for("round.working"), 303)
    return None
