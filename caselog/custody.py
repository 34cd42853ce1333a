"""``custody.jsonl``: what was done with a case's material, in order, one canonical JSON object a line. Pure.

Rules:
1. Days, never finer times.
2. Each entry names who did it, or which tool with which version.
3. No original file name and no word of the source: this file goes to leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from caselog.limits import CUSTODY_BYTES
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from keys.sealing.canonical import JSON

VERSION = 1
_TEXT_BYTES = 4096


class Act(StrEnum):
    """What was done."""

    RECEIVED = "received"
    DECRYPTED = "decrypted"
    COPIED = "copied"
    VERIFIED = "verified"
    REDACTED = "redacted"
    REMADE = "remade"
    REVIEWED = "reviewed"
    EXPORTED = "exported"
    DELETED = "deleted"
    OVERRIDDEN = "overridden"
    """It goes to somebody whom its source did not allow; ``what`` says to whom and why. Two sign."""
    CORRECTED = "corrected"
    """It takes the place of all that leads were told of the case before; ``what`` says why."""
    WITHDRAWN = "withdrawn"
    """All that leads were told of the case before is taken back; ``what`` says why."""


@dataclass(frozen=True, slots=True)
class CustodyEntry:
    """One act.

    Attributes:
        day: on which it was done.
        act: what was done.
        by: the reviewer's name, or tool and version.
        what: with what, and with which result; for people.
        sha256: of what came out of it, in hex; empty where nothing did.
    """

    day: date
    act: Act
    by: str
    what: str
    sha256: str = ""

    def to_line(self) -> bytes:
        """Return the line with its end."""
        fields: dict[str, JSON] = {"day": self.day.isoformat(), "act": self.act.value, "by": self.by, "what": self.what}
        return to_canonical({"version": VERSION, "sha256": self.sha256, **fields}) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> CustodyEntry:
        """Read a line without its end; raises ``FormatError``."""
        with Fields(from_canonical(line), "custody record") as fields:
            if fields.integer("version") != VERSION:
                raise FormatError("The custody record has a version that is not known here.", "Use a newer Khomo.")
            return cls(
                day=fields.day("day"),
                act=fields.parsed("act", Act),
                by=fields.text("by", _TEXT_BYTES),
                what=fields.text("what", _TEXT_BYTES),
                sha256=fields.text("sha256"),
            )


def custody_to_bytes(entries: Iterable[CustodyEntry]) -> bytes:
    """Return the file."""
    return b"".join(entry.to_line() for entry in entries)


def custody_from_bytes(data: bytes) -> tuple[CustodyEntry, ...]:
    """Read the file; raises ``FormatError``."""
    if len(data) > CUSTODY_BYTES or (data and not data.endswith(b"\n")):
        raise FormatError("The custody record is cut off, or too long.")
    return tuple(CustodyEntry.from_line(line) for line in data.split(b"\n")[:-1])
