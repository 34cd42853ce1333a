"""Letters: the whole state of one mailbox, from the desk to its source, sealed to exactly ``LETTER_BYTES``.

Rules:
1. A letter is a signed text of type ``khomo/letter/v1`` by a desk, or of type ``khomo/filler/v1`` by the server that
   opened the mailbox. A server's key can sign nothing but the filler, which says only to which desk the report went:
   what is added before that desk has answered must go nowhere else.
2. It names its mailbox: a letter moved to another address is refused.
3. Entries stand oldest first. When they are more than ``LETTER_TEXT_BYTES`` of text in UTF-8, or the letter would not
   fit, the oldest are left out, the newest receipt after all others and the last entry never; the letter says how many.
4. Padding stands inside the signed text, so that nothing about the length is left to see or to change.
5. Weeks, never days; text without control characters other than newlines.
6. What a page can say in its own language stands here as codes: states, outcomes, and who may see or has seen a case.
7. Closed, and nothing else, has an outcome; the desk that cannot tell says so.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from keys.sealing.age import HYBRID_HEADER_BYTES, HybridIdentity, open_sealed, seal, sealed_size
from keys.sealing.canonical import to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.letter_entry import Entry, EntryKind, audiences, entry_from_json, entry_to_json
from keys.sealing.limits import LETTER_BYTES, LETTER_TEXT_BYTES
from keys.sealing.notes import document_text, open_document, sign, signed_size
from keys.sealing.values import ID_BYTES, MailboxAddress

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from keys.sealing.age import HybridRecipient
    from keys.sealing.canonical import JSON
    from keys.sealing.notes import SigningKey, VerifyKey
    from keys.sealing.submission import Audience
    from keys.sealing.values import Sealed

__all__ = ["Entry", "EntryKind"]

KIND = "letter"
FILLER_KIND = "filler"
VERSION = 1
PLAIN_BYTES = LETTER_BYTES - sealed_size(0, HYBRID_HEADER_BYTES)
"""What every letter holds before it is sealed."""

DESK_ID_BYTES = 32
"""Of the id of a desk, as the public bundle has it."""

_ADDRESS = range(ID_BYTES, ID_BYTES + 1)
_DIGITS_OF_DROPPED = 16
_NO_PADDING = '"padding":""'
"""How it stands in canonical JSON, and nowhere else: inside a string each quote would have a backslash before it."""
_LEAST_ROOM = PLAIN_BYTES - 1_700
"""For entries, when the signer's name is as long as a name can be (200 characters of four bytes)."""


class CaseState(StrEnum):
    """How far the desk is, as the source may know it. ``WAITING``: no desk has opened the report yet."""

    WAITING = "waiting"
    RECEIVED = "received"
    READING = "reading"
    QUESTION = "question"
    FORWARDED = "forwarded"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What came of a case that is closed, as its source may know it."""

    UPHELD = "upheld"
    PASSED_ON = "passed-on"
    NOTHING_FOUND = "nothing-found"
    NOT_OURS = "not-ours"
    CANNOT_TELL = "cannot-tell"


class LetterTooLongError(FormatError):
    """One entry alone does not fit into a letter."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the desk keeps to: who beyond it may see the case, and whether files may leave it as they came."""

    may_see: frozenset[Audience] = frozenset()
    originals: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """The state of one mailbox.

    Args:
        number: counts the letters to this mailbox from 1; the filler has 0.
        entries: oldest first.
        dropped: how many older entries are no longer there.
        outcome: what came of the case; ``None`` unless it is closed.
        allowed: what the desk keeps to; ``None`` where it has no case of this source.
        desk: of a filler, the id of the desk to which the report was sealed; empty where any desk may open it.
        signer: whose signature was checked; None before the letter has been read.
    """

    address: MailboxAddress
    number: int
    state: CaseState
    entries: tuple[Entry, ...] = ()
    dropped: int = 0
    outcome: Outcome | None = None
    allowed: Allowed | None = None
    desk: str = ""
    signer: VerifyKey | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if (self.outcome is None) != (self.state is not CaseState.CLOSED):
            raise FormatError("A case that is closed, and no other, has an outcome.")


def write_letter(letter: Letter, signing_key: SigningKey, recipient: HybridRecipient) -> Sealed:
    """Sign and seal a letter; raises ``LetterTooLongError`` if its last entry alone is too long."""
    return _seal_padded(as_it_fits(letter, signing_key), signing_key, recipient)


def as_it_fits(letter: Letter, signing_key: SigningKey) -> Letter:
    """Return what a reader of the letter will have: without the entries that do not fit; raises as ``write_letter``."""
    if letter.number < 1:
        raise FormatError("Letters count from 1.")
    room = PLAIN_BYTES - signed_size(_to_text(replace(letter, entries=())), [signing_key]) - _DIGITS_OF_DROPPED
    fitting = _fit(letter.entries, room)
    return replace(letter, entries=fitting, dropped=letter.dropped + len(letter.entries) - len(fitting))


def filler_letter(
    address: MailboxAddress, server_key: SigningKey, recipient: HybridRecipient, desk: str = ""
) -> Sealed:
    """Make the letter that a new mailbox starts with; ``desk`` where the report is for one desk and no other."""
    return _seal_padded(_filler(address, desk), server_key, recipient)


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
    sizes = [len(to_canonical(entry_to_json(entry))) + len(",") for entry in entries]
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
        return document_text(FILLER_KIND, VERSION, body | {"desk": letter.desk})
    body |= {
        "allowed": None if letter.allowed is None else _allowed_to_json(letter.allowed),
        "dropped": letter.dropped,
        "entries": [entry_to_json(entry) for entry in letter.entries],
        "number": letter.number,
        "outcome": letter.outcome,
        "state": letter.state,
    }
    return document_text(KIND, VERSION, body)


def _allowed_to_json(allowed: Allowed) -> JSON:
    return {"may_see": sorted(allowed.may_see), "originals": allowed.originals}


def _from_json(body: JSON) -> Letter:
    with Fields(body, "letter") as fields:
        fields.text("padding", LETTER_BYTES)
        return Letter(
            address=MailboxAddress(fields.binary("address", _ADDRESS)),
            number=fields.integer("number", 1),
            state=fields.parsed("state", CaseState),
            entries=fields.each("entries", entry_from_json),
            dropped=fields.integer("dropped"),
            outcome=fields.parsed("outcome", Outcome) if fields.has("outcome") else None,
            allowed=fields.optional("allowed", _allowed),
        )


def _filler_from_json(body: JSON) -> Letter:
    with Fields(body, "filler letter") as fields:
        fields.text("padding", LETTER_BYTES)
        return _filler(MailboxAddress(fields.binary("address", _ADDRESS)), fields.text("desk", DESK_ID_BYTES))


def _filler(address: MailboxAddress, desk: str) -> Letter:
    return Letter(address, 0, CaseState.WAITING, desk=desk)


def _allowed(value: JSON) -> Allowed:
    with Fields(value, "consent in the letter") as fields:
        return Allowed(audiences(fields, "may_see"), fields.flag("originals"))
