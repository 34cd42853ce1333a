"""What the desk says of a case, in words that files and commands share."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from caselog.leaves import RowState as Disposition

__all__ = [
    "CASE_DISPOSITIONS",
    "CHILD_LABEL",
    "ENDED",
    "FOUND_WANTING",
    "JUDGED",
    "SEALED_STATES",
    "ArrivalState",
    "Credibility",
    "Disposition",
    "MailboxKind",
    "Precision",
    "Reliability",
    "Role",
    "Severity",
    "Status",
    "Urgency",
    "shown_status",
]


class Status(StrEnum):
    """Where the work on a case stands. A reviewer says the first six; the last two follow from the disposition."""

    NEW = "new"
    ASSESSING = "assessing"
    VERIFIED = "verified"
    UNVERIFIABLE = "unverifiable"
    OUT_OF_SCOPE = "out-of-scope"
    MALICIOUS = "malicious"
    FORWARDED = "forwarded"
    CLOSED = "closed"

    @property
    def disposition(self) -> Disposition:
        """What the log is told of the rows of a case that stands so; a judgement alone ends nothing."""
        return _DISPOSITIONS.get(self, Disposition.OPEN)


_DISPOSITIONS = {Status.FORWARDED: Disposition.FORWARDED, Status.CLOSED: Disposition.CLOSED}

JUDGED = tuple(status for status in Status if status not in _DISPOSITIONS)
"""What a reviewer finds of a case; it is kept when the case is forwarded or closed."""

FOUND_WANTING = (Status.UNVERIFIABLE, Status.OUT_OF_SCOPE, Status.MALICIOUS)
"""Judgements that a new part of the report puts in doubt: it may be what was missing."""


def shown_status(status: str, disposition: str) -> str:
    """Say in a word where a case stands: how it ended or that it went out, else what a reviewer found."""
    return status if disposition == Disposition.OPEN else disposition


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


class Urgency(IntEnum):
    """How soon something must be done, however bad it is."""

    UNSET = 0
    CAN_WAIT = 1
    SOON = 2
    NOW = 3

    @property
    def word(self) -> str:
        """Its name as commands take it."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def parse(cls, word: str) -> Urgency:
        """Read a name; raises KeyError."""
        return cls[word.upper().replace("-", "_")]


class Reliability(StrEnum):
    """How far a source can be relied on: letters of the Admiralty code (NATO AJP-2.1, after STANAG 2511)."""

    COMPLETELY = "A"
    USUALLY = "B"
    FAIRLY = "C"
    NOT_USUALLY = "D"
    UNRELIABLE = "E"
    CANNOT_TELL = "F"


class Credibility(StrEnum):
    """How far what is said can be believed, whoever says it: figures of the Admiralty code."""

    CONFIRMED = "1"
    PROBABLE = "2"
    POSSIBLE = "3"
    DOUBTFUL = "4"
    IMPROBABLE = "5"
    CANNOT_TELL = "6"


class Precision(StrEnum):
    """How exactly a place or a time is known; ``unknown`` is said where somebody asked and nobody knows."""

    EXACT = "exact"
    ABOUT = "about"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """Who a person or an organisation is in a case."""

    ACCUSED = "accused"
    VICTIM = "victim"
    WITNESS = "witness"
    CONTACT = "contact"
    """Through whom the source can be reached, or who is to be told if something happens to it."""
    ORGANISATION = "organisation"
    OFFICIAL = "official"
    OTHER = "other"


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
