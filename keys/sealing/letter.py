"""Letters: the whole state of one mailbox, from the desk to its source, sealed to exactly ``LETTER_BYTES``.

Rules:
1. A letter is a signed text of type ``khomo/letter/v1`` by a desk, or of type ``khomo/filler/v1`` by the server that
   opened the mailbox. A server's key can sign nothing but the empty filler.
2. It names its mailbox: a letter moved to another address is refused.
3. Entries stand oldest first. When they are more than ``LETTER_TEXT_BYTES`` of text in UTF-8, or the letter would not
   fit, the oldest are left out, the newest receipt after all others and the last entry never; the letter says how many.
4. Padding stands inside the signed text, so that nothing about the length is left to see or to change.
5. Weeks, never days; text without control characters other than newlines.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from keys.sealing.age import HYBRID_HEADER_BYTES, HybridIdentity, open_sealed, seal, sealed_size
from keys.sealing.canonical import to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import LETTER_BYTES, LETTER_TEXT_BYTES
from keys.sealing.notes import document_text, open_document, sign, signed_size
from keys.sealing.values import ID_BYTES, MailboxAddress

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from keys.sealing.age import HybridRecipient
    from keys.sealing.canonical import JSON
    from keys.sealing.notes import SigningKey, VerifyKey
    from keys.sealing.values import Sealed

KIND = "letter"
FILLER_KIND = "filler"
VERSION = 1
PLAIN_BYTES = LETTER_BYTES - sealed_size(0, HYBRID_HEADER_BYTES)
"""What every letter holds before it is sealed."""

_WEEK = re.compile(r"[0-9]{4}-W(?:0[1-9]|[1-4][0-9]|5[0-3])")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ADDRESS = range(ID_BYTES, ID_BYTES + 1)
_DIGITS_OF_DROPPED = 16
_NO_PADDING = '"padding":""'
"""How it stands in canonical JSON, and nowhere else: inside a string each quote would have a backslash before it."""
_LEAST_ROOM = PLAIN_BYTES - 1_500
"""For entries, when the signer's name is as long as a name can be (200 characters of four bytes)."""


class EntryKind(StrEnum):
    """What an entry is."""

    RECEIPT = "receipt"
    REPLY = "reply"
    QUESTION = "question"
    STATUS = "status"
    NOTICE = "notice"


class CaseState(StrEnum):
    """How far the desk is, as the source may know it. ``WAITING``: no desk has opened the report yet."""

    WAITING = "waiting"
    RECEIVED = "received"
    READING = "reading"
    QUESTION = "question"
    FORWARDED = "forwarded"
    CLOSED = "closed"


class LetterTooLongError(FormatError):
    """One entry alone does not fit into a letter."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said to the source, in a week written 2026-W47; a receipt has the SHA-256 of what arrived, in hex."""

    kind: EntryKind
    week: str
    text: str
    digests: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _WEEK.fullmatch(self.week):
            raise FormatError("A week is written 2026-W47.")
        if _CONTROL.search(self.text):
            raise FormatError("The text of an entry holds control characters.", "Remove them.")
        if not all(_SHA256.fullmatch(digest) for digest in self.digests):
            raise FormatError("A digest in an entry is not a SHA-256 in hex.")


@dataclass(frozen=True, slots=True)
class Letter:
    """The state of one mailbox.

    Args:
        number: counts the letters to this mailbox from 1; the filler has 0.
        entries: oldest first.
        dropped: how many older entries are no longer there.
        signer: whose signature was checked; None before the letter has been read.
    """

    address: MailboxAddress
    number: int
    state: CaseState
    entries: tuple[Entry, ...] = ()
    dropped: int = 0
    signer: VerifyKey | None = field(default=None, compare=False)


def write_letter(letter: Letter, signing_key: SigningKey, recipient: HybridRecipient) -> Sealed:
    """Sign and seal a letter; raises ``LetterTooLongError`` if its last entry alone is too long."""
    if letter.number < 1:
        raise FormatError("Letters count from 1.")
    room = PLAIN_BYTES - signed_size(_to_text(replace(letter, entries=())), [signing_key]) - _DIGITS_OF_DROPPED
    fitting = _fit(letter.entries, room)
    dropped = letter.dropped + len(letter.entries) - len(fitting)
    return _seal_padded(replace(letter, entries=fitting, dropped=dropped), signing_key, recipient)


def filler_letter(address: MailboxAddress, server_key: SigningKey, recipient: HybridRecipient) -> Sealed:
    """Make the letter that a new mailbox starts with."""
    return _seal_padded(_filler(address), server_key, recipient)


def blank_letter() -> Sealed:
    """Make a letter for a mailbox that nobody has: the same size, sealed to a key that is forgotten here and now."""
    return seal(bytes(PLAIN_BYTES), [HybridIdentity.generate().recipient()])


def read_letter(
    sealed: bytes,
    identity: HybridIdentity,
    address: MailboxAddress,
    accepted: Collection[VerifyKey],
    servers: Collection[VerifyKey] = (),
) -> Letter:
    """Open and check a letter.

    Args:
        sealed: what the mailbox holds.
        identity: derived from the codename, as ``address`` is.
        address: the mailbox.
        accepted: keys of desks.
        servers: keys whose fillers are accepted, and nothing else of theirs.

    Raises ``AgeError``, ``SignatureError`` or ``FormatError``.
    """
    if len(sealed) != LETTER_BYTES:
        raise FormatError("The letter has not the size of a letter.")
    note = open_sealed(sealed, [identity]).expose()
    filler = note.startswith(f"khomo/{FILLER_KIND}/".encode())
    body, signers = open_document(note, FILLER_KIND if filler else KIND, VERSION, servers if filler else accepted)
    letter = replace(_filler_from_json(body) if filler else _from_json(body), signer=signers[0])
    if not hmac.compare_digest(letter.address, address):
        raise FormatError("The letter was written to another mailbox.")
    return letter


def check_fits(entry: Entry) -> None:
    """Raise ``LetterTooLongError`` unless the entry fits into a letter of its own, whoever signs it.

    To be asked when a text is written: line breaks, quotes and backslashes take two bytes in a letter.
    """
    _fit([entry], _LEAST_ROOM)


def _fit(entries: Sequence[Entry], room: int) -> tuple[Entry, ...]:
    """Leave out entries until texts and JSON fit."""
    texts = [len(entry.text.encode()) for entry in entries]
    sizes = [len(to_canonical(_entry_to_json(entry))) + len(",") for entry in entries]
    newest_receipt = max((i for i, entry in enumerate(entries) if entry.kind is EntryKind.RECEIPT), default=None)
    text_left, size_left = LETTER_TEXT_BYTES - sum(texts), room - sum(sizes)
    dropped = set()
    for index in sorted(range(len(entries) - 1), key=lambda i: i == newest_receipt):
        if min(text_left, size_left) >= 0:
            break
        dropped.add(index)
        text_left += texts[index]
        size_left += sizes[index]
    if min(text_left, size_left) < 0:
        raise LetterTooLongError("The text is too long for a letter.", f"Write less than {LETTER_TEXT_BYTES} bytes.")
    return tuple(entry for i, entry in enumerate(entries) if i not in dropped)


def _seal_padded(letter: Letter, key: SigningKey, recipient: HybridRecipient) -> Sealed:
    text = _to_text(letter)
    padding = " " * (PLAIN_BYTES - signed_size(text, [key]))
    return seal(sign(text.replace(_NO_PADDING, f'{_NO_PADDING[:-1]}{padding}"'), [key]), [recipient])


def _to_text(letter: Letter) -> str:
    """Return the text without padding, which is put in afterwards: JSON's encoder looks at every space of it."""
    body: dict[str, JSON] = {"address": letter.address.hex(), "padding": ""}
    if letter.number == 0:
        return document_text(FILLER_KIND, VERSION, body)
    body |= {
        "dropped": letter.dropped,
        "entries": [_entry_to_json(entry) for entry in letter.entries],
        "number": letter.number,
        "state": letter.state,
    }
    return document_text(KIND, VERSION, body)


def _entry_to_json(entry: Entry) -> JSON:
    return {"digests": entry.digests, "kind": entry.kind, "text": entry.text, "week": entry.week}


def _from_json(body: JSON) -> Letter:
    with Fields(body, "letter") as fields:
        fields.text("padding", LETTER_BYTES)
        return Letter(
            address=MailboxAddress(fields.binary("address", _ADDRESS)),
            number=fields.integer("number", 1),
            state=fields.parsed("state", CaseState),
            entries=fields.each("entries", _entry),
            dropped=fields.integer("dropped"),
        )


def _filler_from_json(body: JSON) -> Letter:
    with Fields(body, "filler letter") as fields:
        fields.text("padding", LETTER_BYTES)
        return _filler(MailboxAddress(fields.binary("address", _ADDRESS)))


def _filler(address: MailboxAddress) -> Letter:
    return Letter(address, 0, CaseState.WAITING)


def _entry(value: JSON) -> Entry:
    with Fields(value, "letter's entry") as fields:
        return Entry(
            fields.parsed("kind", EntryKind),
            fields.text("week"),
            fields.text("text", LETTER_TEXT_BYTES),
            fields.texts("digests"),
        )
