"""Numbers with their words: one row, two rows."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return ``1 row``, ``2 rows``, ``0 rows``; ``many`` where it is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
