"""One case: its conversation, facts, files and history, and what a reviewer does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for

from reviewer import case_words, last_page_words, words
from reviewer.case_commands import care_reminder, is_unread_danger, triage
from reviewer.cases import details, get_case, history, mark_read
from reviewer.errors import ReviewerError
from reviewer.evidence.standing import below_files
from reviewer.facets import look
from reviewer.letter_commands import reply
from reviewer.likeness.likeness_words import together
from reviewer.likeness.merging import decide_together
from reviewer.likeness.standing import below_case
from reviewer.mailboxes import settle_mailbox
from reviewer.pages import limits
from reviewer.pages.case_view import shown_case
from reviewer.pages.desk import in_words
from reviewer.pages.fields import fields_of, typed_into
from reviewer.pages.guards import vault
from reviewer.pages.media import mounted, path_typed
from reviewer.pages.problems import REFUSED, TOLD
from reviewer.prepared import pending
from reviewer.recipients import to_withdraw
from reviewer.saving import save_attachment
from reviewer.translation import translated as _
from reviewer.triage import Decision, decide, ends, set_back
from reviewer.triage_options import decision_from
from reviewer.vault.rows import MailboxRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict
    from werkzeug.wrappers import Response

    from reviewer.cases import Details
    from reviewer.vault.rows import CaseRow

CASE_PREFIX = f"/case/<int(max={2**63 - 1}):number>"
"""Of every page of a case; the database can be asked for no larger number."""

blueprint = Blueprint("case", __name__, url_prefix=CASE_PREFIX)

FIELDS = fields_of(triage, without={"note", "note_file", "yes", "undo", "seen"})
"""A note has a form of its own; ``seen`` is what the page knew of."""

TEMPLATE_FIELDS = fields_of(reply, without={"file", "question", "edit", "despite", "yes"})
"""What a letter that is written already is filled in with."""


@blueprint.get("")
def show(number: int) -> str:
    """All of a case, some of its texts at a time; who sees it has read it."""
    page = case_page(number)
    at = vault()
    with at.look() as rows:
        unread = get_case(rows, number).unread
    if unread:
        with at.change() as change:
            mark_read(change, number)
    return page


@blueprint.get("/history")
def acts(number: int) -> str:
    """Who did what with it, the newest first."""
    page = max(request.args.get("page", 1, int), 1)
    with vault().look() as rows:
        found = list(reversed(history(rows, number)))
        pages = max(1, -(-len(found) // limits.ACTS_A_PAGE))
        page = min(page, pages)
        shown = found[(page - 1) * limits.ACTS_A_PAGE : page * limits.ACTS_A_PAGE]
        return render_template("history.html", number=number, acts=shown, page=page, pages=pages)


@blueprint.post("/judge")
def judge(number: int) -> str | tuple[str, int]:
    """Decide about it, as `triage` does."""
    at = vault()
    said: list[str] = []
    try:
        with at.look() as rows:
            now = _now(rows, get_case(rows, number))
        seen = request.form.get("seen", 0, int)
        decision = decision_from(typed_into(FIELDS, request.form, now) | {"note": None, "seen": seen})
        if ends(decision):
            said += care_reminder(at, number)
            if is_unread_danger(at, number):
                raise ReviewerError(_("Something new came that nobody has read."), _("Read it, then decide again."))
        with at.change() as change:
            done = decide_together(change, number, decision)
            said += [*case_words.changed(done.changed, get_case(change.rows, number)), *together(done)]
    except TOLD as error:
        return refused(number, error)
    return case_page(number, said=said)


@blueprint.post("/undo")
def undo(number: int) -> str | tuple[str, int]:
    """Set back what was decided last."""
    try:
        with vault().change() as change:
            said = list(case_words.set_back(set_back(change, number), get_case(change.rows, number)))
    except TOLD as error:
        return refused(number, error)
    return case_page(number, said=said)


@blueprint.post("/note")
def note(number: int) -> Response | tuple[str, int]:
    """Add a note, for the desk only."""
    text = request.form.get("note", "").replace("\r\n", "\n")
    try:
        with vault().change() as change:
            decide(change, number, Decision(note=text))
    except TOLD as error:
        return refused(number, error)
    return redirect(url_for("case.show", number=number, _anchor="notes"), 303)


@blueprint.post("/settle")
def settle(number: int) -> str | tuple[str, int]:
    """Say that a disputed mailbox is its source's."""
    try:
        with vault().change() as change:
            settle_mailbox(change, number)
    except TOLD as error:
        return refused(number, error)
    return case_page(number, said=[words.SETTLED])


@blueprint.post("/save")
def save(number: int) -> str | tuple[str, int]:
    """Save attachments into a folder, in the clear."""
    saved: list[str] = []
    try:
        folder = path_typed(request.form.get("folder", "").strip())
        with vault().look() as rows:
            own = {one.id for one in details(rows, number).attachments}
        chosen = [int(one) for one in request.form.getlist("file") if one.isdecimal() and int(one) in own]
        if not chosen:
            raise ReviewerError(_("No file was chosen."), _("Tick one or more."))
        saved += (str(save_attachment(vault(), one, folder)) for one in chosen)
    except TOLD as error:
        return refused(number, error, saved)
    return case_page(number, said=[_("Saved, in the clear:"), *saved])


def case_page(
    number: int, said: Iterable[str] = (), problem: str = "", typed: MultiDict[str, str] | None = None
) -> str:
    """Make the page of a case; what somebody typed and nothing came of stays in its field."""
    with vault().look() as rows:
        found = details(rows, number)
        part = request.args.get("part", 1, int)
        return render_template(
            "case.html",
            case=found.case,
            found=found,
            facts=list(case_words.facts(found)),
            forwards=list(map(case_words.forwarded, found.forwards)),
            proposed=list(last_page_words.to_withdraw(to_withdraw(rows, number))),
            below=[*below_files(rows, number, found.attachments), *below_case(rows, number)],
            disputed=_is_disputed(rows, found),
            view=shown_case(found, part),
            waiting=pending(rows, number),
            fields=FIELDS,
            now=_now(rows, found.case),
            template_fields=TEMPLATE_FIELDS,
            typed=request.form if typed is None else typed,
            said=list(said),
            problem=problem,
            sticks=mounted(),
        )


def _now(rows: Session, case: CaseRow) -> dict[str, str | None]:
    """What single values of a case are, by the fields that set them."""
    return {field.name: look(rows, case, field.name.replace("_", " ")) for field in FIELDS if not field.several}


def _is_disputed(rows: Session, found: Details) -> bool:
    """Whether a person has to say whose the mailbox is."""
    box = None if found.case.mailbox is None else rows.get_one(MailboxRow, found.case.mailbox)
    return (box is not None and box.disputed) or any(arrival.claim for arrival in found.arrivals)


def refused(number: int, error: Exception, done: Iterable[str] = ()) -> tuple[str, int]:
    """Make the page of a case that says why something was not done."""
    return case_page(number, said=done, problem=str(in_words(error))), REFUSED
