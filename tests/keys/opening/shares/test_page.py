"""The page on sheets says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.opening.shares import proofs
from keys.opening.shares.drill import DRILL_BYTES, DRILL_DAYS
from keys.opening.shares.record import RECORD_BYTES
from keys.opening.shares.sheets import PAGE_LINES, WIDTH
from keys.opening.shares.slip39 import MOST_SHEETS, WORDS
from tests.keys.opening.shares.shares_forge import BODY, DRILL_BODY
from tests.keys.sealing.vectors import VECTORS

PAGE = (Path(__file__).parents[4] / "docs/formats/shares.md").read_text()


@pytest.mark.parametrize("member", [*BODY, *DRILL_BODY])
def test_every_member_stands_on_the_page(member: str) -> None:
    assert f"| `{member}` |" in PAGE


@pytest.mark.parametrize(
    "text",
    [
        f"at most {RECORD_BYTES:,} bytes, signed by the root",
        f"at most {DRILL_BYTES:,} bytes, signed by each sheet",
        f"after {DRILL_DAYS} days",
        f"N at most {MOST_SHEETS} ",
        f"| length | {WORDS} words",
        f"{WIDTH} columns, at most {PAGE_LINES} lines",
        f"`{proofs._LABEL.decode()}`",
    ],
)
def test_numbers_and_labels_stand_on_the_page(text: str) -> None:
    assert text in PAGE


def test_every_folder_of_vectors_stands_on_the_page() -> None:
    assert [folder.name for folder in (VECTORS / "shares").iterdir() if f"`{folder.name}`" not in PAGE] == []
