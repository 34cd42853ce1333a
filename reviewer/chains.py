"""Where the chains of bundles stand, as the vault keeps it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from keys.sealing.chain_position import ChainId, ChainPosition
from reviewer.vault.rows import ChainRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from keys.sealing.chain_position import Direction


def position(rows: Session, signer: str, direction: Direction) -> ChainPosition | None:
    """The last bundle of a signer in one direction; None before the first."""
    row = rows.get(ChainRow, (signer, direction.value))
    return None if row is None else _from_json(json.loads(row.position))


def set_position(rows: Session, here: ChainPosition) -> None:
    """Remember where a chain stands now."""
    text = json.dumps(_to_json(here))
    rows.merge(ChainRow(signer=here.chain.signer, direction=here.chain.direction.value, position=text))


def _to_json(here: ChainPosition) -> dict[str, Any]:
    former = [_to_json(one) for one in here.former]
    return {"chain": str(here.chain), "number": here.number, "head": here.head, "former": former}


def _from_json(value: dict[str, Any]) -> ChainPosition:
    former = tuple(_from_json(one) for one in value["former"])
    return ChainPosition(ChainId.parse(value["chain"]), value["number"], value["head"], former)
