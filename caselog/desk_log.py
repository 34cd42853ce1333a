"""The desk's end of the log: takes leaves, gives back leaves and a head. Pure: the vault stores what comes out.

Rules:
1. Heads stand at multiples of 16 leaves; filler fills up.
2. What was given out once is never given out otherwise: the caller stores leaves and head in the transaction in which
   the acts that they record are stored, before anything leaves the desk.

Use::

    log = DeskLog.of(stored_leaves)                   # every leaf's bytes so far, in order
    extension = log.extend([case.leaf, DispositionLeaf(row, RowState.FORWARDED)], desk_key)
    store(extension.first, extension.leaves, extension.checkpoint)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caselog.checkpoint import Checkpoint, origin_of, sign_checkpoint
from caselog.leaves import FillerLeaf, Leaf, leaf_to_bytes
from caselog.limits import HEAD_EVERY
from caselog.merkle import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keys.sealing.notes import SigningKey


@dataclass(frozen=True, slots=True)
class Extension:
    """What one call added to the log.

    Attributes:
        first: number of the first new leaf, counted from 0.
        leaves: bytes of the new leaves: those asked for in their order, then filler.
        checkpoint: the new head, signed by the desk.
        log: the log with the new leaves.
    """

    first: int
    leaves: tuple[bytes, ...]
    checkpoint: bytes
    log: DeskLog

    @property
    def size(self) -> int:
        """Number of leaves at the new head."""
        return self.first + len(self.leaves)


class DeskLog:
    """A log of some leaves, ready for more. Holds hashes only; never changes: ``extend`` gives a new one."""

    def __init__(self, tree: Frontier) -> None:
        self._tree = tree

    @classmethod
    def of(cls, leaves: Iterable[bytes] = ()) -> DeskLog:
        """Take up a log again from the bytes of its leaves, in order."""
        tree = Frontier()
        for leaf in leaves:
            tree.append(leaf_hash(leaf))
        return cls(tree)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._tree.size

    def extend(self, leaves: Sequence[Leaf], desk: SigningKey) -> Extension:
        """Append leaves, fill up, and sign the new head; ``ValueError`` without leaves."""
        if not leaves:
            raise ValueError("nothing to append")
        missing = -(self.size + len(leaves)) % HEAD_EVERY
        added = tuple(leaf_to_bytes(leaf) for leaf in [*leaves, *(FillerLeaf.draw() for _ in range(missing))])
        tree = self._tree.copy()
        for leaf in added:
            tree.append(leaf_hash(leaf))
        return Extension(self.size, added, _signed(tree, desk), DeskLog(tree))

    def checkpoint(self, desk: SigningKey) -> bytes:
        """Sign the head as it stands, also of an empty log."""
        return _signed(self._tree, desk)


def _signed(tree: Frontier, desk: SigningKey) -> bytes:
    return sign_checkpoint(Checkpoint(origin_of(desk.verify_key), tree.size, tree.root()), desk)
