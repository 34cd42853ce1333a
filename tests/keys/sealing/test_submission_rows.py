"""Sealed submissions: written in one pass, opened in place, alike from outside."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import (
    HYBRID_HEADER_BYTES,
    AgeError,
    HybridIdentity,
    NoMatchError,
    OpeningReader,
    PayloadError,
    ScryptRecipient,
    X25519Identity,
    seal,
    sealed_size,
)
from keys.sealing.answers import Answer, answers_to_json
from keys.sealing.container import DamagedContainer
from keys.sealing.errors import FormatError
from keys.sealing.limits import ANSWERS_BYTES, KIB, MESSAGE_BYTES, MIB, NAME_BYTES
from keys.sealing.row_check import check_row
from keys.sealing.source_name import SourceName
from keys.sealing.submission import (
    Audience,
    Consent,
    IfSilent,
    Lane,
    MailboxSlip,
    Part,
    Submission,
    SubmissionHead,
    SubmittedFile,
)
from keys.sealing.submission_reader import read_submission
from keys.sealing.submission_writer import SealedSubmission, SubmissionWriter
from keys.sealing.values import MailboxAddress
from tests.keys.sealing.container_forge import written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IDENTITY = HybridIdentity.generate()
HEAD = SubmissionHead(report=bytes(range(16)), part=Part.MESSAGE, lane=Lane.ARRIVAL)
TEXT = "\u0627\u0644\u0646\u0647\u0631 \u0623\u0632\u0631\u0642\n".encode()
FILES = (("../\u0635\u0648\u0631\u0629.jpg", b"\xff\xd8" + bytes(200_000)), ("NUL", b""), ("nul", b"x"))


def sealed(
    text: bytes | None = TEXT, files: Sequence[tuple[str, bytes]] = FILES, head: SubmissionHead = HEAD
) -> tuple[bytes, SealedSubmission]:
    parts: list[bytes] = []
    writer = SubmissionWriter(IDENTITY.recipient(), parts.append)
    if text is not None:
        writer.write_message(text)
    for name, content in files:
        writer.start_file(name)
        writer.write(content)
        writer.end_file()
    done = writer.finish(head)
    return b"".join(parts), done


def test_a_report_with_files_is_read_as_it_was_written() -> None:
    row, done = sealed()
    assert (done.size, done.sha256) == (len(row), hashlib.sha256(row).hexdigest())
    opened = read_submission(io.BytesIO(row), [IDENTITY])
    assert opened.submission == done.submission
    assert opened.message is not None
    assert opened.message.expose() == TEXT
    names = [(file.original_name, opened.open(file.member).read()) for file in opened.submission.files]
    assert names == [*FILES]
    assert [file.member for file in opened.submission.files] == [
        "files/\u0635\u0648\u0631\u0629.jpg",
        "files/_NUL",
        "files/_nul-2",
    ]


def test_a_row_of_files_has_no_message() -> None:
    opened = read_submission(io.BytesIO(sealed(text=None)[0]), [IDENTITY])
    assert opened.message is None
    assert opened.submission.message_sha256 is None


def test_a_row_may_hold_nothing() -> None:
    assert read_submission(io.BytesIO(sealed(None, ())[0]), [IDENTITY]).submission.files == ()


def test_the_file_may_stand_anywhere_when_it_is_opened() -> None:
    file = io.BytesIO(sealed()[0])
    file.seek(77)
    read_submission(file, [IDENTITY])


@settings(max_examples=30)
@given(st.binary(max_size=300), st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=300)), max_size=4))
def test_any_report_survives(text: bytes, files: list[tuple[str, bytes]]) -> None:
    opened = read_submission(io.BytesIO(sealed(text, files)[0]), [IDENTITY])
    assert opened.message is not None
    assert opened.message.expose() == text
    assert [opened.open(file.member).read() for file in opened.submission.files] == [content for _, content in files]


def test_every_text_only_report_has_the_smallest_class() -> None:
    largest = SubmissionHead(
        report=bytes(16),
        part=Part.FOLLOWUP,
        lane=Lane.ARRIVAL,
        language="zh-Hant-TW-x-private",
        consent=Consent(frozenset(Audience), True, '"' * 1024, IfSilent.FORWARD, True),
        answers=answers_to_json(
            {"a": Answer("", "\u0635" * ((ANSWERS_BYTES - len(b'{"a":{"answer":"","question":""}}')) // 2))}
        ),
        mailbox=MailboxSlip(MailboxAddress(bytes(16)), str(IDENTITY.recipient())),
        decoy="\x01" * 2048,
    )
    smallest = sealed_size(128 * KIB, HYBRID_HEADER_BYTES)
    assert len(sealed("\u0635".encode() * (MESSAGE_BYTES // 2), (), largest)[0]) == smallest
    apart = replace(largest, decoy=None, name=SourceName.apart("x", IDENTITY.recipient()))
    consent = replace(largest.consent, name_apart=False)
    clear = replace(largest, decoy=None, consent=consent, name=SourceName('"' * NAME_BYTES))
    for named in (apart, clear):
        assert len(sealed("\u0635".encode() * (MESSAGE_BYTES // 2), (), named)[0]) == smallest
    assert len(sealed(b"", ())[0]) == smallest


def test_a_message_over_the_limit_is_not_written() -> None:
    with pytest.raises(FormatError, match="100000 bytes"):
        sealed(bytes(MESSAGE_BYTES + 1))


def test_one_file_too_many_is_not_written() -> None:
    with pytest.raises(FormatError, match="50 files"):
        sealed(files=[("a", b"")] * 51)


def test_names_of_any_length_and_kind_are_kept_within_bounds() -> None:
    row, _ = sealed(files=[("\x01" * 5000, b""), ("\ud800", b"")] * 25)
    files = read_submission(io.BytesIO(row), [IDENTITY]).submission.files
    assert [file.original_name for file in files] == ["\x01" * 1024, "?"] * 25


def test_a_file_outside_the_list_cannot_be_opened() -> None:
    opened = read_submission(io.BytesIO(sealed()[0]), [IDENTITY])
    for member in ("message.txt", "submission.json", "padding", "files/other"):
        with pytest.raises(KeyError):
            opened.open(member)


def test_a_row_for_somebody_else_is_told_apart_from_a_damaged_one() -> None:
    row, _ = sealed()
    with pytest.raises(NoMatchError):
        read_submission(io.BytesIO(row), [HybridIdentity.generate()])
    with pytest.raises(PayloadError):
        read_submission(io.BytesIO(row[:-1]), [IDENTITY])


# --- what an attacker who can seal may put inside ---------------------------------------------------------------


def submission_json(*files: SubmittedFile, message: bytes | None = None) -> tuple[str, bytes]:
    digest = None if message is None else hashlib.sha256(message).hexdigest()
    return "submission.json", Submission.of(HEAD, files, digest).to_json()


def listed(member: str, content: bytes) -> SubmittedFile:
    return SubmittedFile(member, member, len(content), hashlib.sha256(content).hexdigest())


A, B = listed("files/a", b"a"), listed("files/b", b"b")
FORGED: dict[str, Callable[[], bytes]] = {
    "no container": lambda: b"text",
    "no submission.json": lambda: written(("files/a", b"a")),
    "empty submission.json": lambda: written(("submission.json", b"")),
    "huge submission.json": lambda: written(("submission.json", b" " * (512 * KIB + 1))),
    "broken submission.json": lambda: written(("submission.json", b"{")),
    "file not listed": lambda: written(("files/a", b"a"), submission_json()),
    "file missing": lambda: written(submission_json(A)),
    "other size": lambda: written(("files/a", b"aa"), submission_json(A)),
    "other order": lambda: written(("files/b", b"b"), ("files/a", b"a"), submission_json(A, B)),
    "member after submission.json": lambda: written(submission_json(A), ("files/a", b"a")),
    "member of another kind": lambda: written(("notes", b""), submission_json()),
    "message not listed": lambda: written(("message.txt", b"m"), submission_json()),
    "message missing": lambda: written(submission_json(message=b"m")),
    "message after files": lambda: written(("files/a", b"a"), ("message.txt", b"m"), submission_json(A, message=b"m")),
    "message with another digest": lambda: written(("message.txt", b"n"), submission_json(message=b"m")),
    "message too long": lambda: written(
        ("message.txt", bytes(MESSAGE_BYTES + 1)), submission_json(message=bytes(MESSAGE_BYTES + 1))
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_what_does_not_fit_together_is_refused(how: str) -> None:
    row = seal(FORGED[how](), [IDENTITY.recipient()])
    with pytest.raises(FormatError) as refused:
        read_submission(io.BytesIO(row), [IDENTITY])
    assert not isinstance(refused.value, AgeError)


def test_padding_that_hides_something_is_refused() -> None:
    whole = bytearray(written(submission_json()))
    whole[len(whole) // 2] = 1
    with pytest.raises(DamagedContainer):
        read_submission(io.BytesIO(seal(bytes(whole), [IDENTITY.recipient()])), [IDENTITY])


def test_a_file_with_another_digest_is_refused_before_its_end() -> None:
    content = bytes(300_000)
    wrong = SubmittedFile("files/a", "a", len(content), "00" * 32)
    row = seal(written(("files/a", content), submission_json(wrong)), [IDENTITY.recipient()])
    stream = read_submission(io.BytesIO(row), [IDENTITY]).open("files/a")
    given_out = bytearray()
    with pytest.raises(DamagedContainer, match="digest"):
        given_out.extend(byte for block in iter(lambda: stream.read(32 * KIB), b"") for byte in block)
    assert len(given_out) < len(content)


def test_a_message_may_be_as_long_as_the_limit_says() -> None:
    parts: list[bytes] = []
    writer = SubmissionWriter(IDENTITY.recipient(), parts.append)
    writer.write_message(b"m" * MESSAGE_BYTES)
    writer.finish(HEAD)
    opened = read_submission(io.BytesIO(b"".join(parts)), [IDENTITY])
    assert opened.message is not None
    assert len(opened.message.expose()) == MESSAGE_BYTES


# --- what a server can see ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [(), FILES, [("a", bytes(3 * MIB))]])
def test_rows_of_every_kind_pass_the_check(files: Sequence[tuple[str, bytes]]) -> None:
    row, _ = sealed(files=files)
    check_row(row[:HYBRID_HEADER_BYTES], len(row))


ROW = sealed(files=())[0]
_OF_THE_RIGHT_LENGTH = sealed_size(128 * KIB, HYBRID_HEADER_BYTES) - 168 - 16 - 3 * 16
"""What a header of one X25519 stanza (168 bytes) has to be followed by, to be as long as a row."""

REFUSED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no age file": lambda: bytes(len(ROW)),
    "armored": lambda: b"-----BEGIN AGE ENCRYPTED FILE-----\n",
    "one byte short": lambda: ROW[:-1],
    "one byte more": lambda: ROW + b"\0",
    "header only": lambda: ROW[:HYBRID_HEADER_BYTES],
    "no size class": lambda: seal(bytes(200_000), [IDENTITY.recipient()]),
    "classic recipient": lambda: seal(bytes(128 * KIB), [X25519Identity.generate().recipient()]),
    "another kind, as long": lambda: ROW.replace(b"mlkem768x25519", b"mlkem768x25518", 1),
    "passphrase": lambda: seal(bytes(128 * KIB), [ScryptRecipient("x", 1)]),
    "classic recipient, of the right length": lambda: seal(
        bytes(_OF_THE_RIGHT_LENGTH), [X25519Identity.generate().recipient()]
    ),
    "two recipients": lambda: seal(bytes(128 * KIB), [IDENTITY.recipient(), HybridIdentity.generate().recipient()]),
}


@pytest.mark.parametrize("how", REFUSED)
def test_rows_that_would_stand_out_are_refused(how: str) -> None:
    row = REFUSED[how]()
    with pytest.raises(FormatError):
        check_row(row[:HYBRID_HEADER_BYTES], len(row))


def test_the_length_alone_does_not_make_a_row() -> None:
    assert len(REFUSED["classic recipient, of the right length"]()) == len(ROW)


def test_memory_stays_flat_however_large_the_file() -> None:
    opened = OpeningReader(io.BytesIO(sealed(files=[("a", bytes(1 * MIB))])[0]), [IDENTITY])
    assert len(opened.read(1)) == 1

    class Sink:
        largest = 0

        def __call__(self, data: bytes) -> None:
            self.largest = max(self.largest, len(data))

    sink = Sink()
    writer = SubmissionWriter(IDENTITY.recipient(), sink)
    writer.start_file("a")
    for _ in range(64):
        writer.write(bytes(1 * MIB))
    writer.end_file()
    assert writer.finish(HEAD).size > 64 * MIB
    assert sink.largest < 4 * MIB
