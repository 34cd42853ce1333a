"""A first report: the form, and the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from intake.source.draft import read_codename, read_draft, report_rules
from intake.source.form_stream import FormStream
from intake.source.form_token import Form
from intake.source.reception import Received, Reception
from intake.source.refusal_pages import refusal_page
from intake.source.refusals import Reason, Refusal
from intake.source.services import services
from intake.source.words import FORM_BACK, REFUSALS
from keys.sealing.codename import MailboxKeys
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from intake.source.draft import Draft
    from keys.sealing.values import Codename

blueprint = Blueprint("report", __name__)
PURPOSE = "report"


@blueprint.get("/write")
def write() -> ResponseReturnValue:
    """Show the form, with words drawn for this visit."""
    at = services()
    at.recipient()  # no form while no desk could open what it brings
    return _form(at.words.draw())


@blueprint.post("/write")
def send() -> ResponseReturnValue:
    """Take the report in and say what was received."""
    at = services()
    form = FormStream(request.environ, report_rules(at))
    fields = form.read_fields()
    codename = read_codename(fields, at)
    draft = read_draft(Form(PURPOSE, codename), fields, at)
    reception = Reception(at, draft, MailboxKeys.derive(codename, at.bundle.salt), first_visit=True)
    try:
        reception.take(form)
    except Refusal as refusal:
        return _ended_early(refusal.reason, reception.received, draft, codename)
    return _receipt(codename, reception.received)


def _ended_early(reason: Reason, received: Received, draft: Draft, codename: Codename) -> ResponseReturnValue:
    if received:
        return _receipt(codename, received, reason), REFUSALS[reason].status
    if reason is Reason.NEW_WORDS:
        return _form(services().words.draw(), draft, reason), REFUSALS[reason].status
    if reason in FORM_BACK:
        return _form(codename, draft, reason), REFUSALS[reason].status
    return refusal_page(reason)


def _form(codename: Codename, draft: Draft | None = None, reason: Reason | None = None) -> str:
    at = services()
    return render_template(
        "write.html",
        codename=codename,
        token=at.tokens.issue(Form(PURPOSE, codename), at.clock(), draft.name_to_keep if draft else None),
        message=draft.message if draft else Plaintext(b""),
        consent=draft.consent_to_keep if draft else None,
        problem=reason and REFUSALS[reason],
    )


def _receipt(codename: Codename, received: Received, reason: Reason | None = None) -> str:
    return render_template("received.html", codename=codename, received=received, problem=reason and REFUSALS[reason])
