"""Rows of server manifests against dispositions of the log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from caselog.audit import Audit, Problem, SeenRow, audit
from caselog.leaves import DispositionLeaf, FillerLeaf, Leaf, RowState, leaf_to_bytes
from keys.sealing.bundle import BlobEntry, ChainId, ChainPosition, Direction, Manifest, head_of
from keys.sealing.errors import SignatureError
from keys.sealing.notes import sign_document
from tests.caselog.world import DAY, key

if TYPE_CHECKING:
    from collections.abc import Sequence

SERVER = key("server/one")
SERVERS = [SERVER.verify_key]
CHAIN = ChainId("server/one", Direction.TO_DESK, "01" * 16)
A, B, C = "0a" * 16, "0b" * 16, "0c" * 16


def manifest(number: int, rows: Sequence[str], before: bytes | None = None, chain: ChainId = CHAIN) -> bytes:
    blobs = tuple(BlobEntry(row, 100, "ab" * 32) for row in sorted(rows))
    return Manifest(chain, number, head_of(before) if before else None, DAY, blobs).to_note(SERVER)


def audited(notes: Sequence[bytes], *leaves: Leaf) -> Audit:
    return audit(notes, [leaf_to_bytes(leaf) for leaf in [*leaves, FillerLeaf.draw()]], SERVERS)


def decoy(row: str, named: str | None = None, server: str = "server/one") -> DispositionLeaf:
    note = sign_document("decoy", 1, {"report": "00" * 16, "row": named or row}, [key(server)])
    return DispositionLeaf(row, RowState.DECOY, proof=note.decode())


FIRST = manifest(1, [A, B])
SECOND = manifest(2, [B, C], FIRST)


def test_rows_with_dispositions_are_accounted_for() -> None:
    found = audited([FIRST], DispositionLeaf(A, RowState.SPAM), decoy(B))
    assert found == Audit(1, {RowState.SPAM: 1, RowState.DECOY: 1}, (), (), ())
    assert found.clean


def test_a_row_without_disposition_is_named_with_the_bundle_that_brought_it_first() -> None:
    found = audited([SECOND, FIRST], DispositionLeaf(A, RowState.OPEN))
    assert found.unaccounted == (SeenRow(B, "server/one", 1, DAY), SeenRow(C, "server/one", 2, DAY))
    assert not found.clean


def test_the_last_disposition_of_a_row_counts() -> None:
    found = audited(
        [manifest(1, [A])], DispositionLeaf(A, RowState.OPEN), DispositionLeaf(A, RowState.CLOSED, reason="not for us")
    )
    assert found.accounted == {RowState.CLOSED: 1}


def test_rows_beyond_the_manifests_are_no_problem() -> None:
    found = audited([FIRST], *(DispositionLeaf(row, RowState.OPEN) for row in (A, B, C)))
    assert found.beyond == (C,)
    assert found.clean


def test_the_same_manifest_twice_is_one() -> None:
    assert audited([FIRST, FIRST], *(DispositionLeaf(row, RowState.OPEN) for row in (A, B))).manifests == 1


@pytest.mark.parametrize(
    "leaf",
    [
        decoy(A, named=B),
        decoy(A, server="server/two"),
        replace(decoy(A), proof="a decoy, honestly"),
        replace(decoy(A), proof=sign_document("receipt", 1, {"row": A}, [SERVER]).decode()),
    ],
)
def test_a_decoy_without_proof_is_a_problem(leaf: DispositionLeaf) -> None:
    found = audited([manifest(1, [A])], leaf)
    assert [problem.subject for problem in found.problems] == [A]
    assert not found.clean


def test_a_missing_manifest_is_a_problem() -> None:
    third = manifest(3, [], SECOND)
    assert audited([third]).problems == (Problem(str(CHAIN), "Before bundle 3, 2 are missing."),)


def test_two_histories_of_a_server_are_a_problem() -> None:
    twin = manifest(1, [A, C])
    problems = audited([FIRST, twin]).problems
    assert [problem.what for problem in problems] == ["There are two histories of bundle 1: a fork."]
    problems = audited([twin, SECOND]).problems
    assert [problem.what for problem in problems] == ["There are two histories of bundle 1: a fork."]


def test_chains_of_a_restored_server_are_counted_apart() -> None:
    other = replace(CHAIN, random="02" * 16)
    resumed = Manifest(other, 1, None, DAY, (), resumes=ChainPosition(CHAIN, 1, head_of(FIRST))).to_note(SERVER)
    assert audited([FIRST, resumed]).problems == ()


def test_bundles_of_the_other_direction_bring_no_rows() -> None:
    letters = manifest(1, [C], chain=replace(CHAIN, direction=Direction.TO_SERVER))
    assert audited([letters]).unaccounted == ()


def test_a_manifest_that_no_server_signed_is_refused() -> None:
    with pytest.raises(SignatureError):
        audit([FIRST], [], [key("server/two").verify_key])
