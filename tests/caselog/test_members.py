"""Members that are read whole: up to their limit, and not a byte of what is longer."""

from __future__ import annotations

import io

import pytest

from caselog.members import read_member
from keys.sealing.container_reader import Container
from keys.sealing.errors import FormatError
from tests.keys.sealing.container_forge import written


@pytest.fixture
def container() -> Container:
    return Container.read(io.BytesIO(written(("folder/four", b"abcd"), ("empty", b""))))


def test_a_member_is_read_whole_up_to_its_limit(container: Container) -> None:
    assert read_member(container, "folder/four", 4) == b"abcd"
    assert read_member(container, "folder/four", 5) == b"abcd"
    assert read_member(container, "empty", 0) == b""


@pytest.mark.parametrize(("path", "most"), [("folder/four", 3), ("four", 4), ("folder", 4), ("padding", 1 << 40)])
def test_a_member_that_is_longer_or_not_there_is_refused(container: Container, path: str, most: int) -> None:
    with pytest.raises(FormatError, match=f"no {path}, or one that is too long"):
        read_member(container, path, most)
