"""The pages on case log and case package say what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from caselog import delivery, errors, limits, package
from caselog.case_record import FIELDS, Form
from caselog.custody import Act
from caselog.leaves import RowState

PAGES = Path(__file__).parents[2] / "docs" / "formats"
LOG = (PAGES / "case-log.md").read_text()
PACKAGE = (PAGES / "case-package.md").read_text()
CALLED = {
    "tampered": errors.TamperedError,
    "replayed": errors.ReplayedError,
    "forked": errors.ForkedError,
    "truncated": errors.TruncatedError,
    "no disposition": errors.UnaccountedError,
}


@pytest.mark.parametrize("value", [*RowState, delivery.LEAVES, delivery.CHECKPOINT, delivery.DELIVERY_NOTE])
def test_every_word_of_the_log_stands_on_its_page(value: str) -> None:
    assert f"`{value}`" in LOG


@pytest.mark.parametrize("limit", [limits.LEAF_BYTES, limits.COMMITMENTS, limits.REASON_BYTES, limits.HEAD_EVERY])
def test_limits_of_the_log_stand_on_its_page(limit: int) -> None:
    assert f"{limit:,}" in LOG


@pytest.mark.parametrize("called", CALLED)
def test_exit_codes_stand_on_the_page(called: str) -> None:
    line = next(line for line in LOG.splitlines() if line.startswith(f"| {called} |"))
    assert line.endswith(f"| {CALLED[called].exit_code} |")


PATHS = [
    *(package.BAGIT_TXT, package.BAG_INFO, package.MANIFEST, package.TAG_MANIFEST, package.SIGNATURES),
    *(package.CASE_JSON, package.SUMMARY, package.CUSTODY, package.LEAF, package.DISCLOSURE),
]


@pytest.mark.parametrize("value", [*FIELDS, *Form, *Act, *PATHS])
def test_every_word_of_packages_stands_on_their_page(value: str) -> None:
    assert f"`{value}`" in PACKAGE


@pytest.mark.parametrize("limit", [limits.CASE_JSON_BYTES, limits.FIELD_BYTES])
def test_limits_of_packages_stand_on_their_page(limit: int) -> None:
    assert f"{limit:,}" in PACKAGE


@pytest.mark.parametrize("name", ["merkle-certificate-transparency.json", "commitments.json"])
def test_the_vectors_are_there(name: str) -> None:
    assert (Path(__file__).parents[1] / "vectors" / "case-log" / name).exists()
    assert f"`{name}`" in LOG
