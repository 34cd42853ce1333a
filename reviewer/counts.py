"""How many of something, to be translated: one case, two cases."""

from __future__ import annotations

from reviewer.translation import translated_number as _n


def cases(number: int) -> str:
    """Cases."""
    return _n("{number} case", "{number} cases", number).format(number=number)


def days(number: int) -> str:
    """Days."""
    return _n("{number} day", "{number} days", number).format(number=number)


def months(number: int) -> str:
    """Months."""
    return _n("{number} month", "{number} months", number).format(number=number)


def rows(number: int) -> str:
    """Rows of the door."""
    return _n("{number} row", "{number} rows", number).format(number=number)


def letters(number: int) -> str:
    """Letters to sources."""
    return _n("{number} letter", "{number} letters", number).format(number=number)


def files(number: int) -> str:
    """Files."""
    return _n("{number} file", "{number} files", number).format(number=number)


def leaves(number: int) -> str:
    """Leaves of the log."""
    return _n("{number} leaf", "{number} leaves", number).format(number=number)


def dispositions(number: int) -> str:
    """Dispositions."""
    return _n("{number} disposition", "{number} dispositions", number).format(number=number)


def deliveries(number: int) -> str:
    """Envelopes for leads."""
    return _n("{number} delivery", "{number} deliveries", number).format(number=number)
