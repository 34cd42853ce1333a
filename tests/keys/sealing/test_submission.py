"""submission.json: one canonical form, and nothing taken on trust."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.answers import (
    ABOUT_US,
    CHILD,
    DANGER,
    Answer,
    Chosen,
    answers_to_json,
    check_answers,
    says_yes,
)
from keys.sealing.canonical import to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.limits import ANSWERS_BYTES
from keys.sealing.source_name import SourceName
from keys.sealing.submission import (
    Audience,
    Consent,
    IfSilent,
    Lane,
    Part,
    Submission,
    SubmissionHead,
    new_report_id,
)
from tests.keys.sealing.reading_answers import answers_from_json
from tests.keys.sealing.submission_forge import BARE, FULL, NAMED, make
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path

texts = st.text(st.characters(codec="utf-8"), max_size=40)
lines = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=40)
given_answers = (
    texts
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.lists(
        st.builds(Chosen, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", fullmatch=True), texts), max_size=3
    ).map(tuple)
)
answers = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True), st.builds(Answer, texts, given_answers), max_size=4
)
consents = st.builds(
    Consent, st.frozensets(st.sampled_from(Audience)), st.booleans(), lines, st.sampled_from(IfSilent), st.booleans()
)
heads = st.builds(
    SubmissionHead,
    report=st.binary(min_size=16, max_size=16),
    part=st.sampled_from(Part),
    lane=st.sampled_from(Lane),
    language=st.sampled_from(["en", "fr-CA", "zh-Hant-TW"]),
    consent=consents,
    answers=answers.map(answers_to_json),
    mailbox=st.none() | st.just(FULL.mailbox),
    decoy=st.none() | texts,
)
kept_apart = st.just(FULL.name)
in_the_clear = lines.filter(lambda text: bool(text.strip())).map(SourceName)
heads_with_names = st.one_of(
    heads,
    st.builds(lambda head, name: _named(head, name, apart=True), heads, kept_apart),
    st.builds(lambda head, name: _named(head, name, apart=False), heads, in_the_clear),
)


@pytest.mark.parametrize("submission", [FULL, BARE, NAMED])
def test_what_is_written_is_read(submission: Submission) -> None:
    assert Submission.from_json(submission.to_json()) == submission


def _named(head: SubmissionHead, name: SourceName | None, *, apart: bool) -> SubmissionHead:
    return replace(head, consent=replace(head.consent, name_apart=apart), name=name)


@given(heads_with_names)
def test_every_head_survives(head: SubmissionHead) -> None:
    submission = Submission.of(head, FULL.files, None)
    assert Submission.from_json(submission.to_json()) == submission


def test_leads_alone_may_see_a_case_unless_the_source_chose_more() -> None:
    assert Consent() == Consent(
        frozenset({Audience.LEADS}), originals=False, never="", if_silent=IfSilent.HOLD, name_apart=False
    )


@given(consents, consents)
def test_what_two_parts_allow_is_no_more_than_what_each_allows(one: Consent, other: Consent) -> None:
    both = one.and_also(other)
    assert both.may_see == one.may_see & other.may_see
    assert both.originals == (one.originals and other.originals)
    assert (both.if_silent is IfSilent.FORWARD) == (one.if_silent == other.if_silent == "forward")
    assert both.name_apart == (one.name_apart or other.name_apart)
    assert one.never in both.never
    assert other.never in both.never
    assert one.and_also(one) == one


def test_a_name_is_sealed_where_its_row_asks_for_that_and_nowhere_else() -> None:
    for apart, name in ((False, FULL.name), (True, SourceName("Amina"))):
        with pytest.raises(FormatError, match="kept apart where the consent"):
            replace(BARE, consent=Consent(name_apart=apart), name=name)
    assert replace(BARE, consent=Consent(name_apart=True)).name is None


def test_who_is_excluded_twice_is_named_once() -> None:
    consent = Consent(never="my boss").and_also(Consent()).and_also(Consent(never="my boss"))
    assert consent.never == "my boss"
    assert consent.and_also(Consent(never="my aunt")).never == "my boss; my aunt"


def test_only_the_code_yes_is_a_yes() -> None:
    said: dict[str, Any] = {"danger": (Chosen("yes", "Ja"),), "child": (Chosen("no", "yes"),), "about_us": "yes"}
    found = answers_to_json({field: Answer("?", given) for field, given in said.items()})
    assert [says_yes(found, field) for field in (DANGER, CHILD, ABOUT_US, "where")] == [True, False, False, False]


@given(answers)
def test_answers_are_read_as_they_were_written(said: dict[str, Answer]) -> None:
    assert answers_from_json(answers_to_json(said)) == said


def test_what_counts_towards_the_limit_of_answers_is_their_json() -> None:
    rest = ANSWERS_BYTES - len(b'{"a":{"answer":1,"question":"xx"}}')
    largest = answers_to_json({"a": Answer("\u0635" + "x" * rest, 1)})
    assert check_answers(largest) == largest
    with pytest.raises(FormatError, match=f"at most {ANSWERS_BYTES} bytes"):
        check_answers(answers_to_json({"a": Answer("\u0635" + "x" * rest, 10)}))


def test_reports_are_named_at_random() -> None:
    assert len({new_report_id() for _ in range(100)}) == 100
    assert len(new_report_id()) == 16


@vectors("submission", "refuse")
def test_what_breaks_a_rule_is_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        Submission.from_json(path.read_bytes())


@vectors("submission", "accept")
def test_vectors_are_read_and_written_back(path: Path) -> None:
    assert Submission.from_json(path.read_bytes()).to_json() == path.read_bytes()


def test_vectors_are_those_that_the_forge_makes() -> None:
    assert stored("submission") == make()


@pytest.mark.parametrize("data", [b"", b"[]", b'"x"', b"{} ", b"\xff", b"{", b"x" * (512 * 1024 + 1)])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        Submission.from_json(data)


def test_what_could_not_be_read_is_not_written() -> None:
    with pytest.raises(FormatError):
        replace(FULL, answers=answers_to_json({"a": Answer("?", "x" * 20_000)})).to_json()


def test_an_unknown_version_tells_what_to_do() -> None:
    with pytest.raises(FormatError, match="newer Khomo"):
        Submission.from_json(to_canonical({**json.loads(BARE.to_json()), "version": 9}))
