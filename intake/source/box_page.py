"""The page of a box: what the letter says, and a form for each thing that a source can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import render_template

from intake.source.form_token import Form
from intake.source.letter_texts import ASKED, AUDIENCES, RATINGS
from intake.source.letter_view import open_questions, view_letter
from intake.source.naming import NO_NAME
from intake.source.services import services
from intake.source.words import REFUSALS
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from intake.source.draft import Draft
    from intake.source.mailbox import OpenedBox
    from intake.source.naming import GivenName
    from intake.source.refusals import Reason
    from intake.source.session import Visit
    from keys.sealing.submission import Consent

PURPOSE = "box"
"""Of every form in a box: what it does stands in its content, from which the name of the row follows."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a form that is handed back.

    Attributes:
        text: what was written.
        question: which question it answers; empty where it answers none.
        name: of the form, if it was ours.
        chosen: who may see the case, of a form that was about that.
        given: what the source gave of themselves in it.
    """

    text: str = field(default="", repr=False)
    question: str = ""
    name: bytes | None = field(default=None, repr=False)
    chosen: Consent | None = None
    given: GivenName = NO_NAME

    @classmethod
    def of(cls, draft: Draft, question: str) -> Typed:
        """Keep what a draft holds."""
        return cls(draft.message.expose().decode(), question, draft.name_to_keep)


NOTHING_TYPED = Typed()


def box_page(visit: Visit, opened: OpenedBox, typed: Typed, reason: Reason | None = None) -> str:
    """Show the letter and the forms; a text that was typed for a question that is gone stands in the general form."""
    questions = open_questions(opened.letter) if opened.letter else ()
    return render_template(
        "box.html",
        letter=opened.letter and view_letter(opened.letter),
        token=box_token(visit, typed.name),
        typed_for=typed.question if typed.question in questions else "",
        message=Plaintext(typed.text.encode()),
        allowed=typed.chosen or (opened.letter and opened.letter.allowed),
        changing=typed.chosen is not None or bool(typed.given.text),
        given=typed.given,
        problem=reason and REFUSALS[reason],
        audiences=AUDIENCES,
        asked=ASKED,
        ratings=RATINGS,
    )


def box_token(visit: Visit, name: bytes | None = None) -> str:
    """Return the token of the forms in this box; ``name`` renews the form of that name."""
    at = services()
    return at.tokens.issue(Form(PURPOSE, visit.codename), at.clock(), name)
