"""Pages that only say something."""

from __future__ import annotations

from flask import Blueprint, render_template

from intake.source.services import services

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def landing() -> str:
    """Who we are, when we open the box, whom to call now, what this way in means."""
    return render_template("landing.html", silent_days=services().silence.worrying_days())


@blueprint.get("/about")
def about() -> str:
    """Who we are, what we do with a report, what we cannot promise."""
    return render_template("about.html")


@blueprint.get("/how-to")
def how_to() -> str:
    """How to write to us with less risk."""
    return render_template("how_to.html", recipient=services().recipient_text())


@blueprint.get("/left")
def left() -> str:
    """A page that says nothing about a visit."""
    return render_template("left.html")
