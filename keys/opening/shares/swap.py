"""Whether this machine may write its memory to a disk: then words that were only in memory outlive the command."""

from __future__ import annotations

from pathlib import Path

SWAPS = Path("/proc/swaps")
"""One line of heads, then a line for each place (proc(5))."""
_IN_MEMORY = "/dev/zram"
"""Squeezed memory, no disk."""


def swapping() -> bool:
    """Tell whether a disk is used for swap; where the system does not say, it is not known and taken for no."""
    try:
        places = SWAPS.read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return False
    return any(not place.startswith(_IN_MEMORY) for place in places)
