"""What a package is for, and names that stand in one column."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BETWEEN = "; "


class Purpose(StrEnum):
    """What a package is for, towards the leads who get it."""

    CASE = "case"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"


def to_column(names: Iterable[str]) -> str:
    """Return names, sorted, as one column keeps them."""
    return _BETWEEN.join(sorted(names))


def from_column(text: str) -> frozenset[str]:
    """Read what a column keeps."""
    return frozenset(text.split(_BETWEEN)) if text else frozenset()
