"""The inbox: cases by what somebody looks for, and search. What is looked for never stands in an address."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import func, select

from reviewer import case_words
from reviewer.case_commands import list_command
from reviewer.cases import list_cases, rows_in
from reviewer.likeness.standing import below_list
from reviewer.pages.fields import fields_of, typed_into
from reviewer.pages.guards import desk, vault
from reviewer.search import search
from reviewer.triage_options import LISTED, filter_from
from reviewer.values import SEALED_STATES, ArrivalState, Severity, shown_status
from reviewer.vault.rows import CaseRow, LabelRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

blueprint = Blueprint("inbox", __name__)

FIELDS = fields_of(list_command, without={"page", "sealed", "decoys", "as_json"})
FIXED: dict[str, Mapping[str, Any]] = {
    "all": {},
    "unread": {"unread": True},
    "danger": {"severity": Severity.DANGER.word},
    **{word: {"status": word} for word in LISTED.choices},
}
"""What can be looked for by a word that tells nothing of a case."""


@blueprint.get("/cases/<view>")
def cases(view: str) -> str | Response:
    """One page of cases."""
    wish = FIXED.get(view, desk().remembered(view))
    if wish is None or "query" in wish:
        return redirect(url_for("inbox.cases", view="all"), 303)
    page = min(max(request.args.get("page", 1, int), 1), 10**6)
    with vault().look() as rows:
        found = list_cases(rows, filter_from({**wish, "page": page}), vault().today())
        return render_template(
            "inbox.html",
            found=found,
            below=list(below_list(rows, found)),
            view=view,
            wish=wish,
            fields=FIELDS,
            tally=_tally(rows),
            known=_known(rows),
        )


@blueprint.get("/rows/<any(sealed, decoys):kind>")
def rows_apart(kind: str) -> str:
    """Rows of the door that are no case: those that could not be opened, and why, or the server's own decoys."""
    states = SEALED_STATES if kind == "sealed" else (ArrivalState.DECOY,)
    with vault().look() as rows:
        found = rows_in(rows, states)
        return render_template("rows.html", lines=list(map(case_words.arrival_line, found)), kind=kind)


@blueprint.post("/cases/look-for")
def look_for() -> Response:
    """Keep a filter, and show what fits."""
    wish = {name: value for name, value in typed_into(FIELDS, request.form).items() if value not in {None, "", False}}
    return redirect(url_for("inbox.cases", view=desk().remember(wish)), 303)


@blueprint.post("/search")
def seek() -> Response:
    """Keep a query, and show what it finds."""
    return redirect(url_for("inbox.hits", view=desk().remember({"query": request.form.get("query", "")})), 303)


@blueprint.get("/search/<view>")
def hits(view: str) -> str | Response:
    """What a query found."""
    wish = desk().remembered(view)
    if wish is None or "query" not in wish:
        return redirect(url_for("inbox.cases", view="all"), 303)
    with vault().look() as rows:
        return render_template("found.html", hits=search(rows, wish["query"]), query=wish["query"])


def _tally(rows: Session) -> Counter[str]:
    """How many cases there are, by the words of ``FIXED``."""
    counted: Counter[str] = Counter()
    query = select(CaseRow.status, CaseRow.disposition, CaseRow.severity, CaseRow.unread, func.count())
    query = query.where(CaseRow.destroyed.is_(False))
    grouped = query.group_by(CaseRow.status, CaseRow.disposition, CaseRow.severity, CaseRow.unread)
    for status, disposition, severity, unread, number in rows.execute(grouped):
        counted["all"] += number
        counted["unread"] += number * unread
        counted["danger"] += number * (severity == Severity.DANGER)
        counted[shown_status(status, disposition)] += number
    return counted


def state(case: CaseRow) -> str:
    """Where a case stands, in a word."""
    return shown_status(case.status, case.disposition)


def _known(rows: Session) -> dict[str, list[str]]:
    """Words that a field may hold: labels and people."""
    return {
        "label": list(rows.scalars(select(LabelRow.label).distinct().order_by(LabelRow.label))),
        "assignee": list(rows.scalars(select(CaseRow.assignee).where(CaseRow.assignee.is_not(None)).distinct())),
    }
