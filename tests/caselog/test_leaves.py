from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.leaves import CaseLeaf, DispositionLeaf, FillerLeaf, Leaf, RowState, leaf_from_bytes, leaf_to_bytes
from caselog.limits import LEAF_BYTES, REASON_BYTES
from keys.sealing.canonical import JSON, to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.notes import sign_document
from keys.sealing.submission import DECOY_BYTES
from tests.caselog.world import key

if TYPE_CHECKING:
    from collections.abc import Callable

ROW = "ab" * 16
PROOF = sign_document("decoy", 1, {"row": ROW, "report": "cd" * 16}, [key("server/one")]).decode()
CASE = CaseLeaf("00" * 16, tuple(f"{number:064x}" for number in range(16)), ("reviewer/ann",))
EXAMPLES: list[Leaf] = [
    CASE,
    CaseLeaf("ff" * 16, tuple(f"{number:064x}" for number in range(768)), ("a", "b")),
    DispositionLeaf(ROW, RowState.OPEN),
    DispositionLeaf(ROW, RowState.FORWARDED),
    DispositionLeaf(ROW, RowState.CLOSED, reason="not for us"),
    DispositionLeaf(ROW, RowState.SPAM),
    DispositionLeaf(ROW, RowState.UNDECRYPTABLE),
    DispositionLeaf(ROW, RowState.NOT_MINE),
    DispositionLeaf(ROW, RowState.DECOY, proof=PROOF),
    FillerLeaf.draw(),
    CaseLeaf("00" * 16, CASE.commitments, tuple(f"{number:02}" for number in range(16))),
    FillerLeaf("00" * 32),
    DispositionLeaf(ROW, RowState.CLOSED, reason="x"),
    DispositionLeaf(ROW, RowState.CLOSED, reason="x" * REASON_BYTES),
    DispositionLeaf(ROW, RowState.DECOY, proof="x"),
    DispositionLeaf(ROW, RowState.DECOY, proof="x" * DECOY_BYTES),
]


@pytest.mark.parametrize("leaf", EXAMPLES, ids=lambda leaf: type(leaf).__name__)
def test_what_is_written_is_read(leaf: Leaf) -> None:
    assert leaf_from_bytes(leaf_to_bytes(leaf)) == leaf


def test_every_state_has_an_example() -> None:
    assert {leaf.state for leaf in EXAMPLES if isinstance(leaf, DispositionLeaf)} == set(RowState)


def test_filler_is_never_the_same_twice() -> None:
    assert len({FillerLeaf.draw() for _ in range(100)}) == 100


WRONG: dict[str, Callable[[], object]] = {
    "closed without reason": lambda: DispositionLeaf(ROW, RowState.CLOSED),
    "open with reason": lambda: DispositionLeaf(ROW, RowState.OPEN, reason="x"),
    "empty reason": lambda: DispositionLeaf(ROW, RowState.CLOSED, reason=""),
    "reason too long": lambda: DispositionLeaf(ROW, RowState.CLOSED, reason="\u0635" * 101),
    "decoy without proof": lambda: DispositionLeaf(ROW, RowState.DECOY),
    "spam with proof": lambda: DispositionLeaf(ROW, RowState.SPAM, proof=PROOF),
    "empty proof": lambda: DispositionLeaf(ROW, RowState.DECOY, proof=""),
    "row too short": lambda: DispositionLeaf("ab", RowState.OPEN),
    "row not hex": lambda: DispositionLeaf("xy" * 16, RowState.OPEN),
    "row in capitals": lambda: DispositionLeaf("AB" * 16, RowState.OPEN),
    "filler too short": lambda: FillerLeaf("00"),
    "no commitments": lambda: CaseLeaf("00" * 16, (), ("a",)),
    "commitments not filled up": lambda: CaseLeaf("00" * 16, CASE.commitments[:15], ("a",)),
    "too many commitments": lambda: CaseLeaf("00" * 16, tuple(f"{n:064x}" for n in range(784)), ("a",)),
    "commitment twice": lambda: CaseLeaf("00" * 16, (*CASE.commitments[:15], CASE.commitments[0]), ("a",)),
    "commitments unsorted": lambda: CaseLeaf("00" * 16, CASE.commitments[::-1], ("a",)),
    "commitment too short": lambda: CaseLeaf("00" * 16, ("00",) * 16, ("a",)),
    "nonce too short": lambda: CaseLeaf("00", CASE.commitments, ("a",)),
    "no signer": lambda: CaseLeaf("00" * 16, CASE.commitments, ()),
    "signers unsorted": lambda: CaseLeaf("00" * 16, CASE.commitments, ("b", "a")),
    "too many signers": lambda: CaseLeaf("00" * 16, CASE.commitments, tuple(f"{n:02}" for n in range(17))),
}


@pytest.mark.parametrize("how", WRONG)
def test_leaves_are_correct_or_not_at_all(how: str) -> None:
    with pytest.raises(FormatError):
        WRONG[how]()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"kind": "other"},
        {"extra": 1},
        {"state": "lost"},
        {"state": "decoy"},
        {"row": 1},
        {"version": True},
    ],
    ids=str,
)
def test_unknown_leaves_are_refused(change: dict[str, JSON]) -> None:
    body = json.loads(leaf_to_bytes(DispositionLeaf(ROW, RowState.OPEN)))
    with pytest.raises(FormatError):
        leaf_from_bytes(to_canonical({**body, **change}))


def test_a_leaf_of_an_unknown_kind_with_nothing_else_is_no_leaf() -> None:
    with pytest.raises(FormatError, match="kind that is not known"):
        leaf_from_bytes(to_canonical({"kind": "other", "version": 1}))


def test_a_leaf_that_is_too_long_is_not_read() -> None:
    signers = [f"{number:02}" + "a" * 998 for number in range(16)]
    body: dict[str, JSON] = {"nonce": "ff" * 16, "commitments": [f"{n:064x}" for n in range(768)], "signers": signers}
    data = to_canonical({"version": 1, "kind": "case", **body})
    assert len(data) > LEAF_BYTES
    with pytest.raises(FormatError, match="65536"):
        leaf_from_bytes(data)


@given(st.binary(max_size=200) | st.just(b"[" * 70_000))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        leaf_from_bytes(data)


def test_a_leaf_that_is_too_long_is_not_written() -> None:
    with pytest.raises(FormatError, match="65536"):
        leaf_to_bytes(CaseLeaf("ff" * 16, tuple(f"{n:064x}" for n in range(768)), ("a" * 20_000,)))
