from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.case_record import FIELDS as KNOWN
from caselog.case_record import CaseAttachment, CaseRecord, Form, values_of
from caselog.custody import Act, CustodyEntry, custody_from_bytes, custody_to_bytes
from keys.sealing.canonical import to_canonical
from keys.sealing.errors import FormatError
from tests.caselog.world import CASE, DAY, FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

GATE = CaseAttachment("gate.png", Form.REMADE, "image/png", 3, "ab" * 32, "The gate")
RECORD = CaseRecord(CASE, 2, FIELDS, (GATE,))
texts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.dictionaries(st.sampled_from(KNOWN), texts))
def test_what_is_written_is_read(fields: dict[str, str]) -> None:
    record = replace(RECORD, fields={**FIELDS, **fields})
    assert CaseRecord.from_json(record.to_json()) == record


def test_everything_in_it_is_committed_to() -> None:
    values = values_of(RECORD)
    assert values["case"] == f"{CASE} 2"
    assert values["field/title"] == FIELDS["title"]
    assert json.loads(values["attachment/gate.png"])["sha256"] == GATE.sha256
    assert len(values) == 1 + len(FIELDS) + 1


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "newer version": lambda body: body.update(version=2),
    "unknown key": lambda body: body.update(extra=1),
    "revision 0": lambda body: body.update(revision=0),
    "case id short": lambda body: body.update(case="00"),
    "fields a list": lambda body: body.update(fields=[]),
    "unknown field": lambda body: body["fields"].update(message="x"),
    "field a number": lambda body: body["fields"].update(note=1),
    "field too long": lambda body: body["fields"].update(note="x" * 65_537),
    "title missing": lambda body: body["fields"].pop("title"),
    "attachment twice": lambda body: body["attachments"].append(body["attachments"][0]),
    "attachment names equal but for case": lambda body: body["attachments"].append(
        {**body["attachments"][0], "name": "GATE.png"}
    ),
    "attachment name a path": lambda body: body["attachments"][0].update(name="../gate.png"),
    "attachment form unknown": lambda body: body["attachments"][0].update(form="raw"),
    "attachment digest short": lambda body: body["attachments"][0].update(sha256="ab"),
    "attachment unknown key": lambda body: body["attachments"][0].update(extra=1),
    "too many attachments": lambda body: body.update(
        attachments=[{**body["attachments"][0], "name": f"{n}"} for n in range(501)]
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_breaks_a_rule_is_refused(how: str) -> None:
    body = json.loads(RECORD.to_json())
    WRONG[how](body)
    with pytest.raises(FormatError):
        CaseRecord.from_json(to_canonical(body))


@pytest.mark.parametrize("data", [b"", b"[]", b"x" * (4 * 1024 * 1024 + 1)], ids=len)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        CaseRecord.from_json(data)


# --- custody ------------------------------------------------------------------------------------------------------

ENTRY = CustodyEntry(DAY, Act.REDACTED, "reviewer/ann", "two faces \u0648\u062c\u0647", "ab" * 32)


@given(st.lists(st.builds(CustodyEntry, st.dates(), st.sampled_from(Act), texts, texts, st.just("")), max_size=5))
def test_custody_that_is_written_is_read(entries: list[CustodyEntry]) -> None:
    assert custody_from_bytes(custody_to_bytes(entries)) == tuple(entries)


@pytest.mark.parametrize(
    "data",
    [
        ENTRY.to_line()[:-1],
        ENTRY.to_line() + b"\n",
        ENTRY.to_line().replace(b'"version":1', b'"version":2'),
        ENTRY.to_line().replace(b"redacted", b"lost"),
        ENTRY.to_line().replace(b"2026-11-20", b"2026-11-20T10:00"),
        b"x" * (16 * 1024 * 1024 + 1),
    ],
    ids=range(6),
)
def test_broken_custody_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        custody_from_bytes(data)
