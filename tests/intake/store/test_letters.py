"""A mailbox that is there and one that is not: the same question to the database, and never somebody else's letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event
from sqlalchemy.engine import Engine

from intake.store import Commit
from keys.sealing.values import ID_BYTES, MailboxAddress, Sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.store import Store

    MakeLetter = Callable[[], tuple[MailboxAddress, Sealed]]


def near(address: MailboxAddress, step: int) -> MailboxAddress:
    """Return the address that comes so many after."""
    return MailboxAddress((int.from_bytes(address, "big") + step).to_bytes(ID_BYTES, "big"))


def test_only_the_letter_of_the_very_address_is_given(store: Store, letter: MakeLetter) -> None:
    letters = dict(letter() for _ in range(5))
    store.commit(Commit(letters=tuple(letters.items())))
    for address, sealed in letters.items():
        assert store.letter(address) == sealed
        assert store.letter(near(address, -1)) is None
        assert store.letter(near(address, 1)) is None
    assert store.letter(MailboxAddress(bytes(ID_BYTES))) is None
    assert store.letter(MailboxAddress(b"\xff" * ID_BYTES)) is None


def test_an_address_without_a_letter_is_asked_for_as_one_with(store: Store, letter: MakeLetter) -> None:
    first, second = sorted(dict(letter() for _ in range(2)).items())
    store.commit(Commit(letters=(first, second)))
    asked: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        asked.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        questions = [ask(store, address, asked) for address in (first[0], near(first[0], 1))]
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert questions[0] == questions[1]
    assert len(questions[0]) == 1


def ask(store: Store, address: MailboxAddress, asked: list[str]) -> list[str]:
    asked.clear()
    store.letter(address)
    return [sql for sql in asked if "SELECT" in sql]
