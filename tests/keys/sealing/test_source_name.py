"""A source's name: in the clear, or sealed so that the desk that opens the report cannot open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.age import HybridIdentity, NoMatchError, seal
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.limits import NAME_BYTES
from keys.sealing.source_name import SEALED_NAME_BYTES, SourceName
from keys.sealing.values import Sealed
from tests.keys.sealing.signers import DESK, EPOCH, SPARE_EPOCH
from tests.keys.sealing.source_name_forge import NAMES, make, make_sealed, without_keys
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path

names = (
    st.text(min_size=1, max_size=200)
    .map(one_line)
    .filter(lambda text: bool(text.strip()) and len(text.encode(errors="replace")) <= NAME_BYTES)
)
SPARE = SPARE_EPOCH.recipient()


@given(names)
def test_a_name_that_is_kept_apart_is_opened_by_its_key_alone(text: str) -> None:
    name = SourceName.apart(text, SPARE)
    assert name.opened([SPARE_EPOCH]) == text
    with pytest.raises(NoMatchError):
        name.opened([EPOCH])
    assert len(text) < 4 or text.encode() not in bytes(name.sealed)


@given(names)
def test_what_is_written_is_read(text: str) -> None:
    for name in (SourceName(text), SourceName.apart(text, SPARE)):
        assert SourceName.from_json(name.to_json()) == name
    assert SourceName(text).opened([]) == text


def test_names_of_every_length_are_sealed_to_one_length() -> None:
    assert {len(SourceName.apart("x" * size, SPARE).sealed) for size in (1, 2, 300, NAME_BYTES)} == {SEALED_NAME_BYTES}


def test_a_name_prints_as_nothing() -> None:
    assert "Amina" not in repr(SourceName("Amina"))
    assert "age-encryption" not in repr(SourceName.apart("Amina", SPARE))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\u3000",
        "two\nlines",
        "tab\there",
        "\x1b[2J",
        "\u202eover",
        "\ud800",
        "x" * (NAME_BYTES + 1),
        "\u0635" * 257,
    ],
)
def test_what_is_no_name_is_neither_kept_nor_kept_apart(text: str) -> None:
    with pytest.raises(FormatError):
        SourceName(text)
    with pytest.raises(FormatError):
        SourceName.apart(text, SPARE)


def test_a_name_is_one_of_the_two() -> None:
    with pytest.raises(FormatError, match="one of the two"):
        SourceName("A", without_keys())
    with pytest.raises(FormatError, match="one of the two"):
        SourceName()


@vectors("source-name", "inside")
def test_what_is_inside_is_the_name_and_zeros(path: Path) -> None:
    name = SourceName(sealed=seal(path.read_bytes(), [SPARE]))
    assert name.opened([SPARE_EPOCH]) == NAMES[path.stem]


@vectors("source-name", "refuse-inside")
def test_what_somebody_else_put_inside_is_refused(path: Path) -> None:
    sealed = seal(path.read_bytes(), [SPARE])
    with pytest.raises(FormatError) as refused:
        SourceName(sealed=sealed).opened([SPARE_EPOCH])
    assert not isinstance(refused.value, NoMatchError)


@vectors("source-name", "sealed-accept")
def test_stored_names_open(path: Path) -> None:
    assert SourceName(sealed=Sealed(path.read_bytes())).opened([SPARE_EPOCH]) == NAMES[path.stem]


@vectors("source-name", "sealed-refuse")
def test_what_does_not_look_like_one_is_refused_unopened(path: Path) -> None:
    with pytest.raises(FormatError):
        SourceName(sealed=Sealed(path.read_bytes()))


@vectors("source-name", "sealed-damaged")
def test_what_looks_like_one_and_is_damaged_does_not_open(path: Path) -> None:
    name = SourceName(sealed=Sealed(path.read_bytes()))
    with pytest.raises(FormatError):
        name.opened([SPARE_EPOCH])


def test_vectors_are_those_that_the_forge_makes() -> None:
    kept = stored("source-name")
    assert {name: inside for name, inside in kept.items() if not name.startswith("sealed-")} == make()
    assert {name for name in kept if name.startswith("sealed-")} == set(make_sealed())


def test_a_signing_key_and_a_strange_identity_open_nothing() -> None:
    with pytest.raises(NoMatchError):
        SourceName.apart("A", SPARE).opened([HybridIdentity.from_seed(DESK.expose_seed())])
