"""submission.json: one canonical form, and nothing taken on trust."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.canonical import to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.submission import (
    Audience,
    Consent,
    Lane,
    MailboxSlip,
    Part,
    Submission,
    SubmissionHead,
    SubmittedFile,
    new_report_id,
)
from keys.sealing.values import MailboxAddress

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = Submission(
    report=bytes(range(16)),
    part=Part.MESSAGE,
    lane=Lane.ARRIVAL,
    language="ar-EG",
    consent=Consent(frozenset(Audience), originals=True),
    answers={"where": "\u0627\u0644\u0646\u064a\u0644", "when": ["2026"], "again": True, "how_many": 3},
    mailbox=MailboxSlip(MailboxAddress(bytes(16)), "age1pq1" + "q" * 1952),
    decoy="signed\n",
    files=(SubmittedFile("files/a.txt", "../a.txt", 3, "ab" * 32),),
    message_sha256="cd" * 32,
)
BARE = Submission(report=bytes(16), part=Part.FILES, lane=Lane.BROWSER)

texts = st.text(st.characters(codec="utf-8"), max_size=40)
heads = st.builds(
    SubmissionHead,
    report=st.binary(min_size=16, max_size=16),
    part=st.sampled_from(Part),
    lane=st.sampled_from(Lane),
    language=st.sampled_from(["en", "fr-CA", "zh-Hant-TW"]),
    consent=st.builds(Consent, st.frozensets(st.sampled_from(Audience)), st.booleans()),
    answers=st.dictionaries(texts, st.recursive(texts | st.booleans() | st.none(), st.lists, max_leaves=5), max_size=4),
    mailbox=st.none() | st.just(FULL.mailbox),
    decoy=st.none() | texts,
)


def as_json(submission: Submission) -> dict[str, Any]:
    return dict(json.loads(submission.to_json()))


@pytest.mark.parametrize("submission", [FULL, BARE])
def test_what_is_written_is_read(submission: Submission) -> None:
    assert Submission.from_json(submission.to_json()) == submission


@given(heads)
def test_every_head_survives(head: SubmissionHead) -> None:
    submission = Submission.of(head, FULL.files, None)
    assert Submission.from_json(submission.to_json()) == submission


def test_leads_alone_may_see_a_case_unless_the_source_chose_more() -> None:
    assert Consent() == Consent(frozenset({Audience.LEADS}), originals=False)


def test_reports_are_named_at_random() -> None:
    assert len({new_report_id() for _ in range(100)}) == 100
    assert len(new_report_id()) == 16


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "newer version": lambda body: body.update(version=2),
    "version true": lambda body: body.update(version=True),
    "unknown key": lambda body: body.update(extra=1),
    "missing key": lambda body: body.pop("language"),
    "short report id": lambda body: body.update(report="00"),
    "upper-case report id": lambda body: body.update(report="AB" * 16),
    "unknown part": lambda body: body.update(part="rest"),
    "unknown lane": lambda body: body.update(lane="fax"),
    "language not a tag": lambda body: body.update(language="en_GB; rm"),
    "consent not an object": lambda body: body.update(consent=[]),
    "unknown audience": lambda body: body["consent"].update(may_see=["everybody"]),
    "audience not a text": lambda body: body["consent"].update(may_see=[1]),
    "audience twice": lambda body: body["consent"].update(may_see=["leads", "leads"]),
    "audience out of order": lambda body: body["consent"].update(may_see=["leads", "lawyer"]),
    "originals not a flag": lambda body: body["consent"].update(originals=1),
    "answers a list": lambda body: body.update(answers=[]),
    "answers too long": lambda body: body.update(answers={"a": "x" * 12_288}),
    "mailbox address short": lambda body: body["mailbox"].update(address="00"),
    "mailbox recipient classic": lambda body: body["mailbox"].update(recipient="age1" + "q" * 58),
    "mailbox unknown key": lambda body: body["mailbox"].update(name="x"),
    "decoy too long": lambda body: body.update(decoy="x" * 2049),
    "decoy a flag": lambda body: body.update(decoy=True),
    "too many files": lambda body: body.update(files=body["files"] * 51),
    "file outside its folder": lambda body: body["files"][0].update(member="message.txt"),
    "file name too long": lambda body: body["files"][0].update(original_name="x" * 1025),
    "file size negative": lambda body: body["files"][0].update(size=-1),
    "file digest short": lambda body: body["files"][0].update(sha256="ab"),
    "message digest a number": lambda body: body.update(message_sha256=1),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_breaks_a_rule_is_refused(how: str) -> None:
    body = as_json(FULL)
    WRONG[how](body)
    with pytest.raises(FormatError):
        Submission.from_json(to_canonical(body))


@pytest.mark.parametrize("data", [b"", b"[]", b'"x"', b"{} ", b"\xff", b"{", b"x" * (512 * 1024 + 1)])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        Submission.from_json(data)


def test_what_could_not_be_read_is_not_written() -> None:
    with pytest.raises(FormatError):
        replace(FULL, answers={"a": "x" * 20_000}).to_json()


def test_an_unknown_version_tells_what_to_do() -> None:
    with pytest.raises(FormatError, match="newer Khomo"):
        Submission.from_json(to_canonical({**as_json(BARE), "version": 9}))
