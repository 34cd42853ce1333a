"""Lines of keys: right for any file, and no file makes the scanner fall or stand still."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.form.lines import Lines

FILE = """\
# a comment with [brackets] and key = "value"
version = 1
"quoted key" = 'a # b'

[[section]]
title = { en = "one # [x]", fr = "]" }   # = [
words = [
  "a",
  # between
  [1, 2],
  { id = "x",  is = ["yes"] },
]
long = \"\"\"
[[section]]
id = "no key"
\\\"\"\" still
\"\"\"
raw = '''
id = 1'''''

[[section.field]]
id = "first"

[[section.field]]
id = "second"
a.b . "c d" = 1979-05-27 07:32:00

[[section]]
[section.deep]
x = 1
"""


def test_the_file_of_this_test_is_toml() -> None:
    found = tomllib.loads(FILE)
    assert [one["id"] for one in found["section"][0]["field"]] == ["first", "second"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("version",), 2),
        (("quoted key",), 3),
        (("section", 0), 5),
        (("section", 0, "title"), 6),
        (("section", 0, "title", "fr"), 6),
        (("section", 0, "words"), 7),
        (("section", 0, "words", 0), 8),
        (("section", 0, "words", 1), 10),
        (("section", 0, "words", 2), 11),
        (("section", 0, "words", 2, "is", 0), 11),
        (("section", 0, "long"), 13),
        (("section", 0, "raw"), 18),
        (("section", 0, "field", 0), 21),
        (("section", 0, "field", 1, "id"), 25),
        (("section", 0, "field", 1, "a", "b", "c d"), 26),
        (("section", 1), 28),
        (("section", 1, "deep", "x"), 30),
        (("section", 1, "deep", "not there"), 29),
        (("nowhere",), 1),
    ],
)
def test_a_key_has_the_line_on_which_it_stands(path: tuple[str | int, ...], line: int) -> None:
    assert Lines.of(FILE).line(path) == line


def test_a_text_between_quotes_holds_no_key() -> None:
    found = Lines.of(FILE).by_path
    assert not [path for path in found if path[-1] == "id" and path[:2] == ("section", 0) and len(path) == 3]


@pytest.mark.parametrize(
    ("key", "name"),
    [(r'"a\u0062c"', "abc"), (r'"a\tb\"\\"', 'a\tb"\\'), (r"'a\b'", "a\\b"), (r'"\U0001F600"', "\U0001f600")],
)
def test_quoted_keys_are_read_as_toml_reads_them(key: str, name: str) -> None:
    assert list(tomllib.loads(f"{key} = 1")) == [name]
    assert Lines.of(f"\n{key} = 1").line((name,)) == 2


names = st.text(st.characters(codec="utf-8"), max_size=6)
scalars = st.integers(-9, 9) | st.booleans() | st.text(st.characters(codec="utf-8"), max_size=12)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)


def _text(value: str) -> str:
    signs = {'"': '\\"', "\\": "\\\\"}
    plain = "".join(signs.get(one, one if one.isprintable() else f"\\U{ord(one):08x}") for one in value)
    return f'"{plain}"'


def _write(value: Any, path: tuple[str | int, ...], out: list[str], lines: dict[tuple[str | int, ...], int]) -> None:
    """Write a value, one thing a line where TOML allows it, and note where each stands."""
    if isinstance(value, dict):
        out.append("{ ")
        for number, (key, one) in enumerate(value.items()):
            out.append(", " if number else "")
            lines[*path, key] = "".join(out).count("\n") + 1
            out.append(f"{_text(key)} = ")
            _write(one, (*path, key), out, lines)
        out.append(" }")
    elif isinstance(value, list):
        out.append("[\n# [a] b = 1\n")
        for number, one in enumerate(value):
            lines[*path, number] = "".join(out).count("\n") + 1
            _write(one, (*path, number), out, lines)
            out.append(",\n")
        out.append("]")
    else:
        out.append(_text(value) if isinstance(value, str) else str(value).lower())


@given(st.dictionaries(names, trees, max_size=4))
def test_every_key_of_every_file_has_its_line(document: dict[str, Any]) -> None:
    out: list[str] = []
    lines: dict[tuple[str | int, ...], int] = {}
    for key, value in document.items():
        lines[key,] = "".join(out).count("\n") + 1
        out.append(f"{_text(key)} = ")
        _write(value, (key,), out, lines)
        out.append("  # [x] y = 2\n")
    text = "".join(out)
    assert tomllib.loads(text) == document
    found = Lines.of(text)
    assert {path: found.line(path) for path in lines} == lines
    assert set(found.by_path) == set(lines)


@given(st.text(alphabet="[]{}=.,#\"'\\\n ab1", max_size=60))
def test_no_text_makes_it_fall_or_stand_still(text: str) -> None:
    Lines.of(text)
