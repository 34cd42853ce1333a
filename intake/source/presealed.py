"""Looks at a file that the source sealed: is it an age file, and can the desk open it, as far as that shows?

Rules:
1. The header is read strictly; armor is understood. Nothing else of the file is touched, it goes on as it came.
2. age does not show for whom a file is. It does show kinds of recipients: the desk's keys are post-quantum, so a file
   without such a stanza is sealed for somebody else (or with a passphrase that the desk does not have).
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from intake.source.limits import AGE_HEAD_BYTES
from intake.source.refusals import Reason, Refusal
from keys.sealing.age import AgeError, dearmored, read_header

if TYPE_CHECKING:
    from collections.abc import Iterator

DESK_STANZA = "mlkem768x25519"


def checked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass a presealed file on once its header has been looked at; ``Refusal`` before its first byte otherwise."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) >= AGE_HEAD_BYTES:
            break
    check_head(bytes(head))
    yield bytes(head)
    yield from chunks


def check_head(head: bytes) -> None:
    """Look at the beginning of a file; ``Refusal`` if the desk cannot open it."""
    try:
        header = read_header(dearmored(BytesIO(head)))
    except AgeError as error:
        raise Refusal(Reason.NOT_SEALED) from error
    if not any(stanza.kind == DESK_STANZA for stanza in header.stanzas):
        raise Refusal(Reason.SEALED_FOR_OTHERS)
