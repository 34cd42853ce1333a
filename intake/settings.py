"""Reads one TOML table into one frozen dataclass, and collects every problem instead of stopping at the first.

A field's type says how its value is read: ``Annotated[int, whole(1, 10)]``. Readers take what TOML gave and return
the value or raise :class:`WrongValueError` with two phrases: what is wrong, and what would be right.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


class WrongValueError(ValueError):
    """A value that cannot be taken.

    Args:
        what: what is wrong with it.
        right: what would be right.
    """

    def __init__(self, what: str, right: str) -> None:
        super().__init__(what)
        self.what = what
        self.right = right


@dataclass(frozen=True)
class Problem:
    """One thing to put right in the file.

    Attributes:
        key: dotted name, such as ``limits.upload_slots``.
        what: what is wrong.
        right: what would be right.
    """

    key: str
    what: str
    right: str

    def __str__(self) -> str:
        return f"{self.key}: {self.what}. Right would be: {self.right}."


@dataclass(frozen=True)
class Field:
    """One key of a table.

    Attributes:
        name: the key.
        default: what holds when the key is absent; ``dataclasses.MISSING`` when it may not be.
        read: its reader.
    """

    name: str
    default: object
    read: Callable[[object], object]


def fields_of(kind: type) -> dict[str, Field]:
    """List the keys of a dataclass whose fields are all annotated with a reader."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {f.name: Field(f.name, f.default, hints[f.name].__metadata__[0]) for f in dataclasses.fields(kind)}


def read_table(kind: type[T], table: object, key: str, problems: list[Problem]) -> T | None:
    """Make a ``kind`` of a TOML table; ``None`` when a problem was added that makes it impossible."""
    values = read_values(kind, table, key, problems)
    return kind(**values) if len(values) == len(fields_of(kind)) else None


def read_values(kind: type, table: object, key: str, problems: list[Problem]) -> dict[str, Any]:
    """Return the values of a TOML table that could be read, defaults included; the rest becomes problems."""
    if not isinstance(table, dict):
        problems.append(Problem(key, f"is {_kind_of(table)}", f"a table, written [{key}]"))
        return {}
    fields = fields_of(kind)
    problems += [_unknown(f"{key}.{name}", fields) for name in table if name not in fields]
    values = {name: _read_field(field, table, f"{key}.{name}", problems) for name, field in fields.items()}
    return {name: value for name, value in values.items() if value is not _MISSING}


class _Missing:
    """Stands for a value that could not be read."""


_MISSING = _Missing()


def _read_field(field: Field, table: Mapping[str, object], key: str, problems: list[Problem]) -> object:
    if field.name not in table:
        if field.default is dataclasses.MISSING:
            problems.append(Problem(key, "is missing", "a value, see config.example.toml"))
            return _MISSING
        return field.default
    try:
        return field.read(table[field.name])
    except WrongValueError as wrong:
        problems.append(Problem(key, wrong.what, wrong.right))
        return _MISSING


def _unknown(key: str, known: Mapping[str, object]) -> Problem:
    return Problem(key, "is not a key of this table", "one of " + ", ".join(sorted(known)))


def _kind_of(value: object) -> str:
    names: dict[type, str] = {
        bool: "true or false",
        int: "a whole number",
        float: "a number with a fraction",
        str: "a text",
        list: "a list",
        dict: "a table",
        dt.date: "a date",
        dt.datetime: "a date with a time",
        dt.time: "a time",
    }
    return names.get(type(value), "missing")


def switch(value: object) -> bool:
    """Read ``true`` or ``false``."""
    if not isinstance(value, bool):
        raise WrongValueError(f"is {_kind_of(value)}", "true or false, without quotes")
    return value


def whole(lowest: int, highest: int) -> Callable[[object], int]:
    """Read a whole number within bounds."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongValueError(f"is {_kind_of(value)}", f"a whole number from {lowest} to {highest}")
        if not lowest <= value <= highest:
            raise WrongValueError(f"is {value}", f"a whole number from {lowest} to {highest}")
        return value

    return read


def text(longest: int) -> Callable[[object], str]:
    """Read one line of text that is not empty."""

    def read(value: object) -> str:
        right = f"one line of text of at most {longest} characters, in quotes"
        if not isinstance(value, str):
            raise WrongValueError(f"is {_kind_of(value)}", right)
        if not value.strip():
            raise WrongValueError("is empty", right)
        if len(value) > longest or not value.isprintable():
            raise WrongValueError("is too long or has control characters", right)
        return value.strip()

    return read


def one_of(*choices: str) -> Callable[[object], str]:
    """Read one of a few words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            shown = f'"{value}"' if isinstance(value, str) else _kind_of(value)
            raise WrongValueError(f"is {shown}", "one of " + ", ".join(f'"{choice}"' for choice in choices))
        return value

    return read


def several(read_one: Callable[[object], T], *, at_least: int = 0) -> Callable[[object], tuple[T, ...]]:
    """Read a list without repeats."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise WrongValueError(f"is {_kind_of(value)}", "a list, in square brackets")
        if len(value) < at_least:
            raise WrongValueError(f"has {len(value)} entries", f"a list of at least {at_least}")
        items = tuple(read_one(item) for item in value)
        if any(item in items[:place] for place, item in enumerate(items)):
            raise WrongValueError("says the same thing twice", "each entry once")
        return items

    return read


def translated(longest: int) -> Callable[[object], Mapping[str, str]]:
    """Read one line of text in several languages: a table from language to text."""
    read_text = text(longest)

    def read(value: object) -> Mapping[str, str]:
        if not isinstance(value, dict) or not value:
            raise WrongValueError(f"is {_kind_of(value)}", 'a table from language to text, such as { en = "…" }')
        return {language: read_text(words) for language, words in value.items()}

    return read


def tables(kind: type[T], *, at_least: int = 0) -> Callable[[object], tuple[T, ...]]:
    """Read a list of tables, each into a ``kind``."""

    def read_one(value: object) -> T:
        problems: list[Problem] = []
        made = read_table(kind, value, "entry", problems)
        if made is None or problems:
            raise WrongValueError("; ".join(f"{p.key} {p.what}" for p in problems), _rights(problems))
        return made

    return several(read_one, at_least=at_least)


def _rights(problems: Sequence[Problem]) -> str:
    return "; ".join(dict.fromkeys(problem.right for problem in problems))
