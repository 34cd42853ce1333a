"""Reads the tables of a form file key by key, and writes down every mistake with its line instead of stopping."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from intake.form.errors import Mistake
from intake.settings import WrongValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from intake.form.lines import Lines, Path

T = TypeVar("T")


@dataclass
class Notes:
    """Mistakes found so far, and where lines are looked up."""

    lines: Lines
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, path: Path, place: str, what: str, right: str) -> None:
        """Write a mistake down."""
        self.mistakes.append(Mistake(self.lines.line(path), place, what, right))


class Table:
    """One table: each key is taken once, and none may be left over.

    Args:
        value: what TOML gave.
        path: where it stands.
        place: what it is called in mistakes; empty for the whole file.
        notes: collects mistakes.
    """

    def __init__(self, value: Mapping[str, Any], path: Path, place: str, notes: Notes) -> None:
        self._left = dict(value)
        self._taken: list[str] = []
        self.path = path
        self.place = place
        self.notes = notes

    def take(self, name: str, read: Callable[[object], T], default: T) -> T:
        """Return what ``read`` makes of a key; ``default`` if it is absent, or wrong, which is written down."""
        self._taken.append(name)
        if name not in self._left:
            return default
        try:
            return read(self._left.pop(name))
        except WrongValueError as wrong:
            self.wrong(name, wrong.what, wrong.right)
            return default

    def need(self, name: str, read: Callable[[object], T], default: T) -> T:
        """Return the same of a key that must be there."""
        if name not in self._left:
            self.wrong("", f"has no {name}", f"a line that begins with {name} =")
        return self.take(name, read, default)

    def tables(self, name: str, called: str, most: int) -> Iterator[Table]:
        """Yield the tables of a list, written ``[[name]]``, at most so many; each is closed afterwards."""
        self._taken.append(name)
        found = self._left.pop(name, [])
        if not isinstance(found, list):
            self.wrong(name, "is no list of tables", f"a line [[{'.'.join(self._names(name))}]] before each")
            return
        if len(found) > most:
            self.wrong(name, f"stands there {len(found)} times", f"at most {most} times")
        for number, one in enumerate(found[:most]):
            path = (*self.path, name, number)
            if isinstance(one, dict):
                table = Table(one, path, self._called(called, one.get("id"), number), self.notes)
                yield table
                table.close()
            else:
                self.notes.add(path, self._called(called, None, number), "is no table", "keys with values")

    def wrong(self, name: str, what: str, right: str) -> None:
        """Write a mistake about one of its keys down; without a name, about itself."""
        path = (*self.path, name) if name else self.path
        place = ", ".join(filter(None, (self.place, name))) or "the file"
        self.notes.add(path, place, what, right)

    def forgive(self) -> None:
        """Let the keys that are left over be: nobody can tell which of them belong here."""
        self._left.clear()

    def close(self) -> None:
        """Write down every key that nobody has taken."""
        for name in self._left:
            near = difflib.get_close_matches(name, self._taken, 1)
            right = f"{near[0]}" if near else "one of " + ", ".join(sorted(self._taken))
            self.wrong(name, "is not known here", right)

    def _called(self, called: str, name: object, number: int) -> str:
        own = f'{called} "{name}"' if isinstance(name, str) and name.isprintable() else f"{called} {number + 1}"
        return ", ".join(filter(None, (self.place, own)))

    def _names(self, name: str) -> list[str]:
        return [*(part for part in self.path if isinstance(part, str)), name]
