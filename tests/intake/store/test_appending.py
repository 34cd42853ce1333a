from __future__ import annotations

import hashlib
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.store import StoreError, StoreUnusable, appending
from intake.store.appending import Appender
from intake.store.settings import HANDED_TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from intake.store import Store

ALONE = 10_000
HANDED = 4_000


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appending, "ALONE_BYTES", ALONE)
    monkeypatch.setattr(appending, "HANDED_BYTES", HANDED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "growing"


@pytest.fixture
def descriptor(path: Path) -> Iterator[int]:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT)
    yield opened
    os.close(opened)


def nothing(_size: int) -> None:
    """Take no note of growth."""


def threads() -> int:
    return sum(thread.name == "khomo-append" for thread in threading.enumerate())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 9000), max_size=20))
def test_file_and_digest_are_those_of_the_content_whatever_the_pieces(sizes: list[int]) -> None:
    descriptor = os.memfd_create("growing")
    pieces = [os.urandom(size) for size in sizes]
    appender = Appender(descriptor, nothing)
    for piece in pieces:
        appender.append(memoryview(piece))
    whole = b"".join(pieces)
    assert appender.digest() == sha256(whole)
    assert os.pread(descriptor, len(whole) + 1, 0) == whole
    assert threads() == 0
    os.close(descriptor)


def test_a_digest_can_be_asked_for_and_the_file_go_on(path: Path, descriptor: int) -> None:
    appender = Appender(descriptor, nothing)
    for count in range(1, 5):
        for _ in range(7):
            appender.append(b"x" * 1999)
        assert appender.digest() == appender.digest() == sha256(b"x" * 1999 * 7 * count)
        assert path.stat().st_size == 1999 * 7 * count


def test_a_small_file_starts_no_thread_and_stands_there_at_once(path: Path, descriptor: int) -> None:
    appender = Appender(descriptor, nothing)
    appender.append(b"x" * ALONE)
    assert threads() == 0
    assert path.stat().st_size == ALONE
    appender.append(b"x")
    assert threads() == 1
    appender.close()
    assert threads() == 0


def test_where_no_thread_can_be_had_the_writer_goes_on_alone(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    appender = Appender(descriptor, nothing)
    for _ in range(20):
        appender.append(b"x" * 1000)
    assert appender.digest() == sha256(b"x" * 20_000)


def test_growth_is_told_as_the_file_grows(descriptor: int) -> None:
    told: list[int] = []
    appender = Appender(descriptor, told.append)
    for _ in range(16):
        appender.append(b"x" * 1000)
    appender.digest()
    assert told == [*range(1000, ALONE + 1, 1000), ALONE + HANDED, ALONE + HANDED + 2000]


def test_what_writing_meets_with_is_raised_by_the_next_piece_and_by_the_digest(descriptor: int) -> None:
    def full(size: int) -> None:
        if size > ALONE:
            raise StoreUnusable("The disk went away.")

    appender = Appender(descriptor, full)
    appender.append(b"x" * ALONE)
    appender.append(b"x" * HANDED)
    with pytest.raises(StoreUnusable, match="went away"):
        appender.digest()
    with pytest.raises(StoreUnusable, match="went away"):
        appender.append(b"x")


def test_after_an_error_nothing_more_is_written_and_nobody_waits(path: Path, descriptor: int) -> None:
    def full(size: int) -> None:
        if size > ALONE:
            raise StoreUnusable("The disk went away.")

    appender = Appender(descriptor, full)
    appender.append(b"x" * ALONE)

    def go_on() -> None:
        for _ in range(1000):
            appender.append(b"x" * HANDED)

    with pytest.raises(StoreUnusable):
        go_on()
    appender.close()
    assert path.stat().st_size == ALONE + HANDED


def test_a_disk_that_refuses_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "growing").touch()
    descriptor = os.open(tmp_path / "growing", os.O_RDONLY)
    with pytest.raises(StoreError):
        Appender(descriptor, nothing).append(b"x")
    appender = Appender(descriptor, nothing)
    appender.append(b"x" * 2 * ALONE)
    with pytest.raises(StoreError):
        appender.digest()
    os.close(descriptor)


def test_no_more_waits_for_the_disk_than_the_limit(descriptor: int) -> None:
    may_go_on, taken = threading.Event(), []

    def slow(size: int) -> None:
        if size > ALONE:
            may_go_on.wait()

    appender = Appender(descriptor, slow)

    def feed() -> None:
        appender.append(b"x" * ALONE)
        for number in range(20):
            appender.append(b"x" * HANDED)
            taken.append(number)

    feeder = threading.Thread(target=feed)
    feeder.start()
    while len(taken) < HANDED_TIMES:
        time.sleep(0.001)
    time.sleep(0.05)
    assert len(taken) == HANDED_TIMES
    may_go_on.set()
    feeder.join()
    assert appender.digest() == sha256(b"x" * (ALONE + 20 * HANDED))


def test_an_upload_is_written_and_hashed_in_a_second_thread(store: Store) -> None:
    content = os.urandom(70_000)
    with store.incoming() as upload:
        for at in range(0, len(content), 3000):
            upload.write(content[at : at + 3000])
        assert threads() == 1
        assert upload.digest() == sha256(content)
        assert upload.path.read_bytes() == content
        upload.make_durable()


def test_an_upload_that_is_given_up_leaves_no_thread_behind(store: Store) -> None:
    def cut_off() -> None:
        with store.incoming() as upload:
            for _ in range(7):
                upload.write(bytes(10_000))
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        cut_off()
    assert threads() == 0


def test_an_upload_that_is_durable_is_whole_without_being_asked_for_its_digest(store: Store) -> None:
    with store.incoming() as upload:
        for _ in range(7):
            upload.write(bytes(10_000))
        upload.make_durable()
        assert upload.path.stat().st_size == 70_000
