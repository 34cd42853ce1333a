"""Every text of the pages that does not stand in a template. Short, plain, and without a word about the request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING

from babel.dates import format_date, get_day_names
from babel.lists import format_list

from intake.config import WEEKDAYS
from intake.source.refusals import Reason
from intake.source.translation import LazyText, current_locale, decimal, gettext, lazy_gettext, ngettext
from keys.sealing.display import one_line
from keys.sealing.names import safe_name

if TYPE_CHECKING:
    from collections.abc import Sequence


THOUSAND = 1000
TEN = 10
SIZES = (lazy_gettext("%(number)s kB"), lazy_gettext("%(number)s MB"), lazy_gettext("%(number)s GB"))


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What a page says instead of what was asked for.

    Attributes:
        status: of the answer.
        title: what happened, as a heading.
        advice: what to do now.
        place: id of the part of the form that it is about.
    """

    status: HTTPStatus
    title: LazyText
    advice: LazyText
    place: str = "message"


_FILES = "files"
_NAME = "reach"
_AGAIN = lazy_gettext("Reload this page to send the form once more.")
_LATER = lazy_gettext("Wait a few minutes, then reload this page.")

REFUSALS: dict[Reason, RefusalText] = {
    Reason.BROKEN_FORM: RefusalText(
        HTTPStatus.BAD_REQUEST, lazy_gettext("The form did not arrive as it should."), _AGAIN
    ),
    Reason.NOT_TEXT: RefusalText(
        HTTPStatus.BAD_REQUEST,
        lazy_gettext("Your text has signs in it that are no text."),
        lazy_gettext("Type it by hand, or send it as a file."),
    ),
    Reason.WRONG_WORDS: RefusalText(
        HTTPStatus.FORBIDDEN,
        lazy_gettext("These words do not open a box."),
        lazy_gettext("Look at your paper and type all eight words again."),
    ),
    Reason.NO_WORDS: RefusalText(
        HTTPStatus.FORBIDDEN,
        lazy_gettext("You typed no words."),
        lazy_gettext("Type all eight words from your paper."),
    ),
    Reason.NOT_EIGHT_WORDS: RefusalText(
        HTTPStatus.FORBIDDEN,
        lazy_gettext("These are not eight words."),
        lazy_gettext("Count the words on your paper. Type all eight, with a space between them."),
    ),
    Reason.VISIT_OVER: RefusalText(
        HTTPStatus.FORBIDDEN,
        lazy_gettext("Your visit has ended."),
        lazy_gettext("Type your eight words to go on. What you wrote is kept, but choose your files once more."),
    ),
    Reason.NOT_FOUND: RefusalText(
        HTTPStatus.NOT_FOUND,
        lazy_gettext("There is no such page."),
        lazy_gettext("Start again from the first page."),
    ),
    Reason.WRONG_METHOD: RefusalText(
        HTTPStatus.METHOD_NOT_ALLOWED,
        lazy_gettext("This page cannot be used like that."),
        lazy_gettext("Start again from the first page."),
    ),
    Reason.OTHER_SITE: RefusalText(
        HTTPStatus.FORBIDDEN,
        lazy_gettext("Another page has sent this, not you."),
        lazy_gettext("We have taken nothing. Close that page, then start again from our first page."),
    ),
    Reason.CUT_OFF: RefusalText(
        HTTPStatus.REQUEST_TIMEOUT, lazy_gettext("The line broke before everything was here."), _AGAIN
    ),
    Reason.EXPIRED: RefusalText(
        HTTPStatus.CONFLICT,
        lazy_gettext("This form was open for a long time, so we renewed it."),
        lazy_gettext("Your text is still here. Choose your files once more, then press Send again."),
    ),
    Reason.NEW_WORDS: RefusalText(
        HTTPStatus.CONFLICT,
        lazy_gettext("We could not use this form, so here is a new one with eight new words."),
        lazy_gettext(
            "Your text is still here. Write down the new words. Choose your files once more, then press Send."
        ),
    ),
    Reason.OTHER_BOX: RefusalText(
        HTTPStatus.CONFLICT,
        lazy_gettext("This text was written for another box."),
        lazy_gettext(
            "It is still here. Send it only if the box on this page is yours; if not, leave and type your words."
        ),
    ),
    Reason.RECEIPT_OVER: RefusalText(
        HTTPStatus.CONFLICT,
        lazy_gettext("Nothing more can be added from that page."),
        lazy_gettext("What you sent before is safe. Come back with your eight words to add the rest."),
    ),
    Reason.TOO_LARGE: RefusalText(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        lazy_gettext("This is more than we can take in one go."),
        lazy_gettext("Send fewer or smaller files at a time. You can add more later with your eight words."),
        _FILES,
    ),
    Reason.TEXT_TOO_LONG: RefusalText(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        lazy_gettext("Your text is too long for this field."),
        lazy_gettext("Make it shorter, or put the rest into a file."),
    ),
    Reason.ANSWERS_TOO_LONG: RefusalText(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        lazy_gettext("Your answers are too long for their fields."),
        lazy_gettext("They are all still here. Move the longest ones into the large field, or into a file."),
    ),
    Reason.NAME_TOO_LONG: RefusalText(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        lazy_gettext("Your name is too long for its field."),
        lazy_gettext(
            "All that you typed is still here. Make it shorter, choose your files once more, then press Send."
        ),
        _NAME,
    ),
    Reason.NAME_NOT_APART: RefusalText(
        HTTPStatus.CONFLICT,
        lazy_gettext("We cannot keep a name apart right now."),
        lazy_gettext(
            "We took nothing, and all that you typed is still here. Take your name out, or send it with the rest. "
            "Choose your files once more, then press Send."
        ),
        _NAME,
    ),
    Reason.FIELD_TOO_LONG: RefusalText(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, lazy_gettext("One field of the form is too long."), _AGAIN
    ),
    Reason.TOO_MANY_PARTS: RefusalText(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        lazy_gettext("There are too many files or fields."),
        lazy_gettext("Send fewer files at a time. You can add more later with your eight words."),
        _FILES,
    ),
    Reason.WRONG_TYPE: RefusalText(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, lazy_gettext("The form did not arrive as it should."), _AGAIN
    ),
    Reason.NOTHING_SENT: RefusalText(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("There was nothing in the form."),
        lazy_gettext("Write a message or choose a file, then press Send."),
    ),
    Reason.NOT_SEALED: RefusalText(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("The sealed file is not sealed with age or OpenPGP in a way that we can open."),
        lazy_gettext("Seal it again, step by step, or choose it in one of the other file fields."),
        _FILES,
    ),
    Reason.SEALED_FOR_OTHERS: RefusalText(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("The sealed file is not sealed for us, so we could not open it."),
        lazy_gettext("Seal it again with our key of today. You find it under “How to seal a file”."),
        _FILES,
    ),
    Reason.SEALED_FOR_ANOTHER_DESK: RefusalText(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("The sealed file is not for the desk that your report goes to."),
        lazy_gettext(
            "Each of our desks has a key of its own. Seal the file again with the key of the right desk, and with no "
            "other. You find it under “How to seal a file”."
        ),
        _FILES,
    ),
    Reason.SEALED_FOR_MORE: RefusalText(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("Someone else could open the sealed file too: it is sealed for our key and for one more."),
        lazy_gettext(
            "That may be your own key, and it would point to you. Seal the file again for our key alone. "
            "In Kleopatra, untick “Encrypt for me”. With gpg, type our line just as it is."
        ),
        _FILES,
    ),
    Reason.SEALED_IN_HIDING: RefusalText(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("The sealed file hides for whom it is sealed."),
        lazy_gettext("So we cannot see if someone else could open it. Seal it again, and do not hide the key."),
        _FILES,
    ),
    Reason.SEALED_WITH_PASSPHRASE: RefusalText(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        lazy_gettext("The sealed file opens with a password, which we do not have."),
        lazy_gettext("Seal it again with our key, and without a password."),
        _FILES,
    ),
    Reason.TOO_BUSY: RefusalText(
        HTTPStatus.TOO_MANY_REQUESTS, lazy_gettext("Too many requests came on your line."), _LATER
    ),
    Reason.FAILED: RefusalText(
        HTTPStatus.INTERNAL_SERVER_ERROR, lazy_gettext("Something went wrong on our side."), _LATER
    ),
    Reason.BUSY: RefusalText(HTTPStatus.SERVICE_UNAVAILABLE, lazy_gettext("The box is busy right now."), _LATER),
    Reason.CLOSED: RefusalText(
        HTTPStatus.SERVICE_UNAVAILABLE,
        lazy_gettext("The box is closed for now."),
        lazy_gettext("Please come back in a few days. If you are in danger, see the first page."),
    ),
    Reason.DESK_CLOSED: RefusalText(
        HTTPStatus.SERVICE_UNAVAILABLE,
        lazy_gettext("The people outside our groups cannot take reports right now."),
        lazy_gettext(
            "We took nothing: what is about us goes to no one of us. Your text is still here. Keep it safe, and come "
            "back in a few days. If you are in danger, see the first page."
        ),
    ),
    Reason.FULL: RefusalText(
        HTTPStatus.INSUFFICIENT_STORAGE,
        lazy_gettext("We have no room for files right now."),
        lazy_gettext("Send your text without files. You can add the files in some days with your eight words."),
        _FILES,
    ),
    Reason.DAY_OVER: RefusalText(
        HTTPStatus.INSUFFICIENT_STORAGE,
        lazy_gettext("We can take no more files today."),
        lazy_gettext("Send your text without files. You can add the files tomorrow with your eight words."),
        _FILES,
    ),
    Reason.NO_ROOM: RefusalText(
        HTTPStatus.INSUFFICIENT_STORAGE,
        lazy_gettext("We have no room right now, not even for text."),
        lazy_gettext(
            "We took nothing of this form, and all that you typed is still here. Keep your text safe, and send it "
            "tomorrow. If you are in danger, see the first page."
        ),
    ),
}

FORM_BACK = frozenset(
    {
        Reason.EXPIRED,
        Reason.NEW_WORDS,
        Reason.OTHER_BOX,
        Reason.TEXT_TOO_LONG,
        Reason.ANSWERS_TOO_LONG,
        Reason.NAME_TOO_LONG,
        Reason.NAME_NOT_APART,
        Reason.DESK_CLOSED,
        Reason.NOTHING_SENT,
        Reason.NOT_SEALED,
        Reason.SEALED_FOR_OTHERS,
        Reason.SEALED_FOR_ANOTHER_DESK,
        Reason.SEALED_FOR_MORE,
        Reason.SEALED_IN_HIDING,
        Reason.SEALED_WITH_PASSPHRASE,
        Reason.TOO_LARGE,
        Reason.TOO_MANY_PARTS,
        Reason.BUSY,
        Reason.CLOSED,
        Reason.FULL,
        Reason.DAY_OVER,
        Reason.NO_ROOM,
        Reason.FAILED,
    }
)
"""Reasons for which the source gets the form back, with everything that was typed."""


def week_text(week: str) -> str:
    """Say a week that is written 2026-W47 by its Monday, for few people count weeks; one that no year has, as it is."""
    year, number = map(int, week.split("-W"))
    try:
        monday = date.fromisocalendar(year, number, 1)
    except ValueError:
        return week
    return gettext("week of %(day)s", day=format_date(monday, "long", current_locale()))


def day_names(days: Sequence[str]) -> str:
    """Name days of the week in the language of the page: "Monday and Thursday"."""
    locale = current_locale()
    names = get_day_names("wide", locale=locale)
    return format_list([names[WEEKDAYS.index(day)] for day in days], locale=locale)


def shown_name(name: str) -> str:
    """Return a file name as the source gave it, in one line and with nothing that a screen obeys."""
    return one_line(name) or safe_name(name)


def size_text(size: int) -> str:
    """Say how large a file is, in the units that file managers show."""
    if size < THOUSAND:
        return ngettext("%(num)s byte", "%(num)s bytes", size)
    steps = min(len(SIZES), (len(str(size)) - 1) // 3)
    shown = size / THOUSAND**steps
    return str(SIZES[steps - 1]) % {"number": decimal(shown, "0.#" if shown < TEN else "0")}
