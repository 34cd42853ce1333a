"""The error family of the onion service."""

from __future__ import annotations

from keys.sealing.errors import KhomoError


class OnionError(KhomoError):
    """The onion service cannot be started, or cannot be reached."""


class UnreachableError(OnionError):
    """One request through tor did not come back; the next may."""
