from __future__ import annotations

import io
import os
import secrets
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import AgeError, OpeningReader, PayloadError, SeekableOpening, X25519Identity, seal
from keys.sealing.limits import AGE_CHUNK

IDENTITY = X25519Identity.generate()
RECIPIENTS = [IDENTITY.recipient()]
PLAINTEXT = secrets.token_bytes(3 * AGE_CHUNK + 77)
SEALED = seal(PLAINTEXT, RECIPIENTS)
EDGES = (0, 1, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1, 2 * AGE_CHUNK, 2 * AGE_CHUNK + 1)


def seekable(sealed: bytes) -> SeekableOpening:
    return SeekableOpening(io.BytesIO(sealed), [IDENTITY])


@pytest.mark.parametrize("size", EDGES)
def test_seeking_and_streaming_give_the_same(size: int) -> None:
    sealed = seal(PLAINTEXT[:size], RECIPIENTS)
    opened = seekable(sealed)
    assert opened.size == size
    assert opened.read() == OpeningReader(io.BytesIO(sealed), [IDENTITY]).read() == PLAINTEXT[:size]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, len(PLAINTEXT) + 100), st.integers(0, 150_000)), min_size=1, max_size=6))
def test_reads_anywhere_equal_the_plaintext_there(reads: list[tuple[int, int]]) -> None:
    file = io.BufferedReader(seekable(SEALED))
    for place, length in reads:
        assert file.seek(place) == place
        assert file.read(length) == PLAINTEXT[place : place + length]
        assert file.tell() == max(place, min(place + length, len(PLAINTEXT)))


def test_it_is_a_readable_seekable_file_that_cannot_be_written() -> None:
    opened = seekable(SEALED)
    assert (opened.readable(), opened.seekable(), opened.writable()) == (True, True, False)
    assert opened.seek(-7, os.SEEK_END) == len(PLAINTEXT) - 7
    assert opened.read(3) == PLAINTEXT[-7:-4]
    assert opened.seek(-1, os.SEEK_CUR) == opened.tell() == len(PLAINTEXT) - 5
    with pytest.raises(AgeError, match="before the beginning"):
        opened.seek(-1)


def test_a_file_that_begins_elsewhere_in_its_source_is_read_from_there() -> None:
    source = io.BytesIO(b"front" + SEALED)
    source.seek(5)
    opened = SeekableOpening(source, [IDENTITY])
    opened.seek(AGE_CHUNK + 3)
    assert opened.read(10) == PLAINTEXT[AGE_CHUNK + 3 : AGE_CHUNK + 13]


def test_an_archive_reads_its_directory_without_opening_the_rest() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("a", PLAINTEXT)
        writing.writestr("b", b"small")
    with zipfile.ZipFile(io.BufferedReader(seekable(seal(archive.getvalue(), RECIPIENTS)))) as reading:
        assert reading.namelist() == ["a", "b"]
        assert reading.read("b") == b"small"
        assert reading.read("a") == PLAINTEXT


@settings(deadline=None, max_examples=60)
@given(st.integers(len(SEALED) - len(PLAINTEXT) - 64, len(SEALED) - 1))
def test_a_damaged_chunk_is_never_read_and_the_others_are(place: int) -> None:
    damaged = bytearray(SEALED)
    damaged[place] ^= 1
    bad = (place - (len(SEALED) - len(PLAINTEXT) - 64)) // (AGE_CHUNK + 16)
    if bad == 3:
        with pytest.raises(PayloadError):
            seekable(bytes(damaged))
        return
    opened = seekable(bytes(damaged))
    for number in range(4):
        opened.seek(number * AGE_CHUNK)
        if number == bad:
            with pytest.raises(PayloadError):
                opened.read(1)
        else:
            assert opened.read(1) == PLAINTEXT[number * AGE_CHUNK :][:1]


def test_a_source_that_shrinks_meanwhile_raises() -> None:
    source = io.BytesIO(SEALED)
    opened = SeekableOpening(source, [IDENTITY])
    source.truncate(len(SEALED) - len(PLAINTEXT))
    with pytest.raises(PayloadError):
        opened.read(1)
