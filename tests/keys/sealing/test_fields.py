from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.letter import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.sealing.canonical import JSON


def fields(**members: JSON) -> Fields:
    return Fields(members, "thing")


def test_members_are_taken_by_type() -> None:
    with fields(
        t="é", i=3, f=True, h="00ff", d="2026-11-20", k="reply", l=[1, 2], ts=["a"], n=None, v=1, a=["x"]
    ) as taken:
        assert taken.text("t") == "é"
        assert taken.integer("i", 3) == 3
        assert taken.flag("f") is True
        assert taken.binary("h", range(2, 3)) == b"\x00\xff"
        assert taken.day("d") == date(2026, 11, 20)
        assert taken.parsed("k", EntryKind) is EntryKind.REPLY
        assert taken.each("l", lambda value: value) == (1, 2)
        assert taken.texts("ts") == ("a",)
        assert taken.optional("n", str) is None
        assert taken.optional("v", str) == "1"
        assert taken.take("a") == ["x"]


def test_a_null_is_taken_by_asking() -> None:
    with fields(n=None, v=1) as taken:
        assert not taken.has("n")
        assert taken.has("v")
        taken.integer("v")


def test_a_missing_member_is_noticed_though_it_may_be_null() -> None:
    taken = fields()
    assert taken.has("n")
    with pytest.raises(FormatError, match="“n” is missing"):
        taken.text("n")


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_only_objects_have_members(value: JSON) -> None:
    with pytest.raises(FormatError, match="thing is not a JSON object"):
        Fields(value, "thing")


def test_members_that_nobody_asked_for_are_refused() -> None:
    with pytest.raises(FormatError, match="In the thing, “b” is unknown"), fields(b=1, c=2):
        pass


def test_another_error_is_not_covered_up() -> None:
    with pytest.raises(RuntimeError), fields(b=1):
        raise RuntimeError


WRONG: dict[str, tuple[JSON, Callable[[Fields], object], str]] = {
    "text: number": (1, lambda f: f.text("x"), "not a text"),
    "text: one byte too long": ("é" * 5, lambda f: f.text("x", 9), "longer than 9 bytes"),
    "integer: text": ("1", lambda f: f.integer("x"), "not an integer"),
    "integer: true": (True, lambda f: f.integer("x"), "not an integer"),
    "integer: negative": (-1, lambda f: f.integer("x"), "below 0"),
    "flag: number": (0, lambda f: f.flag("x"), "neither"),
    "hex: capitals": ("FF", lambda f: f.binary("x", range(1, 2)), "not hex"),
    "hex: half a byte": ("f", lambda f: f.binary("x", range(1, 2)), "not hex"),
    "hex: another size": ("ffff", lambda f: f.binary("x", range(1, 2)), "not hex"),
    "hex: spaces": ("f f", lambda f: f.binary("x", range(1, 3)), "not hex"),
    "day: no such day": ("2026-02-30", lambda f: f.day("x"), "not one of the values"),
    "day: week": ("2026-W47-1", lambda f: f.day("x"), "not one of the values"),
    "day: compact": ("20261120", lambda f: f.day("x"), "not one of the values"),
    "parsed: unknown": ("letter", lambda f: f.parsed("x", EntryKind), "not one of the values"),
    "each: text": ("ab", lambda f: f.each("x", lambda v: v), "not a list"),
    "each: object": ({}, lambda f: f.each("x", lambda v: v), "not a list"),
    "texts: number inside": ([1], lambda f: f.texts("x"), "not a text"),
    "texts: too long inside": (["aaa"], lambda f: f.texts("x", 2), "longer"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_members_of_another_type_or_size_are_refused(case: tuple[JSON, Callable[[Fields], object], str]) -> None:
    value, read, why = case
    with pytest.raises(FormatError, match=f"In the thing, “x” .*{why}"):
        read(fields(x=value))


def test_what_is_wrong_is_named_but_not_repeated() -> None:
    with pytest.raises(FormatError) as caught:
        fields(x="a secret").parsed("x", EntryKind)
    assert "secret" not in str(caught.value)


def test_texts_have_the_limits_that_the_page_of_each_format_relies_on() -> None:
    assert fields(x="a" * 1024).text("x") == fields(x=["a" * 1024]).texts("x")[0] == "a" * 1024
    assert fields(x="a" * 4096).parsed("x", str) == "a" * 4096
    for read in (
        lambda: fields(x="a" * 1025).text("x"),
        lambda: fields(x=["a" * 1025]).texts("x"),
        lambda: fields(x="a" * 4097).parsed("x", str),
    ):
        with pytest.raises(FormatError, match="longer"):
            read()
