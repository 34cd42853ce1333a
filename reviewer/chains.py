"""Where the chains of bundles stand, as the vault keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.chain_position import ChainPosition
from reviewer.vault.rows import ChainRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from keys.sealing.chain_position import Direction


def position(rows: Session, signer: str, direction: Direction) -> ChainPosition | None:
    """The last bundle of a signer in one direction; None before the first."""
    row = rows.get(ChainRow, (signer, direction.value))
    return None if row is None else ChainPosition.from_text(row.position)


def set_position(rows: Session, here: ChainPosition) -> None:
    """Remember where a chain stands now."""
    row = ChainRow(signer=here.chain.signer, direction=here.chain.direction.value, position=here.to_text())
    rows.merge(row)
