"""How much may come out of sealed files, for one and for many."""

from __future__ import annotations

import pytest

from reviewer.sandbox import limits
from reviewer.sandbox.allowance import Allowance, Grant
from reviewer.sandbox.errors import CutOffError, NoRoomError, TooLargeError

KIB, MIB, GIB = 1024, 1024**2, 1024**3
PLENTY = 10**15


def test_a_file_alone_may_grow_as_far_as_its_size_says() -> None:
    assert Allowance().grant(100 * KIB, PLENTY) == Grant(limits.most_from(100 * KIB))
    assert Allowance(None).grant(3 * GIB, PLENTY) == Grant(limits.OPENED_BYTES)


def test_tiny_files_together_never_become_more_than_an_import_may() -> None:
    """A million files of half a kilobyte, each a bomb, sent by whoever has the patience."""
    allowance, came_out = Allowance(), 0
    for _ in range(1000):
        most = allowance.grant(500, PLENTY).most
        allowance.spend(500, most)
        came_out += most
    assert came_out <= limits.GROWN_AT_ONCE + 1000 * 500
    assert allowance.grant(500, PLENTY).most == 500


def test_files_that_do_not_grow_use_nothing_up() -> None:
    allowance = Allowance()
    for _ in range(1000):
        allowance.spend(20 * MIB, 20 * MIB - 300)
    assert allowance == Allowance()


def test_a_file_that_others_left_too_little_for_says_how_it_is_opened() -> None:
    allowance = Allowance(MIB)
    grant = allowance.grant(KIB, PLENTY)
    assert grant.most == KIB + MIB
    told = grant.explained(TooLargeError("It became larger than 1 MB."))
    assert isinstance(told, NoRoomError)
    assert "khomo-reviewer reopen --case" in str(told)


def test_one_that_is_too_large_by_itself_says_so() -> None:
    error = TooLargeError("It became larger than 4 MB.")
    assert Grant(4 * MIB).explained(error) is error
    assert isinstance(error, CutOffError)


@pytest.mark.parametrize("left", [limits.GROWN_AT_ONCE, None])
def test_the_desk_keeps_room_for_its_work_whatever_somebody_chose_to_open(left: int | None) -> None:
    free = limits.DISK_LEAST + 2 * MIB
    grant = Allowance(left).grant(MIB, free)
    assert grant.most == 2 * MIB
    assert "too little room on the disk: 1.1 GB free" in str(grant.explained(TooLargeError("larger")))
    for less in (0, limits.DISK_LEAST - 1, limits.DISK_LEAST):
        with pytest.raises(NoRoomError, match="too little room"):
            Allowance(left).grant(1, less)


def test_what_somebody_chose_is_not_counted() -> None:
    allowance = Allowance(None)
    allowance.spend(1, GIB)
    assert allowance.grant(100 * MIB, PLENTY).most == limits.OPENED_BYTES
