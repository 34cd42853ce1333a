"""What a source can do in the box beside writing: change who may see the case, rate the service, give the box up."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for

from intake.source.act_rows import ActRow, take_act
from intake.source.box_page import PURPOSE, Typed, box_page, box_token
from intake.source.draft import Name, given_name, text_of
from intake.source.form_stream import FormRules, FormStream
from intake.source.form_token import Form
from intake.source.letter_texts import NOT_SURE
from intake.source.limits import MESSAGE_FIELD_BYTES, NAME_FIELD_BYTES
from intake.source.news import News
from intake.source.reception import Received
from intake.source.refusal_pages import refusal_page
from intake.source.refusals import Reason, Refusal
from intake.source.services import services
from intake.source.visiting import current_visit, end_visit, ended_meanwhile, in_visit, nothing_open
from intake.source.words import FORM_BACK, REFUSALS
from keys.sealing.followup import Act, Asked, Followup, Rating
from keys.sealing.limits import OTHER_FIELD_BYTES
from keys.sealing.submission import Audience, Consent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask.typing import ResponseReturnValue

    from intake.source.form_token import FormToken
    from intake.source.session import Visit

T = TypeVar("T", bound=StrEnum)

blueprint = Blueprint("acts", __name__)
SURE = "sure"
_SHORT: dict[str, int] = {Name.TOKEN: OTHER_FIELD_BYTES}
CONSENT_RULES = FormRules(
    fields={**_SHORT, Name.CONSENT: OTHER_FIELD_BYTES, Name.ORIGINALS: OTHER_FIELD_BYTES},
    repeated=frozenset({Name.CONSENT}),
)
NAMING_RULES = replace(
    CONSENT_RULES,
    fields={**CONSENT_RULES.fields, Name.REACH: NAME_FIELD_BYTES, Name.NAME_APART: OTHER_FIELD_BYTES},
    too_long={Name.REACH: Reason.NAME_TOO_LONG},
)
OPINION_RULES = FormRules(
    fields={**_SHORT, **dict.fromkeys(Asked, OTHER_FIELD_BYTES), Name.MESSAGE: MESSAGE_FIELD_BYTES},
    too_long={Name.MESSAGE: Reason.TEXT_TOO_LONG},
)
END_RULES = FormRules(fields={**_SHORT, SURE: OTHER_FIELD_BYTES})


@blueprint.post("/box/consent")
def consent() -> ResponseReturnValue:
    """Take in who may see the case from now on, and a name if one is given."""
    rules = NAMING_RULES if services().lanes.arrival else CONSENT_RULES
    fields = FormStream(request.environ, rules).read_fields()
    named = [_one_of(Audience, text_of({"": [value]}, "")) for value in fields.get(Name.CONSENT, [])]
    name = given_name(fields)
    allowed = Consent(frozenset(named), originals=bool(text_of(fields, Name.ORIGINALS)), name_apart=name.apart)
    return _act(fields, ActRow(Followup(Act.CONSENT), consent=allowed, name=name))


@blueprint.post("/box/opinion")
def opinion() -> ResponseReturnValue:
    """Take in what the source thinks of the service."""
    fields = FormStream(request.environ, OPINION_RULES).read_fields()
    ratings = {asked: _one_of(Rating, text_of(fields, asked)) for asked in Asked if asked in fields}
    message = text_of(fields, Name.MESSAGE).replace("\r\n", "\n")
    return _act(fields, ActRow(Followup(Act.OPINION, ratings=ratings), message=message))


@blueprint.get("/box/end")
def ask_end() -> ResponseReturnValue:
    """Say what giving the box up means; nothing has happened yet."""
    found = current_visit()
    if found is None:
        return nothing_open()
    visit, _opened = found
    return in_visit(visit, render_template("end.html", token=box_token(visit)))


@blueprint.post("/box/end")
def end() -> ResponseReturnValue:
    """Give the box up: from now on its words open nothing."""
    fields = FormStream(request.environ, END_RULES).read_fields()
    found = current_visit()
    if found is None:
        return ended_meanwhile()
    visit, opened = found
    if not text_of(fields, SURE):
        page = render_template("end.html", token=box_token(visit), problem=NOT_SURE)
        return in_visit(visit, (page, NOT_SURE.status))
    desk = services().desk_of(opened.letter)
    take_act(services(), _token(visit, fields), opened.keys, ActRow(Followup(Act.WRITE_OFF), desk))
    return end_visit(visit)


def _act(fields: Mapping[str, list[bytes]], act: ActRow) -> ResponseReturnValue:
    """Store what a source does, and say so on a page of its own."""
    found = current_visit()
    if found is None:
        return ended_meanwhile(act.message, act.name)
    visit, opened = found
    try:
        at_desk = replace(act, desk=services().desk_of(opened.letter))
        take_act(services(), _token(visit, fields), opened.keys, at_desk)
    except Refusal as refusal:
        if refusal.reason not in FORM_BACK:
            return in_visit(visit, refusal_page(refusal.reason))
        chosen = act.consent if act.followup.act is Act.CONSENT else None
        page = box_page(visit, opened, Typed(act.message, chosen=chosen, given=act.name), refusal.reason)
        return in_visit(visit, (page, REFUSALS[refusal.reason].status))
    told = replace(visit, news=News(Received(), act=act.followup.act).to_text())
    return in_visit(told, redirect(url_for("box.done"), HTTPStatus.SEE_OTHER))


def _token(visit: Visit, fields: Mapping[str, list[bytes]]) -> FormToken:
    at = services()
    return at.tokens.read(Form(PURPOSE, visit.codename), text_of(fields, Name.TOKEN), at.clock())


def _one_of(kind: Callable[[str], T], text: str) -> T:
    try:
        return kind(text)
    except ValueError as error:
        raise Refusal(Reason.BROKEN_FORM) from error
