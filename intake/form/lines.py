"""Says on which line of a TOML file each of its keys stands, which Python's own reader does not tell.

Reads files that ``tomllib`` has taken already, and only their structure (TOML 1.0): tables, keys, lists. What it does
not understand it leaves out; a key without a line of its own has that of what it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys, and positions in lists, from the top of the file."""

_SPACE = " \t"
_BLANK = " \t\r\n"
_ENDS_BARE = "=.]#,}\r\n \t"
_ENDS_VALUE = ",]}#\r\n"
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_HEX = {"u": 4, "U": 8}


@dataclass(slots=True)
class Lines:
    """Lines by path, counted from 1."""

    by_path: dict[Path, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Lines:
        """Find the keys of a TOML text."""
        lines = cls()
        _Scanner(text, lines.by_path).scan()
        return lines

    def line(self, path: Path) -> int:
        """Return the line of a key, or of the nearest thing around it; 1 for the file."""
        while path and path not in self.by_path:
            path = path[:-1]
        return self.by_path.get(path, 1)


class _Scanner:
    """Goes once through the text."""

    def __init__(self, text: str, found: dict[Path, int]) -> None:
        self._text = text
        self._at = 0
        self._found = found
        self._table: Path = ()
        self._lists: dict[Path, int] = {}

    def scan(self) -> None:
        """Find every key; stops at the first thing that is no TOML."""
        self._skip_blank()
        while self._at < len(self._text):
            before = self._at
            if self._here() == "[":
                self._header()
            else:
                self._pair(self._table)
            self._skip_blank()
            if self._at == before:
                return

    def _header(self) -> None:
        line, is_list = self._line(), self._text.startswith("[[", self._at)
        self._at += 2 if is_list else 1
        path: Path = ()
        keys = self._keys()
        for key in keys[:-1]:
            path = self._inside((*path, key))
        path = (*path, *keys[-1:])
        if is_list:
            self._lists[path] = self._lists.get(path, -1) + 1
            self._found.setdefault(path, line)
        path = self._inside(path)
        self._found.setdefault(path, line)
        self._table = path
        self._at += len("]]") if is_list else len("]")

    def _inside(self, path: Path) -> Path:
        """Return the table that a path means: of a list of tables, the last one."""
        return (*path, self._lists[path]) if path in self._lists else path

    def _pair(self, table: Path) -> None:
        line, path = self._line(), table
        for key in self._keys():
            path = (*path, key)
            self._found.setdefault(path, line)
        self._at += len("=")
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if self._here() != ".":
                return keys
            self._at += 1

    def _key(self) -> str:
        if self._here() in {'"', "'"}:
            return self._string()
        start = self._at
        while self._at < len(self._text) and self._here() not in _ENDS_BARE:
            self._at += 1
        return self._text[start : self._at]

    def _value(self, path: Path) -> None:
        match self._here():
            case "[":
                self._list(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._string()
            case _:
                while self._at < len(self._text) and self._here() not in _ENDS_VALUE:
                    self._at += 1

    def _list(self, path: Path) -> None:
        self._at += 1
        self._skip_blank()
        number = 0
        while self._at < len(self._text) and self._here() != "]":
            before = self._at
            self._found.setdefault((*path, number), self._line())
            self._value((*path, number))
            self._skip_blank()
            self._pass(",")
            self._skip_blank()
            number += 1
            if self._at == before:
                return
        self._pass("]")

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip_blank()
        while self._at < len(self._text) and self._here() != "}":
            before = self._at
            self._pair(path)
            self._skip_blank()
            self._pass(",")
            self._skip_blank()
            if self._at == before:
                return
        self._pass("}")

    def _string(self) -> str:
        quote = self._here()
        if self._text.startswith(3 * quote, self._at):
            return self._long_string(quote)
        self._at += 1
        made: list[str] = []
        while self._at < len(self._text) and self._here() not in {quote, "\n"}:
            made.append(self._sign(escapes=quote == '"'))
        self._pass(quote)
        return "".join(made)

    def _long_string(self, quote: str) -> str:
        self._at += 3
        while self._at < len(self._text) and not self._text.startswith(3 * quote, self._at):
            self._sign(escapes=quote == '"')
        self._at += 3
        self._skip(quote)  # up to two more of them belong to the text
        return ""

    def _sign(self, *, escapes: bool) -> str:
        sign = self._here()
        self._at += 1
        if sign != "\\" or not escapes:
            return sign
        name = self._here()
        self._at += 1
        if name not in _HEX:
            return _ESCAPES.get(name, "")
        digits = self._text[self._at : self._at + _HEX[name]]
        self._at += len(digits)
        return _character(digits)

    def _skip(self, signs: str) -> None:
        while self._at < len(self._text) and self._text[self._at] in signs:
            self._at += 1

    def _skip_blank(self) -> None:
        """Skip spaces, line ends and comments."""
        self._skip(_BLANK)
        while self._here() == "#":
            end = self._text.find("\n", self._at)
            self._at = len(self._text) if end < 0 else end
            self._skip(_BLANK)

    def _pass(self, sign: str) -> None:
        if self._here() == sign:
            self._at += 1

    def _here(self) -> str:
        return self._text[self._at : self._at + 1]

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1


def _character(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return ""
