"""A return visit: eight words, the letter, adding to a report, leaving."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from intake.source.act_rows import NOBODY
from intake.source.box_page import NOTHING_TYPED, PURPOSE, Typed, box_page
from intake.source.draft import Draft, Name, given_name, read_draft, report_rules, text_of
from intake.source.form_stream import FormRules, FormStream
from intake.source.form_token import Form
from intake.source.letter_texts import TAKEN
from intake.source.limits import MESSAGE_FIELD_BYTES, NAME_FIELD_BYTES
from intake.source.news import News
from intake.source.reception import Reception
from intake.source.refusal_pages import refusal_page
from intake.source.refusals import Reason, Refusal
from intake.source.services import services
from intake.source.session import COOKIE
from intake.source.visiting import ask_for_words, current_visit, end_visit, ended_meanwhile, in_visit, nothing_open
from intake.source.words import FORM_BACK, REFUSALS
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.filing_proof import open_filing_proof
from keys.sealing.followup import Act, Followup
from keys.sealing.limits import CODENAME_FIELD_BYTES, OTHER_FIELD_BYTES
from keys.sealing.submission import Consent

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from intake.source.mailbox import OpenedBox
    from intake.source.reception import Received
    from intake.source.session import Visit
    from keys.sealing.letter import Letter

blueprint = Blueprint("box", __name__)
QUESTION = "question"
"""The field that says which question is answered."""
QUESTION_BYTES = 32
ENTER_RULES = FormRules(
    fields={
        Name.CODENAME: CODENAME_FIELD_BYTES,
        Name.MESSAGE: MESSAGE_FIELD_BYTES,
        Name.REACH: NAME_FIELD_BYTES,
        Name.NAME_APART: OTHER_FIELD_BYTES,
    }
)


def is_try() -> bool:
    """Tell whether this request tries a codename."""
    return request.method == "POST" and request.endpoint == "box.enter"


@blueprint.get("/return")
def come_back() -> ResponseReturnValue:
    """Ask for the words, after saying what a bad server would see."""
    return ask_for_words()


@blueprint.post("/return")
def enter() -> ResponseReturnValue:
    """Begin a visit if the words open a box; what was typed when a visit ended comes along.

    Both answers are made, whatever the words are, and one is given: the time tells nothing of which boxes exist.
    """
    at = services()
    fields = FormStream(request.environ, ENTER_RULES).read_fields()
    left_over, name = text_of(fields, Name.MESSAGE), given_name(fields)
    typed = text_of(fields, Name.CODENAME)
    outside = make_response(ask_for_words(at.words.what_is_wrong(typed), left_over, name))
    outside.content_location = url_for("box.enter")  # takes the time that the other answer's Location does
    opened, codename = None, at.words.draw()
    with suppress(Refusal):
        opened = at.mailboxes.open_typed(typed)
        codename = opened.codename
    visit = at.visits.start(codename)
    inside = in_visit(visit, redirect(url_for("box.show"), HTTPStatus.SEE_OTHER))
    if opened is None:
        return outside
    kept = Typed(left_over, given=name)
    return in_visit(visit, box_page(visit, opened, kept)) if left_over or name.text else inside


@blueprint.get("/box")
def show() -> ResponseReturnValue:
    """Show the letter, and the forms to answer and to add."""
    found = current_visit()
    if found is None:
        return nothing_open()
    visit, opened = found
    return in_visit(replace(visit, news=""), box_page(visit, opened, NOTHING_TYPED))


@blueprint.get("/box/done")
def done() -> ResponseReturnValue:
    """Say what was just taken in."""
    found = current_visit()
    if found is None:
        return nothing_open()
    visit, _opened = found
    news = News.from_text(visit.news)
    if news is None:
        return in_visit(visit, redirect(url_for("box.show"), HTTPStatus.SEE_OTHER))
    return in_visit(visit, render_template("received.html", received=news.received, news=news, taken=TAKEN))


@blueprint.get("/box/proof/<int:place>")
def proof(place: int) -> ResponseReturnValue:
    """Give the desk's signed proof of filing as a file; its name says nothing."""
    found = current_visit()
    if found is None:
        return nothing_open()
    visit, opened = found
    text = _proof(opened.letter, place)
    if text is None:
        return refusal_page(Reason.NOT_FOUND)
    response = in_visit(visit, make_response(text))
    response.mimetype = "text/plain"
    response.headers["Content-Disposition"] = 'attachment; filename="notes.txt"'
    return response


@blueprint.post("/box/add")
def add() -> ResponseReturnValue:
    """Take in what is added to a report, or an answer to a question of the desk."""
    at = services()
    rules = report_rules(at)
    taken = {name: limit for name, limit in rules.fields.items() if name != Name.REACH}
    form = FormStream(request.environ, replace(rules, fields={**taken, QUESTION: QUESTION_BYTES}))
    fields = form.read_fields()
    found = current_visit()
    if found is None:
        return ended_meanwhile(text_of(fields, Name.MESSAGE))
    visit, opened = found
    question = text_of(fields, QUESTION)
    draft = read_draft(Form(PURPOSE, visit.codename), fields, at)
    return in_visit(*_take(form, _as_followup(draft, question, opened), question, visit, opened))


@blueprint.post("/box/leave")
def leave() -> Response:
    """End the visit, whatever was typed."""
    return end_visit(services().visits.from_cookie(request.cookies.get(COOKIE, "")))


def _as_followup(draft: Draft, question: str, opened: OpenedBox) -> Draft:
    """Say in the row what it is; who may see the case is changed by a form of its own."""
    allowed = opened.letter.allowed if opened.letter else None
    consent = Consent(allowed.may_see, allowed.originals) if allowed else NOBODY
    try:
        followup = Followup(Act.ANSWER, question) if question else Followup()
    except FormatError as error:
        raise Refusal(Reason.BROKEN_FORM) from error
    told = replace(draft, consent=consent, answers=followup.to_answers())
    return told.at_desk(services().desk_of(opened.letter))


def _take(
    form: FormStream, draft: Draft, question: str, visit: Visit, opened: OpenedBox
) -> tuple[Visit, ResponseReturnValue]:
    reception = Reception(services(), draft, opened.keys, first_visit=False)
    try:
        reception.take(form)
    except Refusal as refusal:
        return visit, _ended_early(refusal.reason, reception.received, Typed.of(draft, question), visit, opened)
    told = replace(visit, news=News(reception.received).to_text())
    return told, redirect(url_for("box.done"), HTTPStatus.SEE_OTHER)


def _ended_early(
    reason: Reason, received: Received, typed: Typed, visit: Visit, opened: OpenedBox
) -> ResponseReturnValue:
    text = REFUSALS[reason]
    if received:
        return render_template("received.html", received=received, problem=text), text.status
    if reason in FORM_BACK:
        return box_page(visit, opened, typed, reason), text.status
    return refusal_page(reason)


def _proof(letter: Letter | None, place: int) -> str | None:
    """Return the proof that an entry carries, if a desk has signed it."""
    entries = letter.entries if letter else ()
    text = entries[place].proof if place < len(entries) else ""
    try:
        open_filing_proof(text.encode(), services().bundle.desk_keys)
    except (FormatError, SignatureError):
        return None
    return text
