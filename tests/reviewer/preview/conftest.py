"""What the tests of the preview share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Whatever the file was, no program of the room outlives the look at it."""
    before = psutil.Process().children(recursive=True)
    yield
    assert [one for one in psutil.Process().children(recursive=True) if one not in before] == []
