"""The Merkle tree of RFC 6962 (section 2.1), and what can be proved with it. Pure: hashes in, hashes out.

Rules:
1. A leaf's hash begins with 0x00, a node's with 0x01: neither can stand for the other.
2. Proofs are checked with the algorithms of RFC 9162 (sections 2.1.3.2 and 2.1.4.2), to the last hash: a proof that is
   too long or too short is wrong.
3. Checks raise ``ProofError``; nothing returns a bool.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProofError(FormatError):
    """A proof does not lead to the root that was signed."""


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


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the path (PATH of RFC 6962) that leads from leaf ``index`` to the root of ``leaves``."""
    if not 0 <= index < len(leaves):
        raise ValueError("no such leaf")
    proof: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(root(leaves[middle:high]))
            high = middle
        else:
            proof.append(root(leaves[low:middle]))
            low = middle
    return proof[::-1]


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof (PROOF of RFC 6962) that the first ``old_size`` leaves are a beginning of ``leaves``."""
    if not 0 < old_size <= len(leaves):
        raise ValueError("no such tree")
    proof: list[bytes] = []
    low, high = 0, len(leaves)
    known = True
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            proof.append(root(leaves[middle:high]))
            high = middle
        else:
            proof.append(root(leaves[low:middle]))
            low, known = middle, False
    if not known:
        proof.append(root(leaves[low:high]))
    return proof[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Raise ``ProofError`` unless the leaf with this hash stands at ``index`` of the tree ``expected``."""
    if not 0 <= index < size:
        raise ProofError("The proof is for a leaf that the tree does not have.")
    node, place, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            raise ProofError("The proof is too long.")
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            place, last = _climb(place, last)
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or not hmac.compare_digest(node, expected):
        raise ProofError("The leaf is not in the tree that was signed.")


def check_consistency(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> None:
    """Raise ``ProofError`` unless the old tree (size, root) is a beginning of the new one."""
    (old_size, old_root), (new_size, new_root) = old, new
    if not 0 < old_size <= new_size:
        raise ProofError("The proof is for a tree that is larger than the new one, or empty.")
    if old_size == new_size:
        if proof or not hmac.compare_digest(old_root, new_root):
            raise ProofError("Two trees of one size differ.")
        return
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        raise ProofError("The proof is too short.")
    from_old, from_new = _both_roots(old_size - 1, new_size - 1, path)
    if not (hmac.compare_digest(from_old, old_root) and hmac.compare_digest(from_new, new_root)):
        raise ProofError("The old tree is not a beginning of the new one.")


def _both_roots(place: int, last: int, path: list[bytes]) -> tuple[bytes, bytes]:
    while place & 1:
        place, last = place >> 1, last >> 1
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("The proof is too long.")
        if place & 1 or place == last:
            from_old = node_hash(sibling, from_old)
            from_new = node_hash(sibling, from_new)
            place, last = _climb(place, last)
        else:
            from_new = node_hash(from_new, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofError("The proof is too short.")
    return from_old, from_new


def _climb(place: int, last: int) -> tuple[int, int]:
    """Go up past the levels on which a node at the right edge has no sibling."""
    while not place & 1 and place != 0:
        place, last = place >> 1, last >> 1
    return place, last


def _split(size: int) -> int:
    """Return the largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1
