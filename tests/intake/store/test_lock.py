from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from intake.store import StoreBusy, StoreUnusable
from intake.store.lock import FairLock

if TYPE_CHECKING:
    from pathlib import Path


def test_one_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with FairLock(tmp_path, "x", 10).held():
                inside += 1
                most = max(most, inside)
                time.sleep(0.0005)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_whoever_waits_in_vain_is_told(tmp_path: Path) -> None:
    lock = FairLock(tmp_path, "x", 0.05)
    with lock.held(), pytest.raises(StoreBusy, match="Wait until"), lock.held():
        pass
    with lock.held():
        pass


def test_a_folder_where_no_lock_can_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="ENOENT"), FairLock(tmp_path / "gone", "x", 1).held():
        pass


def test_a_waiting_one_is_next_even_beside_one_that_takes_the_lock_again_and_again(tmp_path: Path) -> None:
    lock, stop, turns = FairLock(tmp_path, "x", 10), threading.Event(), 0

    def greedy() -> None:
        nonlocal turns
        while not stop.is_set():
            with lock.held():
                turns += 1
                time.sleep(0.005)

    thread = threading.Thread(target=greedy)
    thread.start()
    time.sleep(0.05)
    before = turns
    with lock.held():
        waited = turns - before
        stop.set()
    thread.join()
    assert waited <= 5
