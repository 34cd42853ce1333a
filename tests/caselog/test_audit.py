"""Rows of server manifests against dispositions of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from caselog.audit import Audit, SeenRow, audit
from caselog.leaves import DispositionLeaf, FillerLeaf, Leaf, RowState, leaf_to_bytes
from caselog.manifest_chains import Finding
from keys.sealing.bundle import BlobEntry, ChainId, ChainPosition, Direction, Manifest, head_of
from keys.sealing.notes import sign_document
from tests.caselog.world import DAY, key, public_bundle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from keys.sealing.public_bundle import PublicBundle

SERVER = key("server/one")
BUNDLE = public_bundle()
MAIN, OTHER = key("desk/main").verify_key, key("desk/other").verify_key
CHAIN = ChainId("server/one", Direction.TO_DESK, "01" * 16)
A, B, C = "0a" * 16, "0b" * 16, "0c" * 16


def manifest(number: int, rows: Sequence[str], before: bytes | None = None, chain: ChainId = CHAIN) -> bytes:
    blobs = tuple(BlobEntry(row, 100, "ab" * 32) for row in sorted(rows))
    return Manifest(chain, number, head_of(before) if before else None, DAY, blobs).to_note(SERVER)


def audited(
    notes: Sequence[bytes],
    *leaves: Leaf,
    other: Sequence[Leaf] = (),
    bundle: PublicBundle = BUNDLE,
    delivered: date | None = None,
) -> Audit:
    logs = {
        MAIN: [leaf_to_bytes(leaf) for leaf in [*leaves, FillerLeaf.draw()]],
        OTHER: [leaf_to_bytes(leaf) for leaf in other],
    }
    days = {} if delivered is None else {MAIN: delivered}
    return audit({f"{number}.note": note for number, note in enumerate(notes)}, logs, bundle, days)


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


def test_a_row_that_came_after_the_last_delivery_waits_for_the_next_one_and_no_longer() -> None:
    accounted = [DispositionLeaf(row, RowState.OPEN) for row in (A, B)]
    late = SeenRow(C, "server/one", 2, DAY)
    for delivered in (DAY, DAY - timedelta(days=3)):
        found = audited([FIRST, SECOND], *accounted, delivered=delivered)
        assert (found.waiting, found.unaccounted, found.clean) == ((late,), (), True)
    found = audited([FIRST, SECOND], *accounted, delivered=DAY + timedelta(days=1))
    assert (found.waiting, found.unaccounted, found.clean) == ((), (late,), False)


def test_a_row_beside_one_that_is_accounted_for_does_not_wait() -> None:
    found = audited([FIRST, SECOND], DispositionLeaf(C, RowState.OPEN), delivered=DAY)
    assert [seen.row for seen in found.unaccounted] == [A, B]
    assert not found.waiting


def test_with_nothing_accounted_for_what_came_after_the_delivery_waits() -> None:
    assert audited([FIRST], delivered=DAY).waiting


def test_a_row_that_one_desk_does_not_know_waits_for_the_other_only() -> None:
    found = audited([FIRST], other=[DispositionLeaf(row, RowState.NOT_MINE) for row in (A, B)], delivered=DAY)
    assert [seen.row for seen in found.waiting] == [A, B]
    found = audited([FIRST], *(DispositionLeaf(row, RowState.NOT_MINE) for row in (A, B)), delivered=DAY)
    assert [seen.row for seen in found.unaccounted] == [A, B]


def test_one_missing_manifest_is_named_by_its_number() -> None:
    third = manifest(3, [], SECOND)
    assert audited([FIRST, third]).problems == (Finding(str(CHAIN), "Bundle 2 is missing."),)


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
    assert audited([third]).problems == (Finding(str(CHAIN), "Bundles 1 and 2 are missing."),)


def test_two_histories_of_a_server_are_a_problem() -> None:
    twin = manifest(1, [A, C])
    problems = audited([FIRST, twin]).problems
    assert [problem.what for problem in problems] == ["There are two histories of bundle 1: a fork."]
    problems = audited([twin, SECOND]).problems
    assert [problem.what for problem in problems] == ["There are two histories of bundle 1: a fork."]


SECOND_CHAIN = replace(CHAIN, random="02" * 16)


def resumed(position: ChainPosition | None, number: int = 1, before: bytes | None = None) -> bytes:
    head = head_of(before) if before else None
    return Manifest(SECOND_CHAIN, number, head, DAY, (), resumes=position).to_note(SERVER)


def test_a_chain_that_goes_on_where_the_other_ended_is_no_problem_and_a_question() -> None:
    found = audited(
        [FIRST, SECOND, resumed(ChainPosition(CHAIN, 2, head_of(SECOND)))],
        *(DispositionLeaf(row, RowState.OPEN) for row in (A, B, C)),
    )
    assert found.problems == ()
    assert [question.subject for question in found.questions] == ["server/one to-desk"]
    assert "2 chains" in found.questions[0].what
    assert found.accounts_for_all
    assert not found.clean


def test_bundles_withheld_between_a_chain_and_the_one_that_goes_on_are_a_problem() -> None:
    third = manifest(3, [C], SECOND)
    end = ChainPosition(CHAIN, 3, head_of(third))
    found = audited([FIRST, resumed(end)], *(DispositionLeaf(row, RowState.OPEN) for row in (A, B)))
    assert found.problems == (
        Finding(str(CHAIN), "Another chain goes on after its bundle 3. Bundles 2 and 3 are missing."),
    )
    assert "Bundles 1 to 3 are missing." in audited([resumed(end)]).problems[0].what
    assert audited([FIRST, SECOND, third, resumed(end)]).problems == ()


def test_a_chain_that_goes_on_after_another_history_is_a_fork() -> None:
    found = audited([FIRST, resumed(ChainPosition(CHAIN, 1, "ab" * 32))])
    assert found.problems == (Finding(str(CHAIN), "There are two histories of bundle 1: a fork."),)


def test_a_server_that_went_back_is_asked_about() -> None:
    found = audited([FIRST, SECOND, resumed(ChainPosition(CHAIN, 1, head_of(FIRST)))])
    assert found.problems == ()
    assert [question.subject for question in found.questions] == [str(CHAIN), "server/one to-desk"]
    assert "went back to its bundle 1, though it had signed 2" in found.questions[0].what


def test_a_second_chain_that_goes_on_after_none_is_a_problem() -> None:
    found = audited([FIRST, resumed(None)])
    assert [problem.subject for problem in found.problems] == ["server/one to-desk"]
    assert "2 chains go on after none" in found.problems[0].what


def test_bundles_of_a_chain_that_go_on_after_different_ends_are_a_problem() -> None:
    begun = resumed(ChainPosition(CHAIN, 1, head_of(FIRST)))
    found = audited([FIRST, SECOND, begun, resumed(ChainPosition(CHAIN, 2, head_of(SECOND)), 2, begun)])
    assert [problem.subject for problem in found.problems] == [str(SECOND_CHAIN)]


def test_what_two_desks_say_of_one_row_is_kept_apart_and_a_contradiction_is_shown() -> None:
    one = manifest(1, [A])
    found = audited([one], DispositionLeaf(A, RowState.OPEN), other=[DispositionLeaf(A, RowState.UNDECRYPTABLE)])
    assert found.problems == (
        Finding(A, "Desks contradict each other: desk/main says open, desk/other says undecryptable."),
    )
    assert found.accounted == {RowState.OPEN: 1}
    agreed = audited([one], DispositionLeaf(A, RowState.OPEN), other=[DispositionLeaf(A, RowState.NOT_MINE)])
    assert (agreed.accounted, agreed.clean) == ({RowState.OPEN: 1}, True)


def test_what_a_lost_desk_said_counts_only_where_no_other_desk_says_anything() -> None:
    lost = public_bundle(lost=True)
    logged = [DispositionLeaf(A, RowState.SPAM), DispositionLeaf(B, RowState.CLOSED, reason="not for us")]
    later = [DispositionLeaf(A, RowState.OPEN), DispositionLeaf(B, RowState.NOT_MINE)]
    found = audited([FIRST], *logged, other=later, bundle=lost)
    assert found.accounted == {RowState.OPEN: 1, RowState.CLOSED: 1}
    assert found.clean


def test_a_row_sealed_to_nobody_is_accounted_for_when_every_desk_says_that_it_is_not_its_own() -> None:
    one, mine = manifest(1, [A]), DispositionLeaf(A, RowState.NOT_MINE)
    assert audited([one], mine).unaccounted == (SeenRow(A, "server/one", 1, DAY),)
    assert audited([one], mine, other=[mine]).accounted == {RowState.NOT_MINE: 1}


def test_a_desk_whose_log_is_not_here_is_named() -> None:
    found = audit({"1.note": manifest(1, [A])}, {MAIN: [leaf_to_bytes(DispositionLeaf(A, RowState.NOT_MINE))]}, BUNDLE)
    assert found.silent == ("desk/other",)
    assert found.unaccounted


def test_bundles_of_the_other_direction_bring_no_rows() -> None:
    letters = manifest(1, [C], chain=replace(CHAIN, direction=Direction.TO_SERVER))
    assert audited([letters]).unaccounted == ()


def test_a_manifest_that_no_server_signed_is_named_and_the_others_are_looked_at() -> None:
    retired = Manifest(ChainId("server/old", Direction.TO_DESK, "03" * 16), 1, None, DAY, ()).to_note(key("server/old"))
    found = audited([retired, b"no manifest", manifest(1, [A])])
    assert [problem.subject for problem in found.problems] == ["0.note", "1.note"]
    assert "retired" in found.problems[0].what
    assert found.manifests == 1
    assert [seen.row for seen in found.unaccounted] == [A]
