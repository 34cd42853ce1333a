"""A return visit, request by request: whose it is, how its pages are answered, and what is shown when there is none.

Rules:
1. A page of the visit that is asked for without one, for whatever reason, leads to a page that says nothing of visits.
   So Back and Reload show the same after "leave", after a restart, and after the cookie's end.
2. A text that somebody wrote while the visit ended is handed back, to be sent once the words were typed again. Where
   there is no cookie at all, the visit was left or never was: nothing is handed back.
3. While letters are away after a restore, the page that asks for words says so, before and after any words: it is the
   same for words that opened a box once, for words that never did, and for a cover report's.
4. "Leave" takes the cookies of all languages out of the browser, of whichever box they are: a cookie comes along with
   the pages of its language only.
5. What was taken in is told on a page of its own, after a redirect: there is no form to send again in the history.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, request, url_for

from intake.source.naming import NO_NAME
from intake.source.refusals import Reason
from intake.source.services import services
from intake.source.session import COOKIE
from intake.source.words import REFUSALS
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from intake.source.mailbox import OpenedBox
    from intake.source.naming import GivenName
    from intake.source.session import Visit


def current_visit() -> tuple[Visit, OpenedBox] | None:
    """Return the visit that the cookie seals, and its box; ``None`` when there is none that lasts."""
    at = services()
    visit = at.visits.from_cookie(request.cookies.get(COOKIE, ""))
    opened = at.mailboxes.open(visit.codename) if visit else None
    return (visit, opened) if visit and opened else None


def in_visit(visit: Visit, answer: ResponseReturnValue) -> Response:
    """Send the cookie anew with every page, so that the idle time starts again."""
    response = make_response(answer)
    cookie = services().visits.to_cookie(visit)
    response.set_cookie(COOKIE, cookie, path=url_for("box.show"), httponly=True, samesite="Strict")
    return response


def nothing_open() -> Response:
    """Lead to the page that says nothing."""
    return make_response(redirect(url_for("pages.left"), HTTPStatus.SEE_OTHER))


def ended_meanwhile(text: str = "", name: GivenName = NO_NAME) -> ResponseReturnValue:
    """Answer a form of a visit that there is not: give text and name back if the visit ended by itself."""
    return ask_for_words(Reason.VISIT_OVER, text, name) if COOKIE in request.cookies else nothing_open()


def end_visit(visit: Visit | None) -> Response:
    """Let the visit's cookie open nothing any more, and lead to the page that says nothing."""
    if visit is not None:
        services().visits.end(visit)
    response = nothing_open()
    for language in services().config.door.languages:
        response.delete_cookie(COOKIE, path=url_for("box.show", lang=language), httponly=True, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def ask_for_words(reason: Reason | None = None, left_over: str = "", name: GivenName = NO_NAME) -> ResponseReturnValue:
    """Ask for the words, after saying what a bad server would see."""
    text = reason and REFUSALS[reason]
    away = services().silence.letters_away()
    message = Plaintext(left_over.encode())
    page = render_template("return.html", problem=text, message=message, given=name, letters_away=away)
    return page, text.status if text else HTTPStatus.OK
