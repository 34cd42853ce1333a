from __future__ import annotations

import hashlib
import os
import threading

import pytest

from intake.source.beside import HashingThread
from intake.source.limits import HASHED_BEFORE_BESIDE


def threads() -> int:
    return sum(thread.name == "khomo-hashing" for thread in threading.enumerate())


@pytest.mark.parametrize("count", [0, 1, HASHED_BEFORE_BESIDE, HASHED_BEFORE_BESIDE + 1, 500])
def test_two_hashes_beside_each_other_are_what_one_thread_would_make(count: int) -> None:
    pieces = [os.urandom(1 + number % 1000) for number in range(count)]
    first, second = hashlib.sha256(), hashlib.sha256()
    with HashingThread() as hashing:
        one, other = hashing.sha256(), hashing.sha256()
        for piece in pieces:
            one.update(piece)
            other.update(memoryview(piece)[::1])
            other.update(b"-")
            first.update(piece)
            second.update(piece + b"-")
        assert one.hexdigest() == first.hexdigest()
        assert other.hexdigest() == second.hexdigest()
    assert threads() == 0


def test_a_hash_can_be_read_and_another_begun() -> None:
    with HashingThread() as hashing:
        for number in range(5):
            one = hashing.sha256()
            for _ in range(50):
                one.update(b"x" * number)
            assert one.hexdigest() == hashlib.sha256(b"x" * number * 50).hexdigest()


def test_a_small_row_starts_no_thread() -> None:
    with HashingThread() as hashing:
        one = hashing.sha256()
        for _ in range(HASHED_BEFORE_BESIDE):
            one.update(b"x")
        assert threads() == 0
        one.update(b"x")
        assert threads() == 1


def test_leaving_early_leaves_no_thread_behind() -> None:
    def upload() -> None:
        with HashingThread() as hashing:
            one = hashing.sha256()
            for _ in range(100):
                one.update(b"x" * 65536)
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        upload()
    assert threads() == 0


def test_where_no_thread_can_be_had_the_first_goes_on_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with HashingThread() as hashing:
        one = hashing.sha256()
        for _ in range(100):
            one.update(b"x")
        assert one.hexdigest() == hashlib.sha256(b"x" * 100).hexdigest()
