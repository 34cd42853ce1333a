"""Typed reading of a parsed JSON object: each member once, of one type, and none left over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Self, TypeVar

from keys.sealing.errors import FormatError

if TYPE_CHECKING:
    from keys.sealing.canonical import JSON

T = TypeVar("T")

_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fields:
    """The members of one JSON object, taken one by one; ``FormatError`` names the member that is wrong.

    Use as a context manager: leaving the block without an exception refuses members that nobody asked for.
    """

    def __init__(self, value: JSON, what: str) -> None:
        if not isinstance(value, Mapping):
            raise FormatError(f"The {what} is not a JSON object.")
        self._members = dict(value)
        self._what = what

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None and self._members:
            raise self._wrong(min(self._members), "is unknown to this version")

    def take(self, name: str) -> JSON:
        """Return a member of any type; it must be there."""
        if name not in self._members:
            raise self._wrong(name, "is missing")
        return self._members.pop(name)

    def text(self, name: str, limit: int = 1024) -> str:
        """Return a text of at most ``limit`` bytes of UTF-8."""
        value = self.take(name)
        if not isinstance(value, str):
            raise self._wrong(name, "is not a text")
        if len(value.encode()) > limit:
            raise self._wrong(name, f"is longer than {limit} bytes")
        return value

    def integer(self, name: str, least: int = 0) -> int:
        """Return an integer that is not below ``least``."""
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "is not an integer")
        if value < least:
            raise self._wrong(name, f"is below {least}")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.take(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "is neither true nor false")
        return value

    def binary(self, name: str, sizes: range) -> bytes:
        """Return the bytes that a member spells in lower-case hex."""
        value = self.text(name, limit=2 * sizes.stop)
        if not _HEX.fullmatch(value) or len(value) // 2 not in sizes:
            raise self._wrong(name, "is not hex of the right length")
        return bytes.fromhex(value)

    def day(self, name: str) -> date:
        """Return a date, written 2026-11-20."""
        return self.parsed(name, _to_day)

    def parsed(self, name: str, parse: Callable[[str], T], limit: int = 4096) -> T:
        """Return what ``parse`` makes of a text; its ``ValueError`` means that the member is wrong."""
        value = self.text(name, limit)
        try:
            return parse(value)
        except ValueError:
            raise self._wrong(name, "is not one of the values that this version knows") from None

    def each(self, name: str, parse: Callable[[JSON], T]) -> tuple[T, ...]:
        """Return the members of a list, each parsed."""
        value = self.take(name)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self._wrong(name, "is not a list")
        return tuple(parse(member) for member in value)

    def texts(self, name: str, limit: int = 1024) -> tuple[str, ...]:
        """Return a list of texts of at most ``limit`` bytes each."""
        return self.each(name, lambda value: Fields({name: value}, self._what).text(name, limit))

    def has(self, name: str) -> bool:
        """Tell whether a member (it must stand there) is other than null; a null is thereby taken."""
        if self._members.get(name, self) is None:
            del self._members[name]
            return False
        return True

    def optional(self, name: str, parse: Callable[[JSON], T]) -> T | None:
        """Return a parsed member, or None where the member is null (it must stand there)."""
        value = self.take(name)
        return None if value is None else parse(value)

    def _wrong(self, name: str, how: str) -> FormatError:
        return FormatError(f"In the {self._what}, “{name}” {how}.")


def _to_day(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)
