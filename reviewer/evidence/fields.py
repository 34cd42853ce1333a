"""Fields of frames that came out of the sandbox: each is what it has to be, or nothing of the file counts."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from reviewer.sandbox.errors import NotReadError

if TYPE_CHECKING:
    from collections.abc import Mapping

E = TypeVar("E", bound=Enum)

_HEX = re.compile(r"[0-9A-Fa-f]{0,64}")
_NUMBER_MOST = 1 << 48


def _refused() -> NotReadError:
    return NotReadError(
        "The program that looks at such files gave what it never gives: the file may be made to do harm."
    )


def text(value: object, most: int) -> str:
    """Return a text of at most so many letters."""
    if not isinstance(value, str) or len(value) > most:
        raise _refused()
    return value


def hexadecimal(value: object) -> str:
    """Return hex digits, at most 64."""
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        raise _refused()
    return value


def number(value: object) -> int:
    """Return a whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _NUMBER_MOST:
        raise _refused()
    return value


def flag(value: object) -> bool:
    """Return yes or no."""
    if not isinstance(value, bool):
        raise _refused()
    return value


def word(value: object, kind: type[E]) -> E:
    """Return one of the words of an enumeration."""
    try:
        return kind(value)
    except ValueError:
        raise _refused() from None


def texts(value: object, most: int, letters: int) -> tuple[str, ...]:
    """Return a list of at most so many texts."""
    if not isinstance(value, list) or len(value) > most:
        raise _refused()
    return tuple(text(one, letters) for one in value)


def pairs(value: object, most: int, letters: int) -> Mapping[str, str]:
    """Return names and texts, at most so many."""
    if not isinstance(value, dict) or len(value) > most:
        raise _refused()
    return {text(name, letters): text(one, letters) for name, one in value.items()}
