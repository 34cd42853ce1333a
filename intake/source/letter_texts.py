"""Every text about a letter and a mailbox that does not stand in a template. Short and plain."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from intake.source.translation import LazyText, lazy_gettext
from intake.source.words import RefusalText
from keys.sealing.followup import Act, Asked, Rating
from keys.sealing.letter import CaseState, EntryKind, Outcome
from keys.sealing.submission import Audience

if TYPE_CHECKING:
    from collections.abc import Container

LETTER_STATES: dict[CaseState, tuple[LazyText, LazyText]] = {
    CaseState.WAITING: (
        lazy_gettext("Not yet read"),
        lazy_gettext("What you sent lies sealed in the box. Our reviewers have not opened it yet."),
    ),
    CaseState.RECEIVED: (
        lazy_gettext("Received"),
        lazy_gettext("What you sent has reached our reviewers. They will read it."),
    ),
    CaseState.READING: (
        lazy_gettext("Being read"),
        lazy_gettext("Our reviewers are reading it and check what can be checked."),
    ),
    CaseState.QUESTION: (
        lazy_gettext("We have a question"),
        lazy_gettext("Our reviewers are reading it. They need your answer to go on."),
    ),
    CaseState.FORWARDED: (
        lazy_gettext("Passed on"),
        lazy_gettext("The case went to those whom you allowed to see it."),
    ),
    CaseState.CLOSED: (
        lazy_gettext("Closed"),
        lazy_gettext("Our work on it has ended for now. You can still add something."),
    ),
}

STEPS: tuple[tuple[LazyText, frozenset[CaseState]], ...] = (
    (lazy_gettext("It lies sealed in the box"), frozenset({CaseState.WAITING})),
    (lazy_gettext("It has reached our desk"), frozenset({CaseState.RECEIVED})),
    (lazy_gettext("It is being read"), frozenset({CaseState.READING, CaseState.QUESTION, CaseState.FORWARDED})),
    (lazy_gettext("It is closed"), frozenset({CaseState.CLOSED})),
)
"""The way of a report, and in which states it is at each step."""

OUTCOMES: dict[Outcome, LazyText] = {
    Outcome.UPHELD: lazy_gettext("We found that what you told us is true."),
    Outcome.PASSED_ON: lazy_gettext("We passed it on to those who can act on it."),
    Outcome.NOTHING_FOUND: lazy_gettext("We looked, and could not find enough to go on."),
    Outcome.NOT_OURS: lazy_gettext("It is not something that we can work on."),
    Outcome.CANNOT_TELL: lazy_gettext("We cannot tell you what came of it. That can be to keep people safe."),
}

ENTRY_HEADINGS: dict[EntryKind, LazyText] = {
    EntryKind.RECEIPT: lazy_gettext("Receipt"),
    EntryKind.REPLY: lazy_gettext("Our answer"),
    EntryKind.QUESTION: lazy_gettext("Question"),
    EntryKind.FORWARDED: lazy_gettext("Passed on"),
    EntryKind.CONSENT: lazy_gettext("Who may see it"),
    EntryKind.NOTICE: lazy_gettext("Notice"),
}

AUDIENCES: dict[Audience, LazyText] = {
    Audience.LEADS: lazy_gettext("The groups in our coalition"),
    Audience.LAWYER: lazy_gettext("A lawyer"),
    Audience.JOURNALIST: lazy_gettext("A journalist"),
    Audience.AUTHORITY: lazy_gettext("A court or a public body"),
    Audience.UN_BODY: lazy_gettext("A body of the United Nations"),
}
"""In the order in which they are shown."""

ASKED: dict[Asked, LazyText] = {
    Asked.EASY: lazy_gettext("Was it easy to use?"),
    Asked.HEARD: lazy_gettext("Did we answer what mattered to you?"),
}

RATINGS: dict[Rating, LazyText] = {
    Rating.YES: lazy_gettext("Yes"),
    Rating.PARTLY: lazy_gettext("In part"),
    Rating.NO: lazy_gettext("No"),
}

TAKEN: dict[Act, LazyText] = {
    Act.CONSENT: lazy_gettext("your wish who may see it"),
    Act.OPINION: lazy_gettext("what you think of our service"),
}
"""What is safe with us, where it is neither a text nor a file."""

NOT_SURE = RefusalText(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    lazy_gettext("Nothing has changed."),
    lazy_gettext("Tick the box first if you are sure."),
    "sure",
)


def named(audiences: Container[Audience]) -> tuple[LazyText, ...]:
    """Name audiences, always in the same order."""
    return tuple(text for audience, text in AUDIENCES.items() if audience in audiences)
