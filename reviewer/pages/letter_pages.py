"""Writing to a source: a text or a template, what the source will see, what may endanger somebody, and taking it back.

It goes the way of ``reply``: a danger that is found stops the letter until a person ticks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from keys.sealing.letter import EntryKind, Outcome
from keys.sealing.limits import LETTER_TEXT_BYTES
from reviewer import caution_words, letter_words, words
from reviewer.cautions import Danger
from reviewer.errors import RefusedError, ReviewerError
from reviewer.letter_preview import Draft, preview
from reviewer.letter_templates import USUAL_DAYS, Choice, fill
from reviewer.letters import write_to_source
from reviewer.pages.case_pages import CASE_PREFIX, TEMPLATE_FIELDS, case_page, refused
from reviewer.pages.case_view import entry_text
from reviewer.pages.fields import typed_into
from reviewer.pages.guards import vault
from reviewer.pages.problems import REFUSED, TOLD
from reviewer.translation import translated as _
from reviewer.unsending import unsend

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keys.sealing.letter import Entry

blueprint = Blueprint("letter", __name__, url_prefix=CASE_PREFIX)


@blueprint.get("/letter")
def letter_now(number: int) -> str:
    """The letter as its source will have it after the next outbox."""
    return _letter(number, None)


@blueprint.post("/letter")
def letter(number: int) -> str | tuple[str, int]:
    """Show what the source will read; with a second yes it goes into the letter."""
    kind = EntryKind.QUESTION if "question" in request.form else EntryKind.REPLY
    draft = Draft(kind, request.form.get("text", "").replace("\r\n", "\n"))
    if "back" in request.form:
        return case_page(number)
    try:
        if "yes" not in request.form:
            return _letter(number, draft)
        seen = [Danger(one) for one in request.form.getlist("despite") if one in set(Danger)]
        with vault().change() as change:
            write_to_source(change, number, kind, draft.text, seen)
    except RefusedError as error:
        return _letter(number, draft, str(error)), REFUSED
    except TOLD as error:
        return refused(number, error)
    return case_page(number, said=[words.WRITTEN], typed=MultiDict())


@blueprint.post("/template")
def fill_in(number: int) -> str | tuple[str, int]:
    """Put a letter that is written already into the field, to be read and changed."""
    try:
        wish = typed_into(TEMPLATE_FIELDS, request.form)
        if not wish["template"]:
            raise ReviewerError(_("No letter was chosen."), _("Choose what it is for."))
        outcome = Outcome(wish["outcome"]) if wish["outcome"] else None
        choice = Choice(wish["template"], wish["language"], wish["days"] or USUAL_DAYS, outcome)
        with vault().look() as rows:
            made = fill(rows, number, choice)
    except TOLD as error:
        return refused(number, error)
    typed = MultiDict({"text": made.text} | ({"question": "on"} if made.question else {}))
    return case_page(number, said=[*letter_words.filled(made), _("The letter stands in its field below.")], typed=typed)


@blueprint.post("/unsend")
def take_back(number: int) -> str | tuple[str, int]:
    """Take back the last entry that no outbox has carried."""
    try:
        with vault().change() as change:
            unsend(change, number)
    except TOLD as error:
        return refused(number, error)
    return case_page(number, said=[letter_words.UNSENT])


def _letter(number: int, draft: Draft | None, problem: str = "") -> str:
    seen = preview(vault(), number, draft)
    return render_template(
        "letter.html",
        number=number,
        seen=seen,
        entries=_shown(seen.letter.entries),
        dropped=_shown(seen.dropped),
        most=LETTER_TEXT_BYTES,
        draft=draft,
        is_question=draft is not None and draft.kind is EntryKind.QUESTION,
        why=caution_words.WHY,
        problem=problem,
    )


def _shown(entries: Iterable[Entry]) -> list[dict[str, str]]:
    return [{"heading": letter_words.heading(one), "week": one.week, "text": entry_text(one)} for one in entries]
