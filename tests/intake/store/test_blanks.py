"""A mailbox that its source wrote off: a row that says so and a letter that nobody can open, together or not at all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from intake.store import AlreadyThere, Commit, Committed, NewRow, StoreUnusable
from keys.sealing.errors import FormatError
from keys.sealing.values import MailboxAddress, Sealed, new_row_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from intake.store import Store
    from tests.intake.store.conftest import Calendar, Sender

    MakeLetter = Callable[[], tuple[MailboxAddress, Sealed]]


def test_a_blank_takes_the_place_of_a_letter_that_a_desk_wrote(store: Store, letter: MakeLetter) -> None:
    address, written = letter()
    store.replace_letters([(address, written)])
    blank = letter()[1]
    assert store.commit(Commit(blanks=((address, blank),))) == Committed()
    assert store.letter(address) == blank


def test_a_blank_takes_the_place_of_a_letter_that_is_put_in_the_same_group(store: Store, letter: MakeLetter) -> None:
    address, filler = letter()
    blank = letter()[1]
    assert store.commit(Commit(letters=((address, filler),), blanks=((address, blank),))) == Committed()
    assert store.letter(address) == blank


def test_other_letters_stay(store: Store, letter: MakeLetter) -> None:
    (one, blank), (other, written) = letter(), letter()
    store.replace_letters([(one, letter()[1]), (other, written)])
    store.commit(Commit(blanks=((one, blank),)))
    assert store.letter(other) == written


def test_a_blank_of_another_size_is_refused(letter: MakeLetter) -> None:
    address, sealed = letter()
    with pytest.raises(FormatError, match="size of every other letter"):
        Commit(blanks=((address, Sealed(sealed[:-1])),))


def test_without_its_row_no_blank_is_put(store: Store, letter: MakeLetter) -> None:
    address, written = letter()
    store.replace_letters([(address, written)])
    with store.incoming(3) as incoming:
        incoming.write(b"row")
        row = NewRow(new_row_id(), incoming, 3, hashlib.sha256(b"row").hexdigest())
        incoming.path.unlink()
        with pytest.raises(StoreUnusable):
            store.commit(Commit((row,), blanks=((address, letter()[1]),)))
    assert store.letter(address) == written


def test_a_row_that_is_there_already_puts_no_blank_again(store: Store, letter: MakeLetter, send: Sender) -> None:
    row, _ = send.put(b"row")
    address, written = letter()
    store.replace_letters([(address, written)])
    with store.incoming(3) as incoming:
        incoming.write(b"row")
        again = NewRow(row, incoming, 3, hashlib.sha256(b"row").hexdigest())
        assert store.commit(Commit((again,), blanks=((address, letter()[1]),))) == AlreadyThere()
    assert store.letter(address) == written


def test_after_the_night_nothing_tells_a_mailbox_that_was_written_off_from_others(
    store: Store, folder: Path, letter: MakeLetter, calendar: Calendar
) -> None:
    """The rewrite writes letters anew in the order of their addresses, whenever each was put."""
    boxes = dict(letter() for _ in range(20))
    for one in boxes.items():
        store.commit(Commit(letters=(one,)))
    gone = next(iter(boxes))
    boxes[gone] = letter()[1]
    store.commit(Commit(blanks=((gone, boxes[gone]),)))
    calendar.pass_days(1)
    store.rewrite_night()
    data = (folder / "current" / "khomo.db").read_bytes()
    places = [data.index(boxes[address][10_000:10_016]) for address in sorted(boxes)]
    assert places == sorted(places)
    assert all(data.count(sealed[10_000:10_016]) == 1 for sealed in boxes.values())
