"""What the desk says of a case, in words that files and commands share."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from caselog.leaves import RowState as Disposition

__all__ = [
    "CASE_DISPOSITIONS",
    "CHILD_LABEL",
    "ENDED",
    "SEALED_STATES",
    "ArrivalState",
    "Disposition",
    "MailboxKind",
    "Severity",
    "Status",
]


class Status(StrEnum):
    """Where the work on a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    VERIFIED = "verified"
    DONE = "done"


class Severity(IntEnum):
    """How bad it is; danger to a person, now, comes before everything."""

    UNSET = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    DANGER = 4

    @property
    def word(self) -> str:
        """Its name as commands take it."""
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Read a name; raises KeyError."""
        return cls[word.upper()]


CHILD_LABEL = "child"
"""The label of a case in which a child is involved; cases that bear it are listed before others but those of danger."""

CASE_DISPOSITIONS = (Disposition.OPEN, Disposition.FORWARDED, Disposition.CLOSED, Disposition.SPAM)


ENDED = (Disposition.CLOSED, Disposition.SPAM)
"""What a listing shows in place of a status: nothing is done about these."""


class ArrivalState(StrEnum):
    """How a row of the door was found."""

    OPENED = "opened"
    DECOY = "decoy"
    NO_KEY = "no-key"
    DAMAGED = "damaged"


SEALED_STATES = (ArrivalState.NO_KEY, ArrivalState.DAMAGED)


class MailboxKind(StrEnum):
    """Whose mailbox it is."""

    REAL = "real"
    DECOY = "decoy"
    FICTITIOUS = "fictitious"
    WRITTEN_OFF = "written-off"
    """Its source gave it up: it stays among the others, with letters that nobody can open."""
