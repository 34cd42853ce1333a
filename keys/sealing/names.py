r"""File names that are harmless on every system and to every eye.

Rules:
1. One path segment: nothing before the last ``/`` or ``\`` survives.
2. No control, format (bidi overrides, zero width), private or unassigned character, no lone surrogate.
3. None of the characters that a file system or a shell on Windows refuses.
4. No leading dot, dash or space, no trailing dot or space, no device name of Windows.
5. At most ``FILE_NAME_BYTES`` of UTF-8, cut between characters, the extension kept.
6. Unique among its siblings, for systems that fold case or normalise.

The name that the source gave stays in ``submission.json``.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

from keys.sealing.limits import FILE_NAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection

FALLBACK = "file"
EXTENSION_BYTES = 32
"""A longer tail after the last dot is no extension that any program knows."""

_REFUSED = re.compile(r'[<>:"|?*/\\]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\Z", re.IGNORECASE)
_SPACES = frozenset({"Zs", "Zl", "Zp"})


def fold(name: str) -> str:
    """Return the form in which two names that some file system takes for one are equal."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def cut(text: str, limit: int) -> str:
    """Return the longest start of ``text`` with at most ``limit`` bytes of UTF-8."""
    return text.encode(errors="replace")[:limit].decode(errors="ignore")


def safe_name(original: str, taken: Collection[str] = ()) -> str:
    """Return a harmless name close to ``original`` that differs from every name in ``taken``."""
    name = _harmless(original)
    folded = {fold(other) for other in taken}
    if fold(name) not in folded:
        return name
    numbered = (_fitted(name, f"-{number}") for number in count(2))
    return next(candidate for candidate in numbered if fold(candidate) not in folded)


def is_safe_name(name: str) -> bool:
    """Tell whether ``name`` already follows every rule but uniqueness."""
    return _harmless(name) == name


def _harmless(original: str) -> str:
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", original))[-1]
    visible = "".join(map(_shown, last))
    plain = _stripped(unicodedata.normalize("NFC", _REFUSED.sub("_", visible)))
    return _stripped(_fitted(_no_device(plain)))


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES:
        return " "
    return "" if category.startswith("C") else character


def _stripped(name: str) -> str:
    return name.lstrip(".- ").rstrip(". ") or FALLBACK


def _no_device(name: str) -> str:
    return f"_{name}" if _DEVICE.match(name.partition(".")[0].rstrip(" ")) else name


def _fitted(name: str, mark: str = "") -> str:
    stem, dot, extension = name.rpartition(".")
    if not stem or len((dot + extension).encode()) > EXTENSION_BYTES:
        stem, dot, extension = name, "", ""
    tail = mark + dot + extension
    return cut(stem, FILE_NAME_BYTES - len(tail.encode())) + tail
