"""What can be wrong with a log, a package or a lead's folder. A subclass exists where a person reacts differently."""

from __future__ import annotations

from keys.sealing.errors import KhomoError


class CaseLogError(KhomoError):
    """Something about the case log that a lead can be told, with the exit code of the command that says it."""

    exit_code = 1


class WrongKeyError(CaseLogError):
    """The passphrase, the identity or the person is not the right one."""

    exit_code = 3


class TamperedError(CaseLogError):
    """Bytes differ from what was signed or logged."""

    exit_code = 4


class ReplayedError(CaseLogError):
    """Something old comes as if it were new."""

    exit_code = 5


class ForkedError(CaseLogError):
    """The desk has shown two histories that cannot both be true."""

    exit_code = 6


class TruncatedError(CaseLogError):
    """Something ends too early, or something in between is missing."""

    exit_code = 7


class UnaccountedError(CaseLogError):
    """Rows reached the door, and the log does not say what became of them."""

    exit_code = 8
