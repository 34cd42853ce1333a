from __future__ import annotations

from itertools import combinations

import pytest

from keys.opening.shares.errors import ShareError
from keys.opening.shares.gathering import Gathering, Wanted
from keys.opening.shares.slip39 import Scheme, Share, split_secret
from keys.opening.shares.split_keys import SplitKey
from tests.keys.opening.shares.shares_forge import (
    ARCHIVE_FILE,
    ARCHIVE_RECORD,
    ARCHIVE_SHARES,
    RECORD,
    ROOT_FILE,
    SHARES,
    forged,
    split,
)
from tests.keys.sealing.signers import ROOT

BY_NAME = Wanted(SplitKey.ROOT, ROOT.name)


def gathered(wanted: Wanted, *shares: Share) -> Gathering:
    gathering = Gathering(wanted)
    for share in shares:
        gathering = gathering.and_share(share)
    return gathering


@pytest.mark.parametrize("wanted", [BY_NAME, Wanted.of_record(RECORD)], ids=["by name", "by record"])
@pytest.mark.parametrize("two", list(combinations(SHARES, 2)), ids=["ab", "ac", "bc"])
def test_enough_sheets_bring_the_key_file_back_byte_for_byte(wanted: Wanted, two: tuple[Share, Share]) -> None:
    done = gathered(wanted, *two).recovered()
    assert done.key.to_json() == ROOT_FILE.to_json()
    assert done.wrong == ()


def test_the_archive_comes_back_too() -> None:
    done = gathered(Wanted.of_record(ARCHIVE_RECORD), *ARCHIVE_SHARES[1:]).recovered()
    assert done.key.to_json() == ARCHIVE_FILE.to_json()


def test_it_is_said_how_many_are_still_missing() -> None:
    shares = split_secret(ROOT.expose_seed(), Scheme(3, 5))
    assert Gathering(BY_NAME).missing is None
    assert [gathered(BY_NAME, *shares[:count]).missing for count in (1, 2, 3, 4)] == [2, 1, 0, 0]


def test_fewer_sheets_give_nothing() -> None:
    shares = split_secret(ROOT.expose_seed(), Scheme(3, 5))
    for count in range(3):
        for few in combinations(shares, count):
            with pytest.raises(ShareError, match="not enough"):
                gathered(BY_NAME, *few).recovered()


def test_a_sheet_counts_once() -> None:
    with pytest.raises(ShareError, match="typed already"):
        gathered(BY_NAME, SHARES[0], SHARES[0])


def test_without_a_record_the_first_sheet_says_which_split_is_meant() -> None:
    older = split("older", ROOT.expose_seed())
    with pytest.raises(ShareError) as caught:
        gathered(BY_NAME, SHARES[0], older[1])
    assert f"begins with “{older[1].begins}”, the first “{SHARES[0].begins}”" in str(caught.value)
    assert gathered(BY_NAME, *older[1:]).recovered().key == ROOT_FILE, "an older split still brings the key back"


def test_a_sheet_that_claims_that_fewer_are_needed_is_refused() -> None:
    shares = split_secret(ROOT.expose_seed(), Scheme(3, 5))
    with pytest.raises(ShareError, match="another split"):
        gathered(BY_NAME, shares[0], forged(shares[1], member_threshold=2))
    with pytest.raises(ShareError, match="do not fit together"):
        gathered(BY_NAME, *(forged(share, member_threshold=2) for share in shares[:2])).recovered()


def test_with_a_record_a_forged_sheet_is_refused_at_once() -> None:
    with pytest.raises(ShareError, match="made it up"):
        gathered(Wanted.of_record(RECORD), SHARES[0], forged(SHARES[1], bytes(32)))


def test_with_a_record_sheets_of_the_other_key_and_of_an_older_split_are_refused_at_once() -> None:
    for strange in (ARCHIVE_SHARES[0], split("older", ROOT.expose_seed())[0]):
        with pytest.raises(ShareError, match="another split"):
            gathered(Wanted.of_record(RECORD), strange)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_forged_sheet_among_enough_good_ones_stops_nobody_and_is_named_by_its_turn(turn: int) -> None:
    typed = list(SHARES[:2])
    typed.insert(turn - 1, forged(SHARES[2], bytes(32)))
    early = gathered(BY_NAME, *typed[:2])
    if turn < 3:
        with pytest.raises(ShareError, match="do not fit together"):
            early.recovered()
    done = gathered(BY_NAME, *typed).recovered()
    assert (done.key, done.wrong) == (ROOT_FILE, (turn,))


def test_two_words_of_one_place_do_not_stop_the_good_one() -> None:
    done = gathered(BY_NAME, forged(SHARES[0], bytes(32)), SHARES[0], SHARES[1]).recovered()
    assert (done.key, done.wrong) == (ROOT_FILE, (1,))


def test_sheets_of_another_key_are_not_taken_for_the_one_that_is_wanted() -> None:
    wanted = Wanted(SplitKey.ROOT, ROOT.name, RECORD.public)
    with pytest.raises(ShareError, match=r"not the root key of example\.org/root"):
        gathered(wanted, *ARCHIVE_SHARES[:2]).recovered()


def test_a_gathering_prints_no_word() -> None:
    gathering = gathered(BY_NAME, SHARES[0])
    assert not set(SHARES[0].expose()[2:]) & set(repr(gathering).replace("(", " ").replace(",", " ").split())
    assert "01" * 32 not in repr(gathered(BY_NAME, *SHARES).recovered())
