from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.canonical import JSON, LARGEST_INTEGER, from_canonical, to_canonical
from keys.sealing.errors import FormatError
from tests.keys.sealing import canonical_forge
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path

characters = st.characters(exclude_categories=["Cs"])
leaves = st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | st.text(characters)
values: st.SearchStrategy[JSON] = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(characters), inner), max_leaves=20
)


def test_the_vectors_are_what_the_forge_makes() -> None:
    assert stored("canonical-json") == canonical_forge.make()


@vectors("canonical-json", "accept")
def test_canonical_texts_are_read_and_written_again(path: Path) -> None:
    assert to_canonical(from_canonical(path.read_bytes())) == path.read_bytes()


@vectors("canonical-json", "refuse")
def test_other_texts_are_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        from_canonical(path.read_bytes())


@pytest.mark.parametrize("value", [1.0, {"a": [0.5]}, {1: 2}, b"bytes", {"a", "b"}, 2**53, "\udfff", {"\udfff": 1}])
def test_values_that_json_cannot_hold_are_refused(value: JSON) -> None:
    with pytest.raises(FormatError):
        to_canonical(value)


def test_endless_nesting_is_refused() -> None:
    endless: list[JSON] = []
    endless.append(endless)
    with pytest.raises(FormatError, match="deeply"):
        to_canonical(endless)


@settings(deadline=None)
@given(values)
def test_any_value_comes_back(value: JSON) -> None:
    assert from_canonical(to_canonical(value)) == value


@settings(deadline=None)
@given(values)
def test_every_other_spelling_is_refused(value: JSON) -> None:
    for spelling in (json.dumps(value, indent=1), json.dumps(value), f" {json.dumps(value)}"):
        if spelling.encode() != to_canonical(value):
            with pytest.raises(FormatError):
                from_canonical(spelling.encode())


@settings(deadline=None)
@given(st.binary() | st.text(characters).map(str.encode))
def test_any_bytes_are_read_exactly_or_refused(data: bytes) -> None:
    with suppress(FormatError):
        assert to_canonical(from_canonical(data)) == data


@pytest.mark.parametrize("kind", ["list", "object", "both"])
def test_32_levels_are_read_and_33_are_not(kind: str) -> None:
    def nested(levels: int) -> JSON:
        value: JSON = [] if kind == "list" else {}
        for level in range(levels - 1):
            value = [value] if kind == "list" or (kind == "both" and level % 2) else {"a": value}
        return value

    assert from_canonical(to_canonical(nested(32))) == nested(32)
    with pytest.raises(FormatError, match="deeply"):
        to_canonical(nested(33))
