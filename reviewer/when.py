"""When something happened, as far as it is known: a day, a month or a year of the calendar. Pure.

Written as ISO 8601 does: 2026-11-03, 2026-11 or 2026. The year has four figures and is 1900 or later; what lies after
today has not happened.
"""

from __future__ import annotations

import re
from datetime import date

from reviewer.errors import ReviewerError

_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_EARLIEST = 1900


def check_when(text: str, today: date) -> str:
    """Return a day, month or year as it was given; raises ReviewerError for one that is none, or has not come."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ReviewerError(f"{text!r} is no day, month or year.", "Write 2026-11-03, 2026-11 or 2026.")
    year, month, day = (int(part or 1) for part in form.groups())
    try:
        begins = date(year, month, day)
    except ValueError:
        raise ReviewerError(f"{text} is not in the calendar.", "Write a day, month or year that is.") from None
    if year < _EARLIEST:
        raise ReviewerError(f"{text} lies before {_EARLIEST}.", "Say it in a note.")
    if begins > today:
        raise ReviewerError(f"{text} has not come yet.", "Say what is planned in a note.")
    return text


def grain(text: str) -> str:
    """Say how fine a checked text is: ``day``, ``month`` or ``year``."""
    return ("year", "month", "day")[text.count("-")]
