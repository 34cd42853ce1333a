from __future__ import annotations

import io
import itertools
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keys.sealing.age import (
    AgeError,
    HeaderError,
    OpeningReader,
    PayloadError,
    SealingWriter,
    SeekableOpening,
    X25519Identity,
    open_sealed,
    seal,
    sealed_size,
)
from keys.sealing.age.header import read_header
from keys.sealing.limits import AGE_CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IDENTITY = X25519Identity.generate()
RECIPIENTS = [IDENTITY.recipient()]
THREE_CHUNKS = secrets.token_bytes(2 * AGE_CHUNK + 1000)
SEALED = seal(THREE_CHUNKS, RECIPIENTS)
SMALL = seal(b"forty-two bytes of text that nobody may see", RECIPIENTS)
EDGES = (0, 1, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1, 2 * AGE_CHUNK, 2 * AGE_CHUNK + 1)


def opening(sealed: bytes) -> OpeningReader:
    return OpeningReader(io.BytesIO(sealed), [IDENTITY])


def seal_in_pieces(pieces: Iterable[bytes | bytearray | memoryview]) -> bytes:
    out: list[bytes] = []
    writer = SealingWriter(RECIPIENTS, out.append)
    for piece in pieces:
        writer.write(piece)
    assert writer.finish() == sum(map(len, out))
    return b"".join(out)


@contextmanager
def same_randomness() -> Iterator[None]:
    """File key, nonce and ephemeral key come again, so that two files can be compared byte for byte."""
    drawn = itertools.count()
    with (
        patch("secrets.token_bytes", lambda length: bytes([next(drawn)]) * length),
        patch("keys.sealing.age.x25519.X25519PrivateKey") as keys,
    ):
        keys.generate.return_value = IDENTITY._key
        yield


def read_until_error(reader: OpeningReader) -> tuple[bytes, AgeError | None]:
    """Return all that was given out, and the error that ended it."""
    given_out = bytearray()
    try:
        for chunk in reader:
            given_out += chunk
    except PayloadError as error:
        with pytest.raises(PayloadError):
            reader.read()
        return bytes(given_out), error
    return bytes(given_out), None


PLACES = st.lists(st.integers(0, len(THREE_CHUNKS)), max_size=8)


@settings(deadline=None, max_examples=40)
@given(PLACES)
@example([AGE_CHUNK])
@example([0, AGE_CHUNK, 2 * AGE_CHUNK])
@example([AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1])
def test_any_split_of_writes_gives_the_same_file(places: list[int]) -> None:
    edges = [0, *sorted(places), len(THREE_CHUNKS)]
    with same_randomness():
        whole = seal_in_pieces([THREE_CHUNKS])
    with same_randomness():
        pieced = seal_in_pieces(THREE_CHUNKS[start:end] for start, end in itertools.pairwise(edges))
    assert pieced == whole
    assert opening(whole).read() == THREE_CHUNKS


@pytest.mark.parametrize("size", EDGES)
def test_every_edge_of_a_chunk_comes_back_and_has_the_size_foretold(size: int) -> None:
    plaintext = THREE_CHUNKS[:size]
    for sealed in (seal(plaintext, RECIPIENTS), seal_in_pieces(bytes([byte]) for byte in plaintext)):
        assert open_sealed(sealed, [IDENTITY]).expose() == plaintext
        assert len(sealed) == sealed_size(size, read_header(io.BytesIO(sealed)).length)


def test_any_buffer_can_be_written() -> None:
    words = memoryview(bytearray(80_000)).cast("I")
    assert opening(seal_in_pieces([words])).read() == bytes(80_000)
    assert opening(seal_in_pieces([bytearray(b"ab"), b"c"])).read() == b"abc"


def test_a_finished_writer_takes_nothing_more() -> None:
    writer = SealingWriter(RECIPIENTS, lambda _: None)
    writer.finish()
    with pytest.raises(AgeError, match="finished"):
        writer.write(b"more")
    with pytest.raises(AgeError, match="finished"):
        writer.finish()


def test_a_file_that_was_not_finished_does_not_open() -> None:
    out: list[bytes] = []
    SealingWriter(RECIPIENTS, out.append).write(THREE_CHUNKS)
    given_out, error = read_until_error(opening(b"".join(out)))
    assert error is not None
    assert given_out == THREE_CHUNKS[: 2 * AGE_CHUNK]


def test_a_sink_that_failed_once_never_makes_a_file_that_opens() -> None:
    out: list[bytes] = []

    def sink(piece: bytes) -> None:
        if len(out) == 2:
            out.append(b"")
            raise OSError("disk full")
        out.append(piece)

    writer = SealingWriter(RECIPIENTS, sink)
    with pytest.raises(OSError, match="disk full"):
        writer.write(THREE_CHUNKS)
    with pytest.raises(AgeError, match="broken"):
        writer.write(b"more")
    with pytest.raises(AgeError, match="broken"):
        writer.finish()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(SEALED) - 1))
@example(len(SEALED) - 1)
@example(len(SEALED) - 1000 - 16)
@example(len(SEALED) - 1000 - 16 - 65_552)
def test_truncation_anywhere_raises_and_gives_out_whole_verified_chunks_only(length: int) -> None:
    try:
        given_out, error = read_until_error(opening(SEALED[:length]))
    except HeaderError:
        assert length < len(SEALED) - 3 * 16 - len(THREE_CHUNKS)
        return
    assert error is not None
    assert given_out in {b"", THREE_CHUNKS[:AGE_CHUNK], THREE_CHUNKS[: 2 * AGE_CHUNK]}
    with pytest.raises(PayloadError):
        SeekableOpening(io.BytesIO(SEALED[:length]), [IDENTITY])


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(SEALED) * 8 - 1))
def test_a_flipped_bit_anywhere_raises_and_gives_out_whole_verified_chunks_only(place: int) -> None:
    damaged = bytearray(SEALED)
    damaged[place // 8] ^= 1 << place % 8
    try:
        reader = opening(bytes(damaged))
    except AgeError:
        return
    given_out, error = read_until_error(reader)
    assert error is not None
    assert given_out in {b"", THREE_CHUNKS[:AGE_CHUNK], THREE_CHUNKS[: 2 * AGE_CHUNK]}


def test_every_single_bit_of_a_small_file_counts() -> None:
    for place in range(len(SMALL) * 8):
        damaged = bytearray(SMALL)
        damaged[place // 8] ^= 1 << place % 8
        with pytest.raises(AgeError):
            open_sealed(bytes(damaged), [IDENTITY])


def test_every_truncation_of_a_small_file_counts() -> None:
    for length in range(len(SMALL)):
        with pytest.raises(AgeError):
            open_sealed(SMALL[:length], [IDENTITY])


@settings(deadline=None, max_examples=20)
@given(st.binary(min_size=1, max_size=100_000))
def test_bytes_after_the_end_raise(extra: bytes) -> None:
    given_out, error = read_until_error(opening(SEALED + extra))
    assert error is not None
    assert THREE_CHUNKS.startswith(given_out)


def test_swapped_chunks_raise() -> None:
    start = len(SEALED) - len(THREE_CHUNKS) - 3 * 16
    first, second = SEALED[start : start + 65_552], SEALED[start + 65_552 : start + 2 * 65_552]
    swapped = SEALED[:start] + second + first + SEALED[start + 2 * 65_552 :]
    given_out, error = read_until_error(opening(swapped))
    assert (given_out, error is None) == (b"", False)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 100_000), max_size=20))
def test_reads_of_any_sizes_add_up(sizes: list[int]) -> None:
    reader = opening(SEALED)
    pieces = [reader.read(size) for size in sizes]
    left = len(THREE_CHUNKS)
    for piece, size in zip(pieces, sizes, strict=True):
        assert len(piece) == min(size, left)
        left -= len(piece)
    assert b"".join(pieces) + reader.read() == THREE_CHUNKS
    assert reader.read() == reader.read(1) == b""
    assert list(reader) == []


def test_a_source_that_gives_single_bytes_is_read_to_its_end() -> None:
    class Drop(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1))

    assert OpeningReader(Drop(SMALL), [IDENTITY]).read() == open_sealed(SMALL, [IDENTITY]).expose()


def test_a_source_that_gives_small_pieces_opens_too() -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1_000))

    assert OpeningReader(Trickle(SEALED), [IDENTITY]).read() == THREE_CHUNKS
    assert SeekableOpening(Trickle(SEALED), [IDENTITY]).read() == THREE_CHUNKS
    given_out, error = read_until_error(OpeningReader(Trickle(SEALED[:-1]), [IDENTITY]))
    assert (given_out, error is None) == (THREE_CHUNKS[: 2 * AGE_CHUNK], False)
