"""The pages on container and submission say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keys.sealing import limits, zip_records
from keys.sealing.answers import RESERVED
from keys.sealing.source_name import SEALED_NAME_BYTES
from keys.sealing.submission import Audience, IfSilent, Lane, Part, Submission
from keys.sealing.zip_records import Record
from tests.keys.sealing.container_forge import THREE, written
from tests.keys.sealing.reading_answers import answers_from_json

PAGES = Path(__file__).parents[3] / "docs" / "formats"
CONTAINER = (PAGES / "container.md").read_text()
SUBMISSION = (PAGES / "submission.md").read_text()


def test_the_example_of_submission_json_is_read() -> None:
    example = re.search(r"```json\n(.*?)```", SUBMISSION, re.DOTALL)
    assert example
    read = Submission.from_json(re.sub(r"\n ?", "", example[1]).encode())
    assert {type(one.given) for one in answers_from_json(read.answers).values()} == {str, int, tuple}


@pytest.mark.parametrize("value", [*Lane, *Audience, *Part, *IfSilent, *RESERVED])
def test_every_value_stands_on_the_page(value: str) -> None:
    assert f"`{value}`" in SUBMISSION


@pytest.mark.parametrize(
    "limit",
    [
        limits.MESSAGE_BYTES,
        limits.SUBMISSION_JSON_BYTES,
        limits.ANSWERS_BYTES,
        limits.OTHER_FIELD_BYTES,
        limits.ORIGINAL_NAME_BYTES,
        limits.NAME_BYTES,
        SEALED_NAME_BYTES,
    ],
)
def test_limits_of_submissions_stand_on_the_page(limit: int) -> None:
    assert f"{limit:,}" in SUBMISSION


@pytest.mark.parametrize("limit", [limits.CONTAINER_MEMBERS, limits.CONTAINER_NAME_BYTES])
def test_limits_of_containers_stand_on_the_page(limit: int) -> None:
    assert f"{limit:,}" in CONTAINER


def test_records_have_the_lengths_and_values_of_the_page() -> None:
    record = Record(b"name", 1, 2, 3)
    assert len(zip_records.local_header(b"name")) == 50 + 4
    assert len(zip_records.descriptor(record)) == 24
    assert len(zip_records.directory_entry(record)) == 74 + 4
    assert len(zip_records.end_records(0, 0, 0)) == 98
    fields = zip_records.local_header(b"name").hex(" ")
    assert fields.startswith(
        "50 4b 03 04 2d 00 08 08 00 00 00 00 21 00 00 00 00 00 ff ff ff ff ff ff ff ff 04 00 14 00"
    )
    assert zip_records.directory_entry(record).hex(" ")[: 3 * 46].strip() == (
        "50 4b 01 02 2d 03 2d 00 08 08 00 00 00 00 21 00 01 00 00 00 ff ff ff ff ff ff ff ff 04 00 1c 00"
        " 00 00 00 00 00 00 00 00 80 81 ff ff ff ff"
    )


def test_the_formula_of_the_length_is_right() -> None:
    container = written(*THREE)
    padding = len(container) - 98 - 162 - sum(148 + 2 * len(name.encode()) + len(content) for name, content in THREE)
    assert container.count(bytes(padding)) == 1
    assert re.search(r"98 \+ Σ \(148 \+ 2n \+ s\)", CONTAINER)
