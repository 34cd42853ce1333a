"""How values look on a terminal: texts of strangers made harmless, sizes for people."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t\u200c\u200d"
"""Line ends, tabs, and the joiners that Persian and Indic scripts are written with."""


def visible(text: str) -> str:
    """Replace what a terminal would obey: control characters and direction overrides."""
    return "".join(
        character if character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"} else "\ufffd"
        for character in text.replace("\r\n", "\n")
    )


def size(number: int) -> str:
    """A number of bytes for people."""
    digits = len(str(number)) - 1
    unit = ("bytes", "kB", "MB", "GB")[min(digits // 3, 3)]
    return f"{number / 1000 ** min(digits // 3, 3):.{0 if digits < 9 else 1}f} {unit}"  # noqa: PLR2004 - digits
