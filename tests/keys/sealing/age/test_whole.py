from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import (
    HYBRID_HEADER_BYTES,
    HybridIdentity,
    NoMatchError,
    PayloadError,
    open_sealed,
    open_to_file,
    seal,
    sealed_size,
)
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = HybridIdentity.generate()
RECIPIENTS = [IDENTITY.recipient()]
LONG = bytes(range(256)) * 1000
SEALED = seal(LONG, RECIPIENTS)


@settings(deadline=None, max_examples=20)
@given(st.binary(max_size=300))
def test_small_things_come_back_as_plaintext(data: bytes) -> None:
    assert open_sealed(seal(Plaintext(data), RECIPIENTS), [IDENTITY]) == Plaintext(data)
    assert open_sealed(seal(data, RECIPIENTS), [IDENTITY]) == Plaintext(data)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073])
def test_the_size_of_a_file_for_one_epoch_is_known_before_it_is_sealed(size: int) -> None:
    assert len(seal(bytes(size), RECIPIENTS)) == sealed_size(size, HYBRID_HEADER_BYTES)


def test_the_same_thing_sealed_twice_is_never_the_same_file() -> None:
    assert seal(b"x", RECIPIENTS) != seal(b"x", RECIPIENTS)


def test_a_file_is_opened_to_disk_for_its_owner_only(tmp_path: Path) -> None:
    destination = tmp_path / "opened"
    assert open_to_file(io.BytesIO(SEALED), [IDENTITY], destination) == len(LONG)
    assert destination.read_bytes() == LONG
    assert destination.stat().st_mode & 0o777 == 0o600


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    destination = tmp_path / "opened"
    destination.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        open_to_file(io.BytesIO(SEALED), [IDENTITY], destination)
    assert destination.read_bytes() == b"mine"


@pytest.mark.parametrize("cut", [1, 16, 65_552, 100_000])
def test_nothing_stays_of_a_file_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    with pytest.raises(PayloadError):
        open_to_file(io.BytesIO(SEALED[:-cut]), [IDENTITY], tmp_path / "opened")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_made_for_a_stranger(tmp_path: Path) -> None:
    with pytest.raises(NoMatchError):
        open_to_file(io.BytesIO(SEALED), [HybridIdentity.generate()], tmp_path / "opened")
    assert list(tmp_path.iterdir()) == []
