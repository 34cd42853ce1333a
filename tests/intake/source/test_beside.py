from __future__ import annotations

import hashlib
import os
import threading

import pytest

from intake.source.beside import SinkBeside
from intake.source.limits import CHUNKS_BEFORE_BESIDE, CHUNKS_BESIDE
from intake.store import StoreFull
from keys.sealing.submission_writer import Measured, MeasuringSink


def threads() -> int:
    return sum(thread.name == "khomo-sink" for thread in threading.enumerate())


@pytest.mark.parametrize("count", [0, 1, CHUNKS_BEFORE_BESIDE, CHUNKS_BEFORE_BESIDE + 1, 300])
def test_pieces_are_written_in_order_and_measured_as_one_thread_would(count: int) -> None:
    pieces = [os.urandom(1 + number % 1000) for number in range(count)]
    written: list[bytes] = []
    alone = Measured(lambda _piece: None)
    with SinkBeside(written.append) as sink:
        assert isinstance(sink, MeasuringSink)
        for piece in pieces:
            sink(piece)
            alone(piece)
        assert sink.measured() == alone.measured()
    assert written == pieces
    assert alone.measured() == (len(b"".join(pieces)), hashlib.sha256(b"".join(pieces)).hexdigest())
    assert threads() == 0


def test_a_small_row_starts_no_thread() -> None:
    with SinkBeside(lambda _piece: None) as sink:
        for _ in range(CHUNKS_BEFORE_BESIDE):
            sink(b"x")
        assert threads() == 0
        sink(b"x")
        assert threads() == 1


def test_an_error_of_the_disk_ends_the_upload_soon() -> None:
    written: list[bytes] = []

    def write(piece: bytes) -> None:
        if len(written) == 20:
            raise StoreFull("full")
        written.append(piece)

    def upload() -> None:
        with SinkBeside(write) as sink:
            for number in range(1000):
                sent.append(number)
                sink(b"x")

    sent: list[int] = []
    with pytest.raises(StoreFull):
        upload()
    assert len(written) == 20
    assert len(sent) <= 20 + CHUNKS_BESIDE + 2
    assert threads() == 0


def test_an_error_at_the_last_piece_is_not_lost() -> None:
    def write(piece: bytes) -> None:
        if piece == b"last":
            raise StoreFull("full")

    with SinkBeside(write) as sink:
        for piece in [*[b"x"] * 50, b"last"]:
            sink(piece)
        with pytest.raises(StoreFull):
            sink.measured()


def test_leaving_early_leaves_no_thread_behind() -> None:
    def upload() -> None:
        with SinkBeside(lambda _piece: None) as sink:
            for _ in range(50):
                sink(b"x")
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        upload()
    assert threads() == 0


def test_where_no_thread_can_be_had_the_first_goes_on_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    written: list[bytes] = []
    with SinkBeside(written.append) as sink:
        for _ in range(50):
            sink(b"x")
        assert sink.measured()[0] == len(written) == 50
