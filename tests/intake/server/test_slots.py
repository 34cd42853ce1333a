"""Uploads never take the slots that are kept for text, waiting is bounded, and who is next is drawn."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from intake.server.numbers import ServerNumbers, Slots
from intake.server.slots import BodyKind, DoorBusyError, UploadSlots

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT, UPLOAD = BodyKind.TEXT, BodyKind.UPLOAD
OURS, THEIRS = "one circuit", "another"


@contextmanager
def held(slots: UploadSlots, kind: BodyKind, circuit: str = OURS) -> Iterator[None]:
    slots.take(kind, circuit)
    try:
        yield
    finally:
        slots.give_back(kind, circuit)


def waiting_threads(slots: UploadSlots, kinds: list[BodyKind], admitted: list[BodyKind]) -> list[threading.Thread]:
    """Start threads that wait for a slot and keep it; return when all of them wait."""

    def wait(kind: BodyKind) -> None:
        try:
            slots.take(kind, OURS)
        except DoorBusyError:
            return
        admitted.append(kind)

    threads = [threading.Thread(target=wait, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    while len(slots._waiting) < len(kinds):
        time.sleep(0.001)
    return threads


def test_uploads_leave_the_slots_of_texts_free() -> None:
    slots = UploadSlots(Slots(uploads_a_circuit=99, bodies=4, texts=1, waiting=0))
    for _ in range(3):
        slots.take(UPLOAD, OURS)
    with pytest.raises(DoorBusyError):
        slots.take(UPLOAD, OURS)
    with held(slots, TEXT):
        assert slots.held == 4
    assert slots.held == 3


def test_texts_may_use_every_slot() -> None:
    slots = UploadSlots(Slots(uploads_a_circuit=99, bodies=2, texts=1, waiting=0))
    slots.take(TEXT, OURS)
    slots.take(TEXT, OURS)
    with pytest.raises(DoorBusyError):
        slots.take(TEXT, OURS)


def test_one_circuit_has_its_share_of_uploads_and_no_more() -> None:
    slots = UploadSlots(Slots(bodies=9, texts=1, uploads_a_circuit=2))
    with held(slots, UPLOAD), held(slots, UPLOAD):
        with pytest.raises(DoorBusyError):
            slots.take(UPLOAD, OURS)
        with held(slots, UPLOAD, THEIRS), held(slots, TEXT):
            assert slots.held == 4
    with held(slots, UPLOAD):
        assert dict(slots._uploads) == {OURS: 1}
    assert not slots._uploads


def test_uploads_that_wait_count_for_their_circuit() -> None:
    slots = UploadSlots(Slots(bodies=1, texts=0, uploads_a_circuit=2, waiting=9, patience_seconds=0.3))
    slots.take(UPLOAD, THEIRS)
    threads = waiting_threads(slots, [UPLOAD, UPLOAD], [])
    with pytest.raises(DoorBusyError):
        slots.take(UPLOAD, OURS)
    for thread in threads:
        thread.join(5)
    assert dict(slots._uploads) == {THEIRS: 1}


def test_patience_ends_and_leaves_nothing_behind() -> None:
    slots = UploadSlots(Slots(uploads_a_circuit=99, bodies=1, texts=0, waiting=1, patience_seconds=0.05))
    slots.take(UPLOAD, OURS)
    with pytest.raises(DoorBusyError):
        slots.take(UPLOAD, OURS)
    slots.give_back(UPLOAD, OURS)
    assert slots.held == 0


def test_no_more_wait_than_may() -> None:
    slots = UploadSlots(Slots(uploads_a_circuit=99, bodies=1, texts=0, waiting=2, patience_seconds=5))
    slots.take(UPLOAD, OURS)
    threads = waiting_threads(slots, [UPLOAD, UPLOAD], [])
    with pytest.raises(DoorBusyError):
        slots.take(UPLOAD, OURS)
    slots.give_back(UPLOAD, OURS)
    slots.give_back(UPLOAD, OURS)
    for thread in threads:
        thread.join(5)


def test_a_slot_goes_to_one_who_may_have_it() -> None:
    slots = UploadSlots(Slots(uploads_a_circuit=99, bodies=2, texts=1, waiting=9, patience_seconds=5))
    slots.take(UPLOAD, OURS)
    slots.take(TEXT, OURS)
    admitted: list[BodyKind] = []
    threads = waiting_threads(slots, [UPLOAD, UPLOAD, TEXT], admitted)
    slots.give_back(TEXT, OURS)
    threads[2].join(5)
    assert admitted == [TEXT]
    for kind in (UPLOAD, UPLOAD, TEXT):
        slots.give_back(kind, OURS)
    for thread in threads:
        thread.join(5)


def test_who_waits_longest_has_no_better_chance() -> None:
    firsts = Counter[int]()
    for _ in range(40):
        order: list[int] = []
        slots = UploadSlots(Slots(uploads_a_circuit=99, bodies=1, texts=0, waiting=9, patience_seconds=5))
        slots.take(UPLOAD, OURS)

        def wait(number: int, slots: UploadSlots = slots, order: list[int] = order) -> None:
            with held(slots, UPLOAD):
                order.append(number)

        threads = []
        for number in range(3):
            threads.append(threading.Thread(target=wait, args=(number,)))
            threads[-1].start()
            while len(slots._waiting) <= number:
                time.sleep(0.0005)
        slots.give_back(UPLOAD, OURS)
        for thread in threads:
            thread.join(5)
        firsts[order[0]] += 1
    assert set(firsts) == {0, 1, 2}  # a fair draw misses one with a chance of about 3e-7


def test_all_together_never_hold_more_than_there_are() -> None:
    slots = UploadSlots(Slots(uploads_a_circuit=99, bodies=3, texts=1, waiting=100, patience_seconds=10))
    most = Counter[str]()

    def work(kind: BodyKind) -> None:
        for _ in range(50):
            with held(slots, kind):
                most["held"] = max(most["held"], slots.held)
                most["uploads"] = max(most["uploads"], slots._held[UPLOAD])

    threads = [threading.Thread(target=work, args=(kind,)) for kind in [TEXT, UPLOAD] * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert slots.held == 0
    assert most["held"] <= 3
    assert most["uploads"] <= 2


def test_numbers_with_which_bodies_could_hold_every_thread_are_refused() -> None:
    with pytest.raises(ValueError, match="hold every thread"):
        ServerNumbers(threads=100, slots=Slots(bodies=80, texts=10, waiting=20))
