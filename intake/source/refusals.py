"""Why a request is not done. One family; what the source reads about it stands in ``words.py``."""

from __future__ import annotations

from enum import Enum, auto


class Reason(Enum):
    """One for each page that a source may see instead of what was asked for."""

    BROKEN_FORM = auto()
    NOT_TEXT = auto()
    WRONG_WORDS = auto()
    NO_WORDS = auto()
    NOT_EIGHT_WORDS = auto()
    VISIT_OVER = auto()
    NOT_FOUND = auto()
    WRONG_METHOD = auto()
    OTHER_SITE = auto()
    CUT_OFF = auto()
    EXPIRED = auto()
    NEW_WORDS = auto()
    OTHER_BOX = auto()
    RECEIPT_OVER = auto()
    TOO_LARGE = auto()
    TEXT_TOO_LONG = auto()
    ANSWERS_TOO_LONG = auto()
    NAME_TOO_LONG = auto()
    NAME_NOT_APART = auto()
    FIELD_TOO_LONG = auto()
    TOO_MANY_PARTS = auto()
    WRONG_TYPE = auto()
    NOTHING_SENT = auto()
    NOT_SEALED = auto()
    SEALED_FOR_OTHERS = auto()
    SEALED_FOR_ANOTHER_DESK = auto()
    SEALED_FOR_MORE = auto()
    SEALED_IN_HIDING = auto()
    SEALED_WITH_PASSPHRASE = auto()
    TOO_BUSY = auto()
    FAILED = auto()
    BUSY = auto()
    CLOSED = auto()
    DESK_CLOSED = auto()
    FULL = auto()
    DAY_OVER = auto()
    NO_ROOM = auto()


OF_ONE_FILE = frozenset({reason for reason in Reason if reason.name.startswith(("NOT_SEALED", "SEALED_"))})
"""What is wrong with one file alone: those after it are taken all the same."""


class Refusal(Exception):  # noqa: N818  # it refuses, nothing failed
    """A request ends with a short page.

    Args:
        reason: which page.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason
