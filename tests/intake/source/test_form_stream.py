"""A form pulled from a body piece by piece: what it may hold, where each limit lies, and when it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.server.limits import TEXT_ALONE
from intake.source.form_stream import FormRules, FormStream
from intake.source.limits import (
    FIELDS_PER_FORM,
    PART_HEADER_BYTES,
    PART_HEADERS,
    QUESTION_HEADER_BYTES,
    QUESTIONS_BYTES,
)
from intake.source.refusals import Reason, Refusal
from keys.sealing.limits import OTHER_FIELD_BYTES
from tests.intake.source.conftest import BOUNDARY, multipart
from tests.intake.source.raw import Socket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Part = tuple[str, str | bytes] | tuple[str, str, bytes]

RULES = FormRules(
    fields={"text": 10, "tick": 5, "note": 4},
    repeated=frozenset({"tick"}),
    file_fields=frozenset({"file", "sealed"}),
    files=2,
    file_bytes=8,
    too_long={"text": Reason.TEXT_TOO_LONG},
)
FIELDS_ALONE = FormRules(fields={"text": 10})
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
END = f"--{BOUNDARY}--\r\n".encode()


def from_socket(socket: Socket, length: int, rules: FormRules = RULES, **environ: Any) -> FormStream:
    return FormStream({"CONTENT_TYPE": TYPE, "wsgi.input": socket, "CONTENT_LENGTH": str(length)} | environ, rules)


def stream(body: bytes, rules: FormRules = RULES) -> FormStream:
    return from_socket(Socket([body]), len(body), rules)


def form(*parts: Part, rules: FormRules = RULES) -> FormStream:
    return stream(multipart(parts), rules)


def files(found: FormStream) -> list[tuple[str, str, bytes]]:
    return [(upload.field, upload.name, b"".join(upload.chunks)) for upload in found.uploads()]


def refused(reading: Callable[[], object]) -> Reason:
    with pytest.raises(Refusal) as refusal:
        reading()
    return refusal.value.reason


QUESTIONS = FormRules(fields={"tick": 1}, repeated=frozenset({"tick"}), questions=2)


def test_answers_to_questions_are_read_beside_the_fields() -> None:
    ticks = [("tick", "x")] * FIELDS_PER_FORM
    read = form(*ticks, ("q_where", "at the river"), ("q_when", "2026"), rules=QUESTIONS).read_fields()
    assert (read["q_where"], read["q_when"]) == ([b"at the river"], [b"2026"])
    assert len(read["tick"]) == FIELDS_PER_FORM


def test_a_form_without_questions_knows_no_answers() -> None:
    assert QUESTIONS.is_question("q_where") is True
    assert (QUESTIONS.is_question("tick"), FIELDS_ALONE.is_question("q_where")) == (False, False)
    assert refused(form(("q_where", "x"), rules=FIELDS_ALONE).read_fields) is Reason.BROKEN_FORM


def test_questions_have_room_of_their_own_in_a_form() -> None:
    without = FormRules(fields={"tick": 1}, repeated=frozenset({"tick"}))
    assert QUESTIONS.longest_head - without.longest_head == QUESTIONS_BYTES + 2 * QUESTION_HEADER_BYTES


# Fields.


def test_fields_come_back_and_what_may_repeat_keeps_its_order() -> None:
    found = form(("text", "hello"), ("tick", "b"), ("tick", "a"), ("note", ""))
    assert found.read_fields() == {"text": [b"hello"], "tick": [b"b", b"a"], "note": [b""]}
    assert not found.has_uploads
    assert files(found) == []


@pytest.mark.parametrize("parts", [[("other", "x")], [("text", "x"), ("text", "x")], [("", "x")], [("file", "x")]])
def test_fields_that_the_form_does_not_have_or_that_come_twice_are_refused(parts: Sequence[Part]) -> None:
    assert refused(form(*parts).read_fields) is Reason.BROKEN_FORM


def test_a_field_is_read_up_to_its_limit_and_not_beyond() -> None:
    assert form(("text", "x" * 10), ("note", "x" * 4)).read_fields() == {"text": [b"x" * 10], "note": [b"x" * 4]}
    assert refused(form(("text", "x" * 11)).read_fields) is Reason.TEXT_TOO_LONG
    assert refused(form(("note", "x" * 5)).read_fields) is Reason.FIELD_TOO_LONG


def test_a_form_has_so_many_fields_and_no_more() -> None:
    parts: list[Part] = [("tick", "x")] * FIELDS_PER_FORM
    only_fields = FormRules(fields={"tick": 1}, repeated=frozenset({"tick"}))
    assert len(form(*parts, rules=only_fields).read_fields()["tick"]) == FIELDS_PER_FORM
    assert refused(form(*parts, parts[0], rules=only_fields).read_fields) is Reason.TOO_MANY_PARTS


# Files.


def test_files_follow_the_fields_in_pieces_that_add_up() -> None:
    found = form(("text", "hello"), ("file", "a.txt", b"aaa"), ("sealed", "b.age", b"bbbbb"))
    assert found.read_fields() == {"text": [b"hello"]}
    assert found.has_uploads
    assert files(found) == [("file", "a.txt", b"aaa"), ("sealed", "b.age", b"bbbbb")]


def test_only_parts_with_neither_name_nor_content_are_passed_over() -> None:
    found = form(("file", "", b""), ("file", "empty", b""), ("file", "", b"x"))
    assert (found.read_fields(), found.has_uploads) == ({}, True)
    assert files(found) == [("file", "empty", b""), ("file", "", b"x")]


def test_one_file_more_than_the_form_takes_is_refused_when_it_begins() -> None:
    found = form(*[("file", "a", b"x")] * 3)
    found.read_fields()
    uploads = found.uploads()
    assert [b"".join(next(uploads).chunks) for _ in range(2)] == [b"x", b"x"]
    assert refused(lambda: next(uploads)) is Reason.TOO_MANY_PARTS


def test_all_files_that_the_form_takes_may_follow_all_its_fields() -> None:
    found = form(*[("tick", "x")] * FIELDS_PER_FORM, *[("file", "a", b"x")] * 2)
    found.read_fields()
    assert files(found) == [("file", "a", b"x")] * 2


def test_the_sum_of_all_files_is_limited_to_the_byte() -> None:
    whole = form(("file", "a", b"aaaa"), ("file", "b", b"bbbb"))
    whole.read_fields()
    assert files(whole) == [("file", "a", b"aaaa"), ("file", "b", b"bbbb")]
    more = form(("file", "a", b"aaaa"), ("file", "b", b"bbbbb"))
    more.read_fields()
    assert refused(lambda: files(more)) is Reason.TOO_LARGE


@pytest.mark.parametrize("part", [("text", "a.txt", b"x"), ("other", "a.txt", b"x")])
def test_a_file_in_a_field_for_no_files_is_refused(part: Part) -> None:
    found = form(part)
    found.read_fields()
    assert refused(lambda: files(found)) is Reason.BROKEN_FORM


@pytest.mark.parametrize("part", [("text", "x"), ("file", "x"), ("other", "a.txt", b"x")])
def test_nothing_but_files_may_follow_a_file(part: Part) -> None:
    found = form(("file", "a.txt", b"x"), part)
    found.read_fields()
    assert refused(lambda: files(found)) is Reason.BROKEN_FORM


# How long it may be.


def test_the_longest_form_is_its_fields_its_files_and_their_headers() -> None:
    headers = PART_HEADERS * PART_HEADER_BYTES
    assert RULES.longest_head == 19 + OTHER_FIELD_BYTES + FIELDS_PER_FORM * headers
    assert RULES.longest_body == RULES.longest_head + 2 * headers + 8
    assert FIELDS_ALONE.longest_body == FIELDS_ALONE.longest_head == 10 + FIELDS_PER_FORM * headers


def test_a_form_without_files_that_is_declared_too_long_is_refused_before_its_first_byte() -> None:
    socket = Socket([multipart([("text", "x")])])
    assert refused(lambda: from_socket(socket, FIELDS_ALONE.longest_body + 1, FIELDS_ALONE)) is Reason.TOO_LARGE
    assert socket.given == 0


@pytest.mark.parametrize(
    ("length", "environ", "reason"),
    [(RULES.longest_body + 1, {}, Reason.TOO_LARGE), (500, {TEXT_ALONE: True}, Reason.BUSY)],
    ids=["too large", "no slot"],
)
def test_where_no_file_can_be_taken_the_fields_are_read_all_the_same(
    length: int, environ: dict[str, Any], reason: Reason
) -> None:
    found = from_socket(Socket([multipart([("text", "hello"), ("file", "a", b"x")])]), length, **environ)
    assert found.read_fields() == {"text": [b"hello"]}
    assert found.has_uploads
    assert refused(lambda: files(found)) is reason


# Whether it is whole.


@pytest.mark.parametrize("missing", [2 + 2, len(END), len(END) + 4])
def test_a_form_without_its_last_boundary_is_refused(missing: int) -> None:
    assert refused(stream(multipart([("text", "hello")])[:-missing]).read_fields) is Reason.BROKEN_FORM


def test_a_form_that_ends_where_a_part_should_begin_is_refused() -> None:
    assert refused(stream(multipart([("text", "hello")])[:-4] + b"\r\n").read_fields) is Reason.BROKEN_FORM


def test_a_file_that_is_cut_off_is_refused_where_it_ends() -> None:
    body = multipart([("file", "a", b"x")])
    found = from_socket(Socket([body]), len(body) + 1)
    found.read_fields()
    assert refused(lambda: files(found)) is Reason.CUT_OFF


def test_headers_that_no_browser_writes_are_refused() -> None:
    assert refused(form(("x" * PART_HEADER_BYTES, "x")).read_fields) is Reason.TOO_MANY_PARTS
    wrong = f"--{BOUNDARY}\r\nno header\r\n\r\n\r\n".encode() + END
    assert refused(stream(wrong).read_fields) is Reason.BROKEN_FORM


@pytest.mark.parametrize("body", [b"", b"--", b"\r\n" + multipart([("text", "x")]), b"preamble\r\n" + END])
def test_a_body_begins_with_its_boundary(body: bytes) -> None:
    assert refused(stream(body).read_fields) is Reason.BROKEN_FORM


def test_a_body_that_begins_otherwise_is_refused_as_soon_as_that_shows() -> None:
    socket = Socket([b"x"] * 1000, short_reads=True)
    assert refused(from_socket(socket, 1000).read_fields) is Reason.BROKEN_FORM
    assert socket.given == len("--" + BOUNDARY)


@given(st.binary(max_size=8), st.integers(1, 80))
def test_a_form_reads_the_same_in_whatever_pieces_it_comes(content: bytes, piece: int) -> None:
    body = multipart([("text", "hello"), ("file", "a.txt", content)])
    pieces = [body[start : start + piece] for start in range(0, len(body), piece)]
    found = from_socket(Socket(pieces, short_reads=True), len(body))
    assert found.read_fields() == {"text": [b"hello"]}
    assert files(found) == [("file", "a.txt", content)]


# What it says it is.


@pytest.mark.parametrize("boundary", ["x", "x" * 70])
def test_a_boundary_has_up_to_70_characters(boundary: str) -> None:
    body = multipart([("text", "hello")]).replace(BOUNDARY.encode(), boundary.encode())
    found = from_socket(Socket([body]), len(body), CONTENT_TYPE=f"multipart/form-data; boundary={boundary}")
    assert found.read_fields() == {"text": [b"hello"]}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "multipart/form-data",
        'multipart/form-data; boundary=""',
        f"multipart/form-data; boundary={'x' * 71}",
        'multipart/form-data; boundary="gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n"',
        f"multipart/mixed; boundary={BOUNDARY}",
        "application/x-www-form-urlencoded",
    ],
)
def test_what_is_no_multipart_form_is_refused_before_its_first_byte(content_type: str) -> None:
    socket = Socket([multipart([("text", "x")])])
    assert refused(lambda: from_socket(socket, 100, CONTENT_TYPE=content_type)) is Reason.WRONG_TYPE
    assert socket.given == 0
