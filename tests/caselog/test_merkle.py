"""The tree against published vectors, against a naive reading of RFC 6962."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from caselog.merkle import (
    EMPTY_ROOT,
    Frontier,
    leaf_hash,
    root,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "case-log" / "merkle-certificate-transparency.json").read_text()
)
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]


def hashes(size: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]


# --- RFC 6962, section 2.1, word for word ------------------------------------------------------------------------


def largest_power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = largest_power_below(len(leaves))
    return hashlib.sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


# --- vectors ------------------------------------------------------------------------------------------------------


def test_the_published_roots_are_found() -> None:
    assert [root(LEAVES[:size]).hex() for size in range(1, 9)] == VECTORS["roots"]
    assert root([]) == EMPTY_ROOT == hashlib.sha256().digest()


# --- properties ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 70))
def test_roots_are_those_of_the_definition(size: int) -> None:
    assert root(hashes(size)) == naive_root(hashes(size))


def test_no_leaf_passes_for_a_node() -> None:
    left, right = hashes(2)
    assert root([leaf_hash(left + right)]) != root([left, right])


def test_a_copied_frontier_grows_on_its_own() -> None:
    tree = Frontier()
    for leaf in hashes(5):
        tree.append(leaf)
    other = tree.copy()
    other.append(leaf_hash(b"more"))
    assert (tree.size, tree.root()) == (5, root(hashes(5)))
    assert other.size == 6
