"""The error family of backups."""

from __future__ import annotations

from keys.sealing.errors import KhomoError


class BackupError(KhomoError):
    """No backup was written, or nothing was restored."""
