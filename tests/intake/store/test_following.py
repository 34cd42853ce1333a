from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.store import StoreUnusable, following
from intake.store.following import FollowingHash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from intake.store import Incoming, Store

START = 10_000


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FOLLOW_FROM_BYTES", START)
    monkeypatch.setattr(following, "FOLLOW_STEP_BYTES", 5000)
    monkeypatch.setattr(following, "FOLLOW_READ_BYTES", 1024)


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "growing", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def threads() -> int:
    return sum(thread.name == "khomo-digest" for thread in threading.enumerate())


def append(descriptor: int, digest: FollowingHash, data: bytes) -> None:
    os.write(descriptor, data)
    digest.update(data)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 9000), max_size=20))
def test_the_digest_is_that_of_the_content_whatever_the_pieces(sizes: list[int]) -> None:
    descriptor = os.memfd_create("growing")
    digest, expected = FollowingHash(descriptor), hashlib.sha256()
    for size in sizes:
        data = os.urandom(size)
        append(descriptor, digest, data)
        expected.update(data)
    assert digest.hexdigest() == expected.hexdigest()
    assert threads() == 0
    os.close(descriptor)


def test_a_digest_can_be_read_and_the_file_go_on(descriptor: int) -> None:
    digest, expected = FollowingHash(descriptor), hashlib.sha256()
    for _ in range(4):
        for _ in range(7):
            append(descriptor, digest, b"x" * 1999)
            expected.update(b"x" * 1999)
        assert digest.hexdigest() == expected.hexdigest()
        assert digest.hexdigest() == expected.hexdigest()


def test_a_small_file_starts_no_thread(descriptor: int) -> None:
    digest = FollowingHash(descriptor)
    append(descriptor, digest, b"x" * START)
    assert threads() == 0
    append(descriptor, digest, b"x")
    assert threads() == 1
    digest.close()
    assert threads() == 0


def test_where_no_thread_can_be_had_the_writer_goes_on_alone(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    digest = FollowingHash(descriptor)
    for _ in range(20):
        append(descriptor, digest, b"x" * 1000)
    assert digest.hexdigest() == hashlib.sha256(b"x" * 20_000).hexdigest()


def test_a_file_that_became_shorter_has_no_digest(descriptor: int) -> None:
    digest = FollowingHash(descriptor)
    digest.update(b"x" * (2 * START))
    with pytest.raises(StoreUnusable, match="shorter"):
        digest.hexdigest()
    with pytest.raises(StoreUnusable, match="shorter"):
        digest.update(b"x")


def test_a_file_that_cannot_be_read_is_an_error_of_the_store(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "growing", os.O_WRONLY | os.O_CREAT)
    digest = FollowingHash(descriptor)
    append(descriptor, digest, b"x" * (2 * START))
    with pytest.raises(StoreUnusable):
        digest.hexdigest()
    os.close(descriptor)


def test_an_upload_is_hashed_while_it_is_written(store: Store) -> None:
    content = os.urandom(70_000)
    with store.incoming() as upload:
        digest = upload.sha256()
        write(upload, digest, content)
        assert threads() == 1
        assert digest.hexdigest() == hashlib.sha256(content).hexdigest()
        upload.make_durable()


def test_an_upload_that_is_given_up_leaves_no_thread_behind(store: Store) -> None:
    def cut_off() -> None:
        with store.incoming() as upload:
            write(upload, upload.sha256(), bytes(70_000))
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        cut_off()
    assert threads() == 0


def write(upload: Incoming, digest: FollowingHash, content: bytes) -> None:
    for at in range(0, len(content), 3000):
        upload.write(content[at : at + 3000])
        digest.update(content[at : at + 3000])
