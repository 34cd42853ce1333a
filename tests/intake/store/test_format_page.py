"""The page on the store says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intake.store import database, settings
from intake.store.models import Base
from intake.store.settings import StoreSettings
from keys.sealing.limits import LETTER_BYTES

PAGE = (Path(__file__).parents[3] / "docs" / "formats" / "store.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", Base.metadata.tables.values(), ids=lambda table: table.name)
def test_every_table_and_column_stands_on_the_page(table: object) -> None:
    name = getattr(table, "name", "")
    [line] = re.findall(rf"^\| `{name}` \|(.*)$", PAGE, re.MULTILINE)
    for column in Base.metadata.tables[name].columns:
        assert f"`{column.name}`" in line


@pytest.mark.parametrize("pragma", database._PRAGMAS)
def test_every_pragma_stands_on_the_page(pragma: str) -> None:
    assert f"`{pragma} = {database._PRAGMAS[pragma][0]}`" in PAGE


def test_numbers_on_the_page_are_those_of_the_code() -> None:
    assert f"{LETTER_BYTES:,} bytes" in PAGE
    assert f"{settings.FILE_TIME:,}" in PAGE
    assert f"at most {settings.GROUP_LARGEST} commits" in PAGE
    assert f"acknowledged {StoreSettings().keep_acknowledged_days} days ago" in PAGE
    assert f"{settings.PUBLISHED_DAYS_KEPT} days are kept" in PAGE
