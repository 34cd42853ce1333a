"""Names of signed sequences of bundles, and places in them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from keys.sealing.canonical import JSON, from_canonical, to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields

_RANDOM = re.compile(r"[0-9a-f]{32}")


class Direction(StrEnum):
    """Which way across the gap."""

    TO_DESK = "to-desk"
    TO_SERVER = "to-server"


@dataclass(frozen=True, slots=True)
class ChainId:
    """Names one sequence: who signs it, which way it goes, and 16 random bytes in hex drawn when it began."""

    signer: str
    direction: Direction
    random: str

    def __post_init__(self) -> None:
        if not self.signer or not _RANDOM.fullmatch(self.random):
            raise FormatError("A chain is named by its signer and 32 hex digits.")

    @classmethod
    def begin(cls, signer: str, direction: Direction) -> ChainId:
        """Name a new chain."""
        return cls(signer, direction, secrets.token_hex(16))

    @classmethod
    def parse(cls, text: str) -> ChainId:
        """Read what ``str`` writes; raises ``FormatError``."""
        try:
            signer, direction, random = text.split(" ")
            return cls(signer, Direction(direction), random)
        except ValueError:
            raise FormatError("The text does not name a chain.") from None

    def __str__(self) -> str:
        return f"{self.signer} {self.direction} {self.random}"


@dataclass(frozen=True, slots=True)
class ChainPosition:
    """The last bundle of a chain that was taken in: number and head; and the chains that this one replaced.

    Kept by both sides as canonical JSON: ``chain``, ``number``, ``head``, ``former``.
    """

    chain: ChainId
    number: int
    head: str
    former: tuple[ChainPosition, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> ChainPosition:
        """Read what ``to_text`` writes; raises ``FormatError``."""
        return _from_json(from_canonical(text.encode()))

    def to_text(self) -> str:
        """Return one line of JSON."""
        return to_canonical(_to_json(self)).decode()


def _to_json(position: ChainPosition) -> dict[str, JSON]:
    return {
        "chain": str(position.chain),
        "former": [_to_json(former) for former in position.former],
        "head": position.head,
        "number": position.number,
    }


def _from_json(value: JSON) -> ChainPosition:
    with Fields(value, "chain position") as fields:
        return ChainPosition(
            fields.parsed("chain", ChainId.parse),
            fields.integer("number", 1),
            fields.text("head"),
            fields.each("former", _from_json),
        )
