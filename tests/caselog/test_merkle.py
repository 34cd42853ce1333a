"""The tree against published vectors, against a naive reading of RFC 6962, and against forgers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "case-log" / "merkle-certificate-transparency.json").read_text()
)
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]

sizes = st.integers(1, 70)


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


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], known=known), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], known=False), naive_root(leaves[:k])]


# --- vectors ------------------------------------------------------------------------------------------------------


def test_the_published_roots_are_found() -> None:
    assert [root(LEAVES[:size]).hex() for size in range(1, 9)] == VECTORS["roots"]
    assert root([]) == EMPTY_ROOT == hashlib.sha256().digest()


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=str)
def test_the_published_inclusion_proofs_are_made_and_hold(vector: dict[str, Any]) -> None:
    index, size = vector["index"], vector["size"]
    proof = [bytes.fromhex(node) for node in vector["proof"]]
    assert inclusion_proof(index, LEAVES[:size]) == proof
    check_inclusion(LEAVES[index], index, size, proof, root(LEAVES[:size]))


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=str)
def test_the_published_consistency_proofs_are_made_and_hold(vector: dict[str, Any]) -> None:
    old, new = vector["old"], vector["new"]
    proof = [bytes.fromhex(node) for node in vector["proof"]]
    assert consistency_proof(old, LEAVES[:new]) == proof
    check_consistency((old, root(LEAVES[:old])), (new, root(LEAVES[:new])), proof)


# --- properties ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 70))
def test_roots_are_those_of_the_definition(size: int) -> None:
    assert root(hashes(size)) == naive_root(hashes(size))


@given(sizes, st.data())
def test_inclusion_proofs_are_those_of_the_definition_and_hold(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, leaves)
    assert proof == naive_path(index, leaves)
    check_inclusion(leaves[index], index, size, proof, naive_root(leaves))


@given(sizes, st.data())
def test_consistency_proofs_are_those_of_the_definition_and_hold(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, leaves)
    assert proof == naive_subproof(old, leaves, known=True)
    check_consistency((old, naive_root(leaves[:old])), (size, naive_root(leaves)), proof)


@given(sizes, st.data())
def test_a_wrong_inclusion_proof_does_not_hold(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, leaves)
    leaf, place, whole, nodes, top = data.draw(
        st.sampled_from(
            [
                (leaf_hash(b"other"), index, size, proof, root(leaves)),
                (leaves[index], index, size, [*proof, EMPTY_ROOT], root(leaves)),
                (leaves[index], index, size, proof, EMPTY_ROOT),
                (leaves[index], size, size, proof, root(leaves)),
                (leaves[index], -1, size, proof, root(leaves)),
                *((leaves[index], index, size, proof[:cut], root(leaves)) for cut in range(len(proof))),
                *(
                    (leaves[index], index, size, [*proof[:n], EMPTY_ROOT, *proof[n + 1 :]], root(leaves))
                    for n in range(len(proof))
                ),
                *((leaves[index], other, size, proof, root(leaves)) for other in range(size) if other != index),
            ]
        )
    )
    with pytest.raises(ProofError):
        check_inclusion(leaf, place, whole, nodes, top)


@given(sizes, st.data())
def test_a_wrong_consistency_proof_does_not_hold(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, leaves)
    before, after = (old, root(leaves[:old])), (size, root(leaves))
    first, second, nodes = data.draw(
        st.sampled_from(
            [
                (before, after, [*proof, EMPTY_ROOT]),
                ((old, EMPTY_ROOT), after, proof),
                (before, (size, EMPTY_ROOT), proof),
                ((size + 1, root(leaves)), after, proof),
                ((0, EMPTY_ROOT), after, proof),
                *((before, after, proof[:cut]) for cut in range(len(proof))),
                *((before, after, [*proof[:n], EMPTY_ROOT, *proof[n + 1 :]]) for n in range(len(proof))),
            ]
        )
    )
    with pytest.raises(ProofError):
        check_consistency(first, second, nodes)


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_a_leaf_behind_the_last_is_in_no_tree(size: int) -> None:
    leaves = hashes(size)
    proof = inclusion_proof(size - 1, leaves)
    check_inclusion(leaves[-1], size - 1, size, proof, root(leaves))
    for index in (size, -1):
        with pytest.raises(ProofError, match="does not have"):
            check_inclusion(leaves[-1], index, size, proof, root(leaves))


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


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_proofs_of_what_is_not_there_are_not_made(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such"):
        inclusion_proof(index, hashes(size))


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3)])
def test_proofs_from_a_tree_that_is_not_there_are_not_made(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such"):
        consistency_proof(old, hashes(size))
