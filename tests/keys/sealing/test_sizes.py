from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.limits import KIB, MIB
from keys.sealing.sizes import is_size_class, size_class, size_classes


def test_the_classes_begin_with_powers_and_go_on_in_quarter_octaves() -> None:
    assert [size / MIB for size in islice(size_classes(), 19)] == [
        *(0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32),
        *(64, 80, 96, 112),
        *(128, 160, 192, 224, 256, 320),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(0, 128 * KIB), (1, 128 * KIB), (128 * KIB, 128 * KIB), (128 * KIB + 1, 256 * KIB), (64 * MIB + 1, 80 * MIB)],
)
def test_content_gets_the_smallest_class_that_holds_it(content: int, expected: int) -> None:
    assert size_class(content) == expected


@given(st.integers(0, 2**50))
def test_padding_wastes_at_most_half_below_64_mib_and_a_quarter_above(content: int) -> None:
    size = size_class(content)
    assert content <= size
    assert is_size_class(size)
    assert size == 128 * KIB or size < 2 * content
    assert size <= 64 * MIB or size < 1.25 * content


@given(st.integers(0, 2**50))
def test_only_classes_are_classes(size: int) -> None:
    assert is_size_class(size) == (size_class(size) == size)


@pytest.mark.parametrize("size", [0, 1, 128 * KIB - 1, 128 * KIB + 1, 63 * MIB, 65 * MIB])
def test_other_sizes_are_no_classes(size: int) -> None:
    assert not is_size_class(size)
