"""How values look on a terminal: texts of others between marks that no text can leave, sizes for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "\N{BOX DRAWINGS LIGHT VERTICAL} "
"""Stands before every line of a text that the desk did not write: what has no mark, the program says."""


def quoted(text: str) -> Iterator[str]:
    """Give the lines of somebody's text, each after the mark."""
    for line in harmless(text).split("\n"):
        yield f"{MARK}{line}".rstrip(" ")


def size(number: int) -> str:
    """A number of bytes for people."""
    digits = len(str(number)) - 1
    unit = ("bytes", "kB", "MB", "GB")[min(digits // 3, 3)]
    return f"{number / 1000 ** min(digits // 3, 3):.{0 if digits < 9 else 1}f} {unit}"  # noqa: PLR2004 - digits
