"""A return visit: eight words, the letter, adding to a report, leaving."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from intake.source.draft import Draft, Name, read_draft, report_rules, text_of
from intake.source.form_stream import FormRules, FormStream
from intake.source.form_token import Form
from intake.source.letter_view import view_letter
from intake.source.limits import MESSAGE_FIELD_BYTES
from intake.source.reception import Received, Reception
from intake.source.refusal_pages import refusal_page
from intake.source.refusals import Reason, Refusal
from intake.source.services import services
from intake.source.session import COOKIE
from intake.source.words import FORM_BACK, REFUSALS
from keys.sealing.limits import CODENAME_FIELD_BYTES
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from intake.source.mailbox import OpenedBox
    from intake.source.session import Visit

blueprint = Blueprint("box", __name__)
PURPOSE = "box"
ENTER_RULES = FormRules(fields={Name.CODENAME: CODENAME_FIELD_BYTES, Name.MESSAGE: MESSAGE_FIELD_BYTES})


def is_try() -> bool:
    """Tell whether this request tries a codename."""
    return request.method == "POST" and request.endpoint == "box.enter"


@blueprint.get("/return")
def come_back() -> ResponseReturnValue:
    """Ask for the words, after saying what a bad server would see."""
    return _ask_for_words()


@blueprint.post("/return")
def enter() -> ResponseReturnValue:
    """Begin a visit if the words open a box; a text that an ended visit left over comes along.

    Both answers are made, whatever the words are, and one is given: the time tells nothing of which boxes exist.
    """
    at = services()
    fields = FormStream(request.environ, ENTER_RULES).read_fields()
    left_over = text_of(fields, Name.MESSAGE)
    outside = make_response(_ask_for_words(Reason.WRONG_WORDS, left_over))
    opened, codename = None, at.words.draw()
    with suppress(Refusal):
        opened = at.mailboxes.open_typed(text_of(fields, Name.CODENAME))
        codename = opened.codename
    visit = at.visits.start(codename)
    inside = _in_visit(visit, redirect(url_for("box.show"), HTTPStatus.SEE_OTHER))
    if opened is None:
        return outside
    return _in_visit(visit, _box(visit, opened, left_over)) if left_over else inside


@blueprint.get("/box")
def show() -> ResponseReturnValue:
    """Show the letter, and the form to add to a report."""
    visit, opened = _visit()
    if visit is None or opened is None:
        return redirect(url_for("box.come_back"), HTTPStatus.SEE_OTHER)
    return _in_visit(visit, _box(visit, opened))


@blueprint.post("/box/add")
def add() -> ResponseReturnValue:
    """Take in what is added to a report."""
    form = FormStream(request.environ, report_rules(services()))
    fields = form.read_fields()
    visit, opened = _visit()
    if visit is None or opened is None:
        return _ask_for_words(Reason.VISIT_OVER, text_of(fields, Name.MESSAGE))
    draft = read_draft(Form(PURPOSE, visit.codename), fields, services())
    return _in_visit(visit, _take(form, draft, visit, opened))


@blueprint.post("/box/leave")
def leave() -> Response:
    """End the visit, whatever was typed."""
    at = services()
    visit = at.visits.from_cookie(request.cookies.get(COOKIE, ""))
    if visit is not None:
        at.visits.end(visit)
    response = make_response(redirect(url_for("pages.left"), HTTPStatus.SEE_OTHER))
    response.delete_cookie(COOKIE, path=url_for("box.show"), httponly=True, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _take(form: FormStream, draft: Draft, visit: Visit, opened: OpenedBox) -> ResponseReturnValue:
    reception = Reception(services(), draft, opened.keys, first_visit=False)
    try:
        reception.take(form)
    except Refusal as refusal:
        return _ended_early(refusal.reason, reception.received, draft, visit, opened)
    return render_template("received.html", received=reception.received, codename=None, problem=None)


def _ended_early(
    reason: Reason, received: Received, draft: Draft, visit: Visit, opened: OpenedBox
) -> ResponseReturnValue:
    text = REFUSALS[reason]
    if received:
        return render_template("received.html", received=received, codename=None, problem=text), text.status
    if reason in FORM_BACK:
        return _box(visit, opened, draft.message.expose().decode(), reason, draft), text.status
    return refusal_page(reason)


def _box(
    visit: Visit, opened: OpenedBox, typed: str = "", reason: Reason | None = None, draft: Draft | None = None
) -> str:
    at = services()
    return render_template(
        "box.html",
        letter=opened.letter and view_letter(opened.letter),
        token=at.tokens.issue(Form(PURPOSE, visit.codename), at.clock(), draft.name_to_keep if draft else None),
        message=Plaintext(typed.encode()),
        consent=draft.consent_to_keep if draft else None,
        problem=reason and REFUSALS[reason],
    )


def _ask_for_words(reason: Reason | None = None, left_over: str = "") -> ResponseReturnValue:
    text = reason and REFUSALS[reason]
    page = render_template("return.html", problem=text, message=Plaintext(left_over.encode()))
    return page, text.status if text else HTTPStatus.OK


def _visit() -> tuple[Visit | None, OpenedBox | None]:
    """Return the visit that the cookie seals, and its box; both ``None`` when there is none."""
    at = services()
    visit = at.visits.from_cookie(request.cookies.get(COOKIE, ""))
    opened = at.mailboxes.open(visit.codename) if visit else None
    return (visit, opened) if opened else (None, None)


def _in_visit(visit: Visit, answer: ResponseReturnValue) -> Response:
    """Send the cookie anew with every page, so that the idle time starts again."""
    response = make_response(answer)
    cookie = services().visits.to_cookie(visit)
    response.set_cookie(COOKIE, cookie, path=url_for("box.show"), httponly=True, samesite="Strict")
    return response
