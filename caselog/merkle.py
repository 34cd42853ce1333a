"""The Merkle tree of RFC 6962 (section 2.1). Pure: hashes in, hashes out.

Rules:
1. A leaf's hash begins with 0x00, a node's with 0x01: neither can stand for the other.
2. There are no proofs: a lead has every leaf, and compares heads by making their roots again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """A growing tree, kept as the roots of its full subtrees: at most 64 hashes, however many leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def copy(self) -> Frontier:
        """Return a tree of the same leaves that grows on its own."""
        other = Frontier()
        other.size = self.size
        other._peaks = list(self._peaks)
        return other

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        node, before = leaf, self.size
        while before & 1:
            node = node_hash(self._peaks.pop(), node)
            before >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()
