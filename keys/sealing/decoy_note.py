"""The signed text ``khomo/decoy/v1``: by it a server says that a row is its own decoy, to desks and to leads.

Rules:
1. It names one row and the row's report, and nothing else; a server signs it. It counts for that row alone.
2. A row with a note is a decoy only if nothing could be lost with it: an empty message, no answers, no name, files of
   zeros under the names that a decoy gives them. A server that puts its note into a real row cannot make it vanish so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import COPY_BYTES
from keys.sealing.notes import open_document, sign_document
from keys.sealing.values import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import BinaryIO

    from keys.sealing.notes import SigningKey, VerifyKey
    from keys.sealing.submission_reader import OpenSubmission

KIND = "decoy"
VERSION = 1
_ID = range(ID_BYTES, ID_BYTES + 1)


@dataclass(frozen=True, slots=True)
class DecoyNote:
    """What the text says: ids of the report and of the one row for which it counts."""

    report: bytes
    row: bytes


def make_decoy_note(note: DecoyNote, server: SigningKey) -> str:
    """Return the signed text."""
    return sign_document(KIND, VERSION, {"report": note.report.hex(), "row": note.row.hex()}, [server]).decode()


def open_decoy_note(text: str, servers: Collection[VerifyKey]) -> DecoyNote:
    """Read it; raises ``SignatureError`` if none of ``servers`` has signed it, ``FormatError`` if it is none."""
    body, _ = open_document(text.encode(), KIND, VERSION, servers)
    with Fields(body, "decoy note") as fields:
        return DecoyNote(fields.binary("report", _ID), fields.binary("row", _ID))


def decoy_file_name(number: int) -> str:
    """Return the name that the file ``number`` of a decoy has, counted from 1."""
    return f"{number}.bin"


def check_decoy_is_empty(found: OpenSubmission) -> None:
    """Raise ``FormatError`` if a row that carries a note holds anything; reads its files to the end."""
    submission = found.submission
    names = [file.original_name for file in submission.files]
    said = (found.message is not None and found.message.expose()) or submission.answers or submission.name
    if said or names != [decoy_file_name(number) for number in range(1, len(names) + 1)]:
        raise FormatError("It carries the server's decoy note, and holds something all the same.")
    for file in submission.files:
        with found.open(file.member) as content:
            _check_zeros(content)


def _check_zeros(content: BinaryIO) -> None:
    while block := content.read(COPY_BYTES):
        if block.count(0) != len(block):
            raise FormatError("It carries the server's decoy note, and its files hold something all the same.")
