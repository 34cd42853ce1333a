"""A first report: the form, and the receipt, from which more can be added to the same report.

Rules:
1. The server remembers nothing between pages: a receipt carries, in its own form, everything that the next one needs.
2. A receipt's token is made only when something is durable, for one desk and one codename.
3. Files come one by one, and questions a page at a time. What was typed and not sent stays on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from intake.form.model import FIRST_PAGE
from intake.source.draft import (
    Name,
    may_be_about_us,
    more_rules,
    read_codename,
    read_draft,
    report_rules,
    text_of,
)
from intake.source.form_stream import FormStream
from intake.source.form_token import Form
from intake.source.limits import PRACTICE_WORD
from intake.source.naming import NO_NAME
from intake.source.next_page import START, Standing
from intake.source.questions import said, views
from intake.source.reception import Received, Reception
from intake.source.refusal_pages import refusal_page
from intake.source.refusals import Reason, Refusal
from intake.source.services import services
from intake.source.words import FORM_BACK, REFUSALS
from keys.sealing.codename import MailboxKeys
from keys.sealing.submission import IfSilent
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from intake.form.answering import Filled
    from intake.source.draft import Draft
    from intake.source.questions import SectionView
    from keys.sealing.values import Codename

blueprint = Blueprint("report", __name__)
blueprint.add_app_template_filter(said, "said")
PURPOSE = "report"
ANSWERS = "answers"
"""What the button says that sends answers; the other one sends a file and leaves the questions as they are."""


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
    reason = _taken(reception, form)
    if Name.PRACTICE in form.last:
        draft = draft.practised_with(form.last[Name.PRACTICE], codename)
    if reason is not None and not reception.received:
        return _ended_early(reason, draft, codename)
    return _receipt(_Shown(codename, draft, reception.received, START.after(at.form, draft.filled), reason))


@blueprint.post("/write/more")
def more() -> ResponseReturnValue:
    """Add answers, or a file, to a report that is safe already."""
    at = services()
    form = FormStream(request.environ, more_rules(at))
    fields = form.read_fields()
    codename = read_codename(fields, at)
    asked = Standing.read(at.form, lambda name: text_of(fields, name))
    desk = text_of(fields, Name.DESK)
    draft = read_draft(_more(codename, desk), fields, at, asked.sections(at.form)).at_desk(desk)
    sends_answers = text_of(fields, Name.GO) == ANSWERS
    taken = draft if sends_answers else draft.without_answers()
    reception = Reception(at, taken, MailboxKeys.derive(codename, at.bundle.salt), first_visit=True, more=True)
    reason = _taken(reception, form)
    if not draft.token.ours:
        return refusal_page(Reason.RECEIPT_OVER)
    if sends_answers and reason is Reason.NOTHING_SENT:
        reason = None  # nothing to say to these questions
    if sends_answers and (reception.received.answers or reason is None):
        return _receipt(
            _Shown(codename, draft, reception.received, asked.after(at.form, draft.filled), reason, more=True)
        )
    return _receipt(_Shown(codename, draft, reception.received, asked, reason, draft.filled, more=True))


def _taken(reception: Reception, form: FormStream) -> Reason | None:
    """Take everything in; return why not all of it is durable."""
    try:
        reception.take(form)
    except Refusal as refusal:
        return refusal.reason
    return None


def _more(codename: Codename, desk: str) -> Form:
    return Form(f"more {desk}", codename)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a receipt page says and carries.

    Attributes:
        codename: the words.
        draft: what came in.
        received: what of it is durable.
        standing: what is asked next.
        reason: why not everything is durable.
        typed: answers that were typed and not sent.
        more: whether it is about something added to a report.
    """

    codename: Codename
    draft: Draft
    received: Received
    standing: Standing
    reason: Reason | None = None
    typed: Filled | None = None
    more: bool = False


def _ended_early(reason: Reason, draft: Draft, codename: Codename) -> ResponseReturnValue:
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
        given=draft.name if draft else NO_NAME,
        sections=_first_page(draft.filled_to_keep if draft else None),
        practice_word=PRACTICE_WORD,
        problem=reason and REFUSALS[reason],
    )


def _first_page(filled: Filled | None) -> tuple[SectionView, ...]:
    """Return the questions of the first page; where no text comes in, only those that decide who reads the files."""
    at = services()
    about_desks = frozenset(name for name in at.form.fields if at.form.routes(name))
    if not at.lanes.arrival and not about_desks:
        return ()
    return views(at.form.asked(FIRST_PAGE), filled, frozenset() if at.lanes.arrival else about_desks)


def _receipt(shown: _Shown) -> ResponseReturnValue:
    at = services()
    asked = shown.standing.sections(at.form) if at.lanes.arrival else ()
    page = render_template(
        "receipt.html",
        codename=shown.codename,
        received=shown.received,
        carried=_carried(shown),
        sections=views(asked, shown.typed, shown.standing.again),
        again=bool(shown.standing.again),
        more=shown.more,
        desk=at.bundle.desk(shown.draft.desk).name if shown.draft.desk and shown.received else "",
        kept_from_leads=may_be_about_us(shown.draft.filled) and bool(shown.received),
        practised=shown.draft.practised,
        practice_word=PRACTICE_WORD,
        problem=shown.reason and REFUSALS[shown.reason],
    )
    return page, HTTPStatus.OK if shown.reason is None else REFUSALS[shown.reason].status


def _carried(shown: _Shown) -> list[tuple[str, str]]:
    """Return what the form on the receipt carries: which report, for which desk, what it allows, what is asked."""
    at = services()
    draft, consent = shown.draft, shown.draft.consent
    token = at.tokens.issue(_more(shown.codename, draft.desk), at.clock(), draft.token.name)
    fields = {
        Name.TOKEN: token,
        Name.CODENAME: shown.codename.expose(),
        Name.DESK: draft.desk,
        Name.ORIGINALS: "yes" if consent.originals else "",
        Name.NEVER: consent.never,
        Name.IF_SILENT: "yes" if consent.if_silent is IfSilent.FORWARD else "",
        Name.NAME_APART: "yes" if consent.name_apart else "",
        **shown.standing.carried(),
    }
    audiences = [(Name.CONSENT, audience.value) for audience in sorted(consent.may_see)]
    return [(name, value) for name, value in (*fields.items(), *audiences) if value]
