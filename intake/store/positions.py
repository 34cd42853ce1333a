"""A position in a chain of bundles as one line of JSON, with the chains that it replaced."""

from __future__ import annotations

from keys.sealing.canonical import JSON, from_canonical, to_canonical
from keys.sealing.chain_position import ChainId, ChainPosition
from keys.sealing.fields import Fields


def position_to_text(position: ChainPosition) -> str:
    """Write a position."""
    return to_canonical(_to_json(position)).decode()


def position_from_text(text: str) -> ChainPosition:
    """Read what ``position_to_text`` wrote; raises ``FormatError``."""
    return _from_json(from_canonical(text.encode()))


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
