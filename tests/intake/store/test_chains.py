from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from intake.store import Store, StoreFull, StoreSettings
from intake.store.chains import Arrival
from intake.store.settings import DATABASE_TIMES
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.errors import FormatError
from keys.sealing.limits import MIB
from keys.sealing.manifest import Acknowledgement
from keys.sealing.values import MailboxAddress, Sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from intake.store.chains import OutgoingChain
    from intake.store.values import StoredRow
    from keys.sealing.values import RowId
    from tests.intake.store.conftest import Calendar, Sender

    MakeLetter = Callable[[], tuple[MailboxAddress, Sealed]]


OURS = ChainId.begin("server", Direction.TO_DESK)
NEXT = ChainId.begin("server", Direction.TO_DESK)
THEIRS = ChainId.begin("desk", Direction.TO_SERVER)


def there(number: int) -> ChainPosition:
    return ChainPosition(THEIRS, number, "aa" * 32)


def begin(store: Store) -> tuple[OutgoingChain, set[RowId]]:
    carried: set[RowId] = set()

    def make(chain: OutgoingChain, rows: list[StoredRow]) -> tuple[bytes, str]:
        carried.update(row.id for row in rows)
        assert [row.id for row in rows] == sorted(row.id for row in rows)
        return f"manifest {chain.number + 1}".encode(), f"head {chain.number + 1}"

    return store.chains.begin_bundle(make), carried


def carry(store: Store) -> set[RowId]:
    begun, carried = begin(store)
    store.chains.finish_bundle(begun.number)
    return carried


def acknowledge(store: Store, number: int, desk: str = "one", desks: frozenset[str] = frozenset({"one"})) -> None:
    chain = store.chains.outgoing()
    assert chain is not None
    said = Acknowledgement(chain.chain, number)
    store.chains.accept(Arrival(desk, there(1), said, ()), desks)


def waiting(store: Store) -> set[RowId]:
    return {row.id for row in store.unacknowledged()}


def test_before_the_first_bundle_there_are_no_chains(store: Store) -> None:
    assert store.chains.outgoing() is None
    assert store.chains.incoming() == {}
    assert store.chains.acknowledged() == {}


def test_every_bundle_carries_what_is_not_acknowledged(store: Store, send: Sender, calendar: Calendar) -> None:
    store.chains.open_chain(OURS)
    first, _ = send.put(b"1")
    calendar.pass_days(1)
    assert carry(store) == {first}
    second, _ = send.put(b"2")
    assert carry(store) == {first, second}
    acknowledge(store, 1)
    assert waiting(store) == {second}
    calendar.pass_days(1)
    assert carry(store) == {second}
    acknowledge(store, 3)
    assert waiting(store) == set()
    assert store.chains.acknowledged() == {"one": Acknowledgement(OURS, 3)}


def test_rows_of_the_day_of_a_bundle_are_settled_with_one_of_a_later_day_whenever_they_came(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    store.chains.open_chain(OURS)
    carried, _ = send.put(b"before")
    carry(store)
    late, _ = send.put(b"after")
    acknowledge(store, 1)
    assert waiting(store) == {carried, late}
    carry(store)
    acknowledge(store, 2)
    assert waiting(store) == {carried, late}
    calendar.pass_days(1)
    assert carry(store) == {carried, late}
    acknowledge(store, 3)
    assert waiting(store) == set()


def test_no_row_is_settled_that_has_not_travelled_though_the_clock_was_set_back(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    store.chains.open_chain(OURS)
    calendar.pass_days(30)
    carry(store)
    calendar.pass_days(-30)
    late, _ = send.put(b"late")
    acknowledge(store, 1)
    assert waiting(store) == {late}
    assert carry(store) == {late}
    acknowledge(store, 2)
    assert waiting(store) == {late}
    calendar.pass_days(31)
    carry(store)
    acknowledge(store, 3)
    assert waiting(store) == set()


def test_a_desk_that_speaks_of_an_older_bundle_than_before_settles_nothing(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    store.chains.open_chain(OURS)
    for _ in range(3):
        calendar.pass_days(1)
        carry(store)
    acknowledge(store, 3)
    row, _ = send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    acknowledge(store, 2)
    assert waiting(store) == {row}
    acknowledge(store, 4)
    assert waiting(store) == set()


def test_what_is_kept_of_bundles_are_days_alone(store: Store, send: Sender, calendar: Calendar) -> None:
    store.chains.open_chain(OURS)
    send.put(b"1")
    carry(store)
    send.put(b"2")
    carry(store)
    acknowledge(store, 1)
    store.rewrite_night()
    with store.gate.current().database.reading() as session:
        rows = {tuple(row) for row in session.execute(text("SELECT day, held_day, settled_day FROM submissions"))}
        bundles = [tuple(row) for row in session.execute(text("SELECT number, day FROM sent_bundles"))]
        manifests = session.scalars(text("SELECT manifest FROM outgoing_chain")).all()
    assert rows == {("2026-11-20", None, None)}
    assert bundles == [(1, "2026-11-20"), (2, "2026-11-20")]
    assert list(manifests) == [None]


def test_days_of_bundles_that_every_desk_has_are_forgotten(store: Store) -> None:
    store.chains.open_chain(OURS)
    for _ in range(3):
        carry(store)
    acknowledge(store, 3)
    with store.gate.current().database.reading() as session:
        assert list(session.scalars(text("SELECT number FROM sent_bundles"))) == [3]


def test_the_night_forgets_the_list_of_a_bundle_that_was_written_and_no_other(store: Store, send: Sender) -> None:
    store.chains.open_chain(OURS)
    send.put(b"x")
    begin(store)
    store.rewrite_night()
    begun = store.chains.outgoing()
    assert begun is not None
    assert (begun.complete, begun.manifest) == (False, b"manifest 1")
    store.chains.finish_bundle(1)
    store.rewrite_night()
    finished = store.chains.outgoing()
    assert finished is not None
    assert (finished.number, finished.head, finished.manifest) == (1, "head 1", None)


def test_a_row_waits_for_every_desk(store: Store, send: Sender, calendar: Calendar) -> None:
    both = frozenset({"one", "two"})
    store.chains.open_chain(OURS)
    row, _ = send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    acknowledge(store, 1, "one", both)
    assert waiting(store) == {row}
    acknowledge(store, 1, "two", both)
    assert waiting(store) == set()


def test_an_acknowledgement_of_another_chain_settles_nothing(store: Store, send: Sender, calendar: Calendar) -> None:
    store.chains.open_chain(OURS)
    row, _ = send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    arrival = Arrival("one", there(1), Acknowledgement(NEXT, 9), ())
    store.chains.accept(arrival, {"one"})
    assert waiting(store) == {row}


def test_without_any_desk_nothing_is_settled(store: Store, send: Sender, calendar: Calendar) -> None:
    store.chains.open_chain(OURS)
    send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    acknowledge(store, 1, desks=frozenset())
    assert len(waiting(store)) == 1


def test_an_acknowledgement_before_any_chain_settles_nothing(store: Store, send: Sender) -> None:
    send.put(b"x")
    store.chains.accept(Arrival("one", there(1), Acknowledgement(OURS, 1), ()), {"one"})
    assert len(waiting(store)) == 1


def test_the_manifest_is_kept_until_the_next_so_that_an_interrupted_export_is_made_again(
    store: Store, send: Sender
) -> None:
    store.chains.open_chain(OURS)
    send.put(b"x")
    begun, _ = begin(store)
    assert (begun.complete, begun.manifest) == (False, b"manifest 1")
    assert store.chains.outgoing() == begun
    store.chains.finish_bundle(1)
    finished = store.chains.outgoing()
    assert finished is not None
    assert finished.complete
    assert (finished.chain, finished.number, finished.head) == (OURS, 1, "head 1")


def test_a_manifest_that_cannot_be_made_changes_nothing(store: Store, send: Sender) -> None:
    before = store.chains.open_chain(OURS)
    send.put(b"x")

    def fail(_chain: OutgoingChain, _rows: list[StoredRow]) -> tuple[bytes, str]:
        raise StoreFull("injected")

    with pytest.raises(StoreFull):
        store.chains.begin_bundle(fail)
    assert store.chains.outgoing() == before


def test_a_row_that_is_left_out_is_not_acknowledged_even_if_it_travelled_before(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    store.chains.open_chain(OURS)
    damaged, whole = send.put(b"1")[0], send.put(b"2")[0]
    calendar.pass_days(1)
    carry(store)
    store.chains.begin_bundle(lambda _chain, rows: (repr(len(rows)).encode(), "head"), {damaged})
    store.chains.finish_bundle(2)
    acknowledge(store, 2)
    assert waiting(store) == {damaged}
    assert store.has_row(whole)
    assert carry(store) == {damaged}
    acknowledge(store, 3)
    assert waiting(store) == {damaged}
    calendar.pass_days(1)
    assert carry(store) == {damaged}
    acknowledge(store, 4)
    assert waiting(store) == set()


def test_an_acknowledgement_of_what_was_never_sent_settles_nothing(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    store.chains.open_chain(OURS)
    row, _ = send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    acknowledge(store, 2)
    assert waiting(store) == {row}


def test_a_new_chain_names_the_last_known_head_and_carries_everything_anew(
    store: Store, send: Sender, calendar: Calendar
) -> None:
    store.chains.open_chain(OURS)
    row, _ = send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    carry(store)
    opened = store.chains.open_chain(NEXT)
    assert opened.resumes == ChainPosition(OURS, 2, "head 2")
    assert (opened.chain, opened.number, opened.head) == (NEXT, 0, None)
    assert store.chains.outgoing() == opened
    assert carry(store) == {row}
    acknowledge(store, 1)
    assert waiting(store) == set()


def test_a_new_chain_that_nobody_saw_is_passed_over(store: Store) -> None:
    store.chains.open_chain(OURS)
    carry(store)
    store.chains.open_chain(ChainId.begin("server", Direction.TO_DESK))
    assert store.chains.open_chain(NEXT).resumes == ChainPosition(OURS, 1, "head 1")


def test_the_very_first_chain_resumes_nothing_even_if_opened_twice(store: Store) -> None:
    store.chains.open_chain(OURS)
    assert store.chains.open_chain(NEXT).resumes is None


def test_rows_still_here_can_travel_again(store: Store, send: Sender, calendar: Calendar) -> None:
    store.chains.open_chain(OURS)
    row, _ = send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    acknowledge(store, 1)
    assert store.chains.send_again() == 1
    assert carry(store) == {row}
    acknowledge(store, 1)
    assert waiting(store) == {row}
    acknowledge(store, 2)
    assert waiting(store) == set()


def test_a_desk_bundle_is_taken_in_whole_or_not_at_all(
    store: Store, send: Sender, letter: MakeLetter, calendar: Calendar
) -> None:
    store.chains.open_chain(OURS)
    row, _ = send.put(b"x")
    calendar.pass_days(1)
    carry(store)
    good = letter()
    arrival = Arrival("one", there(1), Acknowledgement(OURS, 1), (good, (MailboxAddress(b"no"), Sealed(b"short"))))
    with pytest.raises(FormatError):
        store.chains.accept(arrival, {"one"})
    assert store.letter(good[0]) is None
    assert store.chains.incoming() == {}
    assert waiting(store) == {row}


def test_a_desk_bundle_replaces_letters_and_moves_its_chain(store: Store, letter: MakeLetter) -> None:
    first, second = letter(), letter()
    store.replace_letters([first])
    newer = (first[0], letter()[1])
    assert store.chains.accept(Arrival("one", there(4), None, (newer, second)), {"one"}) == 2
    assert store.letter(first[0]) == newer[1]
    assert store.letter(second[0]) == second[1]
    assert store.chains.incoming() == {"one": there(4)}
    replaced = ChainPosition(NEXT, 1, "bb" * 32, (there(4),))
    store.chains.accept(Arrival("one", replaced, None, ()), {"one"})
    assert store.chains.incoming() == {"one": replaced}


def test_health_counts_what_waits_and_warns_from_day_fourteen(store: Store, send: Sender, calendar: Calendar) -> None:
    assert store.health().waiting_days == 0
    send.put(b"x")
    calendar.pass_days(13)
    store.rewrite_night()
    send.put(b"y")
    health = store.health()
    assert (health.unacknowledged, health.waiting_days, health.warnings) == (2, 13, ())
    calendar.pass_days(1)
    store.rewrite_night()
    assert store.health().warnings == ("Reports have been waiting for a desk for 14 days.",)


def test_published_days_are_noted_once_and_forgotten_after_sixty(store: Store, calendar: Calendar) -> None:
    store.note_published()
    store.note_published()
    assert store.health().published_days == (date(2026, 11, 20),)
    calendar.pass_days(61)
    store.note_published()
    assert store.health().published_days == (date(2027, 1, 20),)


def test_a_disk_below_the_floor_is_a_warning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(folder, StoreSettings(free_floor_bytes=MIB, upkeep_bytes=MIB)) as store:
        kept = MIB + DATABASE_TIMES * store.gate.current().files.database.stat().st_size
        full = "The disk is full but for what night and desk need: nothing goes in, text neither. Free space on it."
        nearly = "The disk is nearly full: files are refused, text still goes in."
        expected = {kept + MIB: (), kept + MIB - 1: (nearly,), kept + 1: (nearly,), kept: (full,)}
        for free, warnings in expected.items():
            monkeypatch.setattr(store, "free_bytes", lambda free=free: free)
            assert store.health().warnings == warnings
            assert store.health().has_room == (free >= kept + MIB)


def restored(store: Store) -> None:
    """Leave the store as a restore does: a chain that has begun, and letters away."""
    store.chains.open_chain(OURS)
    with store.gate.writing() as generation, generation.database.writing() as session:
        session.execute(text("UPDATE outgoing_chain SET letters_away = 1"))


def test_a_store_knows_of_letters_that_are_away_until_every_desk_has_answered_a_bundle(store: Store) -> None:
    restored(store)
    before = Acknowledgement(ChainId.begin("server", Direction.TO_DESK), 7)  # of the chain before the restore
    both = {"one", "two"}
    assert store.health().letters_away
    store.chains.accept(Arrival("one", there(1), before, ()), both)
    assert store.health().letters_away
    store.chains.accept(Arrival("two", there(1), None, ()), both)
    assert store.health().letters_away, "a desk that has seen no bundle of ours knows no mailbox"
    store.chains.accept(Arrival("two", there(2), before, ()), both)
    assert not store.health().letters_away
    assert store.health().warnings == ()


def test_letters_stay_away_through_exports_a_new_chain_and_the_night(store: Store, send: Sender) -> None:
    restored(store)
    send.put(b"x")
    carry(store)
    store.chains.open_chain(NEXT)
    store.rewrite_night()
    assert store.health().letters_away
    assert store.health().warnings[0].startswith("The server was restored")


def test_letters_of_a_store_that_was_not_restored_are_not_away(store: Store) -> None:
    assert not store.health().letters_away
    store.chains.open_chain(OURS)
    carry(store)
    store.chains.open_chain(NEXT)
    assert not store.health().letters_away
