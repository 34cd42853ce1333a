"""One entry of a letter: a receipt, a reply, a question, who got the case, who may see it, a notice.

Rules:
1. Week, kind and text stand in every entry; which members follow depends on the kind, and no other may stand there.
2. Weeks, never days; text without control characters other than newlines.
3. Who got a case or may see it stands as codes, sorted: a page says them in its own language.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.filing_proof import FILING_PROOF_BYTES
from keys.sealing.limits import LETTER_TEXT_BYTES
from keys.sealing.shapes import SHA256, WEEK
from keys.sealing.submission import Audience
from keys.sealing.values import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keys.sealing.canonical import JSON

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_QUESTION = re.compile(r"[0-9a-f]{32}")


class EntryKind(StrEnum):
    """What an entry is."""

    RECEIPT = "receipt"
    REPLY = "reply"
    QUESTION = "question"
    FORWARDED = "forwarded"
    CONSENT = "consent"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said to the source. Which members an entry has follows from its kind; the others keep their defaults.

    Attributes:
        kind: what it is.
        week: written 2026-W47.
        text: in the desk's words.
        digests: of a receipt, the SHA-256 of what arrived, in hex.
        proof: of a receipt, the signed proof of filing; empty if there is none.
        question: of a question, 16 bytes in hex by which an answer names it.
        answered: of a question, whether the desk waits for no answer any more.
        audiences: who got the case, or who may see it from then on.
        originals: of a consent, whether files may leave the desk as they came.
    """

    kind: EntryKind
    week: str
    text: str
    digests: tuple[str, ...] = ()
    proof: str = ""
    question: str = ""
    answered: bool = False
    audiences: frozenset[Audience] = frozenset()
    originals: bool = False

    def __post_init__(self) -> None:
        if not WEEK.fullmatch(self.week):
            raise FormatError("A week is written 2026-W47.")
        if _CONTROL.search(self.text) or _CONTROL.search(self.proof):
            raise FormatError("The text of an entry holds control characters.", "Remove them.")
        if not all(SHA256.fullmatch(digest) for digest in self.digests):
            raise FormatError("A digest in an entry is not a SHA-256 in hex.")
        if bool(_QUESTION.fullmatch(self.question)) != (self.kind is EntryKind.QUESTION):
            raise FormatError("A question, and nothing else, has a name of 16 bytes in hex.")
        if any(getattr(self, name) for name in _MEMBERS.keys() - _OF_KIND.get(self.kind, ())):
            raise FormatError(f"An entry of the kind {self.kind} says what stands in another kind.")


def new_question_name() -> str:
    """Draw the name of a question."""
    return secrets.token_hex(ID_BYTES)


def entry_to_json(entry: Entry) -> JSON:
    """Return what stands in the letter."""
    of_kind: dict[str, JSON] = {name: _plain(getattr(entry, name)) for name in _OF_KIND.get(entry.kind, ())}
    return {"kind": entry.kind, "text": entry.text, "week": entry.week, **of_kind}


def _plain(value: JSON | frozenset[str]) -> JSON:
    return sorted(value) if isinstance(value, frozenset) else value


def audiences(fields: Fields, name: str) -> frozenset[Audience]:
    """Read a sorted list of audiences; raises ``FormatError``."""
    named = fields.texts(name)
    try:
        found = frozenset(map(Audience, named))
    except ValueError:
        raise FormatError("The letter names somebody whom this version does not know.") from None
    if list(named) != sorted(found):
        raise FormatError("The letter names somebody twice, or not in order.")
    return found


_MEMBERS: Mapping[str, Callable[[Fields], object]] = {
    "digests": lambda fields: fields.texts("digests"),
    "proof": lambda fields: fields.text("proof", FILING_PROOF_BYTES),
    "question": lambda fields: fields.text("question"),
    "answered": lambda fields: fields.flag("answered"),
    "audiences": lambda fields: audiences(fields, "audiences"),
    "originals": lambda fields: fields.flag("originals"),
}
"""Members that an entry may have beside kind, week and text, and how each is read."""

_OF_KIND: Mapping[EntryKind, tuple[str, ...]] = {
    EntryKind.RECEIPT: ("digests", "proof"),
    EntryKind.QUESTION: ("question", "answered"),
    EntryKind.FORWARDED: ("audiences",),
    EntryKind.CONSENT: ("audiences", "originals"),
}
"""Which of them it has."""


def entry_from_json(value: JSON) -> Entry:
    """Read and check; raises ``FormatError``."""
    with Fields(value, "letter's entry") as fields:
        kind = fields.parsed("kind", EntryKind)
        week, text = fields.text("week"), fields.text("text", LETTER_TEXT_BYTES)
        of_kind: dict[str, Any] = {name: _MEMBERS[name](fields) for name in _OF_KIND.get(kind, ())}
        return Entry(kind, week, text, **of_kind)
