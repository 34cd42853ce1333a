"""A source's name, or a way to reach them: in the clear, or kept apart from the report that it came with. Pure.

Rules:
1. It is one line of at most ``NAME_BYTES`` bytes of UTF-8, without anything that a screen obeys, and never empty.
2. Kept apart, it is an age v1 file with exactly one ``mlkem768x25519`` stanza, to an epoch of a desk that cannot open
   the report.
3. What is sealed has one length, whatever the name's: zeros fill it up.
4. Whoever opens it gets what a stranger wrote: it is checked as a name in the clear is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.sealing.age import HYBRID_HEADER_BYTES, open_sealed, seal, sealed_size
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import NAME_BYTES
from keys.sealing.row_check import check_seal
from keys.sealing.values import Sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.sealing.age import HybridRecipient, Identity
    from keys.sealing.canonical import JSON

SEALED_NAME_BYTES = sealed_size(NAME_BYTES, HYBRID_HEADER_BYTES)


@dataclass(frozen=True, slots=True)
class SourceName:
    """What a source gave: exactly one of the two.

    Attributes:
        text: the name in the clear; empty if it is kept apart.
        sealed: the name kept apart; empty if it is not.
    """

    text: str = field(default="", repr=False)
    sealed: Sealed = field(default=Sealed(b""), repr=False)

    def __post_init__(self) -> None:
        if bool(self.text) is bool(self.sealed):
            raise FormatError("A name stands in the clear or is kept apart: one of the two.")
        if self.text:
            _check_text(self.text)
        elif len(self.sealed) != SEALED_NAME_BYTES:
            raise FormatError(f"A name that is kept apart has another length than {SEALED_NAME_BYTES} bytes.")
        else:
            check_seal(self.sealed)

    @classmethod
    def apart(cls, text: str, recipient: HybridRecipient) -> SourceName:
        """Keep a name apart; raises ``FormatError`` if it breaks a rule."""
        _check_text(text)
        return cls(sealed=seal(text.encode().ljust(NAME_BYTES, b"\0"), [recipient]))

    def opened(self, identities: Sequence[Identity]) -> str:
        """Return the name; raises ``NoMatchError`` if it is for somebody else, another ``FormatError`` for damage."""
        return self.text or _unpadded(open_sealed(self.sealed, identities).expose())

    def to_json(self) -> dict[str, JSON]:
        """Return what stands in ``submission.json``."""
        return {"text": self.text, "sealed": self.sealed.hex()}

    @classmethod
    def from_json(cls, value: JSON) -> SourceName:
        """Read and check; raises ``FormatError``."""
        with Fields(value, "name") as fields:
            return cls(fields.text("text", NAME_BYTES), Sealed(fields.binary("sealed", range(SEALED_NAME_BYTES + 1))))


def _unpadded(inside: bytes) -> str:
    name = inside.rstrip(b"\0")
    if len(inside) != NAME_BYTES or not name:
        raise FormatError("What is sealed is no name with zeros after it.")
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise FormatError("The name is no text.") from None
    _check_text(text)
    return text


def _check_text(text: str) -> None:
    if one_line(text) != text or not text.strip() or len(text.encode()) > NAME_BYTES:
        raise FormatError(f"A name is one line of 1 to {NAME_BYTES} bytes that a screen can show as it is.")
