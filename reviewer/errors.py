"""What the desk refuses, told so that a reviewer knows what to do. A subclass exists where the exit code differs."""

from __future__ import annotations

from keys.sealing.errors import KhomoError


class ReviewerError(KhomoError):
    """Something that was asked for cannot be done."""

    exit_code = 1


class LockedError(ReviewerError):
    """The vault stays closed: wrong passphrase, damaged wrap file, or another command at work."""

    exit_code = 3


class RefusedError(ReviewerError):
    """It could be done, but consent or policy says no."""

    exit_code = 4


class BundleRefusedError(ReviewerError):
    """A bundle is not what it should be: signature, order, or damage."""

    exit_code = 5
