"""The server's word that a row is its own decoy, and what a row with that word may hold."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from keys.sealing.age import HybridIdentity
from keys.sealing.answers import Answer, Chosen, answers_to_json
from keys.sealing.decoy_note import DecoyNote, check_decoy_is_empty, make_decoy_note, open_decoy_note
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.notes import SigningKey, sign_document
from keys.sealing.source_name import SourceName
from keys.sealing.submission import Consent, Lane, Part, SubmissionHead
from keys.sealing.submission_reader import read_submission
from keys.sealing.submission_writer import SubmissionWriter
from tests.keys.sealing.signers import DESK, SERVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.sealing.submission_reader import OpenSubmission

NOTE = DecoyNote(bytes(range(16)), bytes(range(16, 32)))
BODY: dict[str, Any] = {"report": NOTE.report.hex(), "row": NOTE.row.hex()}
IDENTITY = HybridIdentity.generate()


def signed(body: dict[str, Any], kind: str = "decoy", version: int = 1, server: SigningKey = SERVER) -> str:
    return sign_document(kind, version, body, [server]).decode()


def test_what_is_made_is_opened_and_reads_as_the_page_says() -> None:
    text = make_decoy_note(NOTE, SERVER)
    assert open_decoy_note(text, [SERVER.verify_key]) == NOTE
    assert text.splitlines()[:2] == [
        "khomo/decoy/v1",
        '{"report":"000102030405060708090a0b0c0d0e0f","row":"101112131415161718191a1b1c1d1e1f"}',
    ]


@pytest.mark.parametrize("text", [signed(BODY, server=DESK), signed(BODY).replace("00", "11"), ""])
def test_a_note_that_no_server_signed_is_refused(text: str) -> None:
    with pytest.raises((SignatureError, FormatError)):
        open_decoy_note(text, [SERVER.verify_key])


@pytest.mark.parametrize(
    "text",
    [
        signed(BODY, kind="receipt"),
        signed(BODY, version=2),
        signed({**BODY, "more": 1}),
        signed({"row": BODY["row"]}),
        signed({**BODY, "row": "00"}),
        signed({**BODY, "row": BODY["row"].upper()}),
        signed({**BODY, "row": "00" * 15}),
        signed({**BODY, "row": "00" * 17}),
    ],
)
def test_a_note_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        open_decoy_note(text, [SERVER.verify_key])


def row(message: bytes | None = b"", files: Sequence[tuple[str, bytes]] = (), **head: Any) -> OpenSubmission:
    pieces: list[bytes] = []
    writer = SubmissionWriter(IDENTITY.recipient(), pieces.append)
    if message is not None:
        writer.write_message(message)
    for name, content in files:
        writer.start_file(name)
        writer.write(content)
        writer.end_file()
    values: dict[str, Any] = {"report": bytes(16), "part": Part.MESSAGE, "lane": Lane.ARRIVAL} | head
    writer.finish(SubmissionHead(**values))
    return read_submission(io.BytesIO(b"".join(pieces)), [IDENTITY])


@pytest.mark.parametrize(
    "found",
    [row(), row(None), row(None, [("1.bin", bytes(300_000)), ("2.bin", b"")])],
    ids=["empty message", "no message", "zeros"],
)
def test_a_row_without_anything_is_empty(found: OpenSubmission) -> None:
    check_decoy_is_empty(found)


@pytest.mark.parametrize(
    "found",
    [
        row(b"\0"),
        row(answers=answers_to_json({"danger": Answer("In danger?", (Chosen("yes", "Yes"),))})),
        row(name=SourceName("Amina")),
        row(name=SourceName.apart("Amina", IDENTITY.recipient()), consent=Consent(name_apart=True)),
        row(None, [("report.pdf", bytes(10))]),
        row(None, [("1.bin", b""), ("3.bin", b"")]),
        row(None, [("1.bin", bytes(300_000) + b"\1")]),
        row(None, [("1.bin", b"\1" + bytes(300_000))]),
        row(None, [("1.bin", bytes(10)), ("2.bin", b"report")]),
    ],
    ids=[
        "message",
        "answers",
        "a source's name",
        "a name that is kept apart",
        "a name",
        "another name",
        "end of a file",
        "beginning of a file",
        "second file",
    ],
)
def test_a_row_that_holds_anything_is_not_empty(found: OpenSubmission) -> None:
    with pytest.raises(FormatError, match="decoy note"):
        check_decoy_is_empty(found)
