"""What a bundle means at its place: next, replay, gap, fork, unknown chain, restored machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.chain import ConfirmableError, Fork, Gap, Replay, RestoredChain, UnknownChain, follow
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.errors import ChainError, FormatError
from keys.sealing.manifest import Manifest

CHAIN = ChainId("server", Direction.TO_DESK, "0a" * 16)
NEW_CHAIN = ChainId("server", Direction.TO_DESK, "0b" * 16)
NEWER_CHAIN = ChainId("server", Direction.TO_DESK, "0c" * 16)


def head(number: int) -> str:
    return f"{number:064x}"


def bundle(
    number: int, chain: ChainId = CHAIN, previous: str | None = None, resumes: ChainPosition | None = None
) -> Manifest:
    before = previous or (head(number - 1) if number > 1 else None)
    return Manifest(chain, number, before, date(2026, 11, 20), resumes=resumes)


def at(number: int, chain: ChainId = CHAIN, former: tuple[ChainPosition, ...] = ()) -> ChainPosition:
    return ChainPosition(chain, number, head(number), former)


def test_a_chain_begins_with_its_first_bundle() -> None:
    assert follow(None, bundle(1), head(1)) == at(1)


def test_the_next_bundle_follows() -> None:
    assert follow(at(4), bundle(5), head(5)) == at(5)


def test_a_chain_that_begins_in_the_middle_needs_a_person() -> None:
    with pytest.raises(UnknownChain, match="bundle 7 of a chain of which nothing is known") as caught:
        follow(None, bundle(7), head(7))
    assert caught.value.proposal == at(7)


def test_a_restored_chain_without_anything_known_needs_a_person() -> None:
    with pytest.raises(UnknownChain):
        follow(None, bundle(1, NEW_CHAIN, resumes=at(4)), head(1))


def test_the_same_bundle_again_is_a_replay_that_needs_nothing() -> None:
    with pytest.raises(Replay, match=r"Bundle 4 has been imported already. Nothing needs to be done"):
        follow(at(4), bundle(4), head(4))


def test_an_older_bundle_is_a_replay() -> None:
    with pytest.raises(Replay, match="bundle 2; the newer bundle 4"):
        follow(at(4), bundle(2), head(2))


@pytest.mark.parametrize(("number", "missing"), [(6, "bundle 5 did"), (9, "bundles 5 to 8 did")])
def test_missing_bundles_are_a_gap_that_a_person_may_confirm(number: int, missing: str) -> None:
    with pytest.raises(Gap, match=f"Before bundle {number}, {missing} not arrive") as caught:
        follow(at(4), bundle(number), head(number))
    assert caught.value.proposal == at(number)
    assert follow(caught.value.proposal, bundle(number + 1), head(number + 1)) == at(number + 1)


def test_another_bundle_of_the_same_number_is_a_fork() -> None:
    with pytest.raises(Fork, match="two different bundles with the number 4"):
        follow(at(4), bundle(4), head(99))


def test_a_next_bundle_after_another_head_is_a_fork() -> None:
    with pytest.raises(Fork, match="two different bundles with the number 4"):
        follow(at(4), bundle(5, previous=head(99)), head(5))


def test_a_bundle_of_the_other_direction_is_sent_to_the_other_machine() -> None:
    with pytest.raises(UnknownChain, match="other way") as caught:
        follow(at(4), bundle(1, replace(CHAIN, direction=Direction.TO_SERVER)), head(1))
    assert caught.value.proposal is None


def test_a_chain_out_of_nowhere_needs_a_person() -> None:
    with pytest.raises(UnknownChain, match="set up anew") as caught:
        follow(at(4), bundle(1, NEW_CHAIN), head(1))
    assert caught.value.proposal == at(1, NEW_CHAIN, (at(4),))


def test_a_chain_that_resumes_an_unknown_one_needs_a_person() -> None:
    with pytest.raises(UnknownChain):
        follow(at(4), bundle(1, NEW_CHAIN, resumes=at(4, NEWER_CHAIN)), head(1))


RESTORED = {
    "up to date": (1, 4, "began a new chain. Ask"),
    "an older backup, one bundle": (1, 3, "does not know bundle 4, imported here"),
    "an older backup, more bundles": (1, 1, "does not know bundles 2 to 4, imported here"),
    "a lost stick before": (1, 6, "Of the old chain, bundles 5 to 6 did not arrive"),
    "a lost stick after": (3, 4, "Of the new chain, bundles 1 to 2 did not arrive"),
}


@pytest.mark.parametrize("case", RESTORED.values(), ids=RESTORED)
def test_a_restored_machine_is_told_apart_and_a_person_confirms(case: tuple[int, int, str]) -> None:
    number, known, explanation = case
    with pytest.raises(RestoredChain, match=explanation) as caught:
        follow(at(4), bundle(number, NEW_CHAIN, resumes=at(known)), head(number))
    proposal = caught.value.proposal
    assert proposal == at(number, NEW_CHAIN, (at(4),))
    assert follow(proposal, bundle(number + 1, NEW_CHAIN, resumes=at(known)), head(number + 1)).former == (at(4),)


def test_a_restored_machine_whose_new_chain_has_lost_its_first_bundle_says_so() -> None:
    with pytest.raises(RestoredChain, match="Of the new chain, bundle 1 did not arrive"):
        follow(at(4), bundle(2, NEW_CHAIN, resumes=at(4)), head(2))


def test_a_restored_machine_may_have_a_new_key() -> None:
    with pytest.raises(RestoredChain):
        follow(at(4), bundle(1, replace(NEW_CHAIN, signer="server-2"), resumes=at(4)), head(1))


def test_a_new_chain_after_another_head_is_a_fork() -> None:
    with pytest.raises(Fork, match="after a bundle 4 that is not the one known here"):
        follow(at(4), bundle(1, NEW_CHAIN, resumes=replace(at(4), head=head(99))), head(1))


def test_a_replaced_chain_stays_replaced() -> None:
    position = at(2, NEWER_CHAIN, (at(4), at(3, NEW_CHAIN)))
    for old, number in [(CHAIN, 4), (CHAIN, 1), (NEW_CHAIN, 3)]:
        with pytest.raises(Replay, match="has been replaced"):
            follow(position, bundle(number, old), head(number))
    for old, number in [(CHAIN, 5), (NEW_CHAIN, 4)]:
        with pytest.raises(Fork, match="two machines"):
            follow(position, bundle(number, old), head(number))


def test_chains_remember_all_that_they_replaced() -> None:
    with pytest.raises(RestoredChain) as caught:
        follow(at(2, NEW_CHAIN, (at(4),)), bundle(1, NEWER_CHAIN, resumes=at(2, NEW_CHAIN)), head(1))
    assert caught.value.proposal == at(1, NEWER_CHAIN, (at(4), at(2, NEW_CHAIN)))


def test_every_error_says_what_to_do_and_forks_cannot_be_confirmed() -> None:
    assert issubclass(Fork, ChainError)
    assert not issubclass(Fork, ConfirmableError)
    assert not issubclass(Replay, ConfirmableError)


@settings(deadline=None)
@given(
    st.none() | st.builds(at, st.integers(1, 9), st.sampled_from([CHAIN, NEW_CHAIN])),
    st.integers(1, 9),
    st.sampled_from([CHAIN, NEW_CHAIN]),
    st.integers(1, 9).map(head),
)
def test_a_position_only_ever_moves_by_one(
    position: ChainPosition | None, number: int, chain: ChainId, previous: str
) -> None:
    manifest = bundle(number, chain, previous if number > 1 else None)
    try:
        after = follow(position, manifest, head(number))
    except ChainError as error:
        assert error.remedy  # noqa: PT017  # most are refused, some follow
    else:
        assert after.number == (position.number + 1 if position else 1)
        assert position is None or (position.chain == chain and position.head == previous)


# Names of chains.


def test_a_new_chain_has_a_random_name() -> None:
    one, other = ChainId.begin("server", Direction.TO_DESK), ChainId.begin("server", Direction.TO_DESK)
    assert one != other
    assert ChainId.parse(str(one)) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "server",
        "server to-desk",
        f"server to-moon {'0a' * 16}",
        f"server to-desk {'0A' * 16}",
        f" to-desk {'0a' * 16}",
        f"server to-desk {'0a' * 16} more",
        f"server to-desk {'0a' * 15}",
        f"server to-desk {'0a' * 16}\n",
    ],
)
def test_malformed_names_of_chains_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        ChainId.parse(text)
