"""The round: how server and desk are, taking a stick in, what is new, writing the outbox, and long work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from keys.sealing.errors import ChainError
from reviewer import words
from reviewer.cases import Filter, list_cases
from reviewer.errors import ReviewerError
from reviewer.health import look_at
from reviewer.pages import limits
from reviewer.pages.desk import Work
from reviewer.pages.guards import desk, vault
from reviewer.pages.media import look_into, mounted, path_typed
from reviewer.rounds import count_letters, send_out, size_of, take_in
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Response as FlaskResponse
    from werkzeug.wrappers import Response

    from reviewer.pages.desk import Act

blueprint = Blueprint("round", __name__)


@blueprint.get("/")
def home() -> str:
    """What must be seen first, what is new, and both ends of a round."""
    at = vault()
    with at.look() as rows:
        health = look_at(rows, at.today())
        fresh = list_cases(rows, Filter(unread=True), at.today())
        return render_template(
            "round.html",
            trouble=list(words.health(health)),
            glance=[line for line in words.status(health) if line not in set(words.health(health))],
            fresh=fresh,
            fresh_shown=limits.NEW_SHOWN,
            sticks=[look_into(folder) for folder in mounted()],
        )


@blueprint.post("/import")
def take() -> str | Response:
    """Take a bundle in; a folder is looked into first."""
    path, at = _path_given("path"), vault()
    if path.is_dir():
        return render_template("stick.html", stick=look_into(path))
    if path.exists() and not path.is_file():  # a pipe would never end
        raise ReviewerError(_("{path} is no file.").format(path=path), _("Give the file that the courier brought."))
    confirm = "confirm" in request.form
    return _work(
        Work(words.IMPORTING, size_of(path), again={"path": str(path)}),
        lambda progress: take_in(at, path, progress, confirm=confirm).told(),
    )


@blueprint.post("/outbox")
def outbox() -> Response:
    """Write an outbox to a folder."""
    folder, at = _path_given("folder"), vault()
    again = "again" in request.form
    return _work(
        Work(words.WRITING_LETTERS, count_letters(at)),
        lambda progress: send_out(at, folder, progress, again=again).told(),
    )


@blueprint.get("/working")
def working() -> FlaskResponse | Response:
    """How far a long work is, or what came of it."""
    work = desk().work
    if work is None:
        return redirect(url_for("round.home"), 303)
    page = make_response(render_template("working.html", work=work, may_confirm=_may_confirm(work)))
    if not work.ended.is_set():
        page.headers["Refresh"] = str(limits.LOOK_AGAIN_SECONDS)
    return page


def _work(work: Work, act: Act) -> Response:
    desk().begin(work, act)
    return redirect(url_for("round.working"), 303)


def _may_confirm(work: Work) -> bool:
    """Whether a person who asked the sender may say that it is right all the same."""
    cause = None if work.error is None else work.error.__cause__
    return isinstance(cause, ChainError) and getattr(cause, "proposal", None) is not None


def _path_given(field: str) -> Path:
    """Take a path from what was typed, else from what was chosen."""
    return path_typed(request.form.get(f"typed_{field}", "").strip() or request.form.get(field, ""))
