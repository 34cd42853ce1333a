from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import HYBRID_HEADER_BYTES, HeaderError, HybridIdentity, Stanza, read_header, seal
from keys.sealing.age.header import HEADER_LIMIT, mac_input, mac_line

ARGUMENTS = st.text([chr(code) for code in range(0x21, 0x7F)], min_size=1, max_size=70)
STANZAS = st.builds(Stanza, ARGUMENTS, st.lists(ARGUMENTS, max_size=3).map(tuple), st.binary(max_size=200))


def written(stanzas: list[Stanza], mac: bytes = bytes(32)) -> bytes:
    return mac_input(stanzas) + mac_line(mac)


@settings(deadline=None, max_examples=60)
@given(st.lists(STANZAS, min_size=1, max_size=4), st.binary(min_size=32, max_size=32), st.binary(max_size=50))
def test_a_header_is_read_as_written_and_the_source_stands_behind_it(
    stanzas: list[Stanza], mac: bytes, payload: bytes
) -> None:
    raw = written(stanzas, mac)
    source = io.BytesIO(raw + payload)
    header = read_header(source)
    assert (header.stanzas, header.mac, header.length) == (tuple(stanzas), mac, len(raw))
    assert source.read() == payload


@settings(deadline=None, max_examples=200)
@given(st.lists(STANZAS, min_size=1, max_size=2), st.data())
def test_a_header_with_one_byte_changed_is_refused_or_is_another_canonical_header(
    stanzas: list[Stanza], data: st.DataObject
) -> None:
    raw = bytearray(written(stanzas))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        header = read_header(io.BytesIO(raw))
    except HeaderError:
        return
    assert written(list(header.stanzas), header.mac) == bytes(raw[: header.length])


@settings(deadline=None, max_examples=60)
@given(st.lists(STANZAS, min_size=1, max_size=2), st.data())
def test_a_truncated_header_is_refused(stanzas: list[Stanza], data: st.DataObject) -> None:
    raw = written(stanzas)
    with pytest.raises(HeaderError):
        read_header(io.BytesIO(raw[: data.draw(st.integers(0, len(raw) - 1))]))


@pytest.mark.parametrize(
    "raw",
    [
        b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v2\n-> X\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> \n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> X\x7f\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> \xff\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> X\n\n--- " + b"A" * 44 + b"\n",
        b"age-encryption.org/v1\n-> X\n\n---  " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> X\n\n" + b"A" * 43 + b"\n",
    ],
    ids=["no stanza", "version", "no kind", "control", "not ascii", "mac length", "mac space", "no dashes"],
)
def test_other_defects_are_refused(raw: bytes) -> None:
    with pytest.raises(HeaderError):
        read_header(io.BytesIO(raw))


def test_an_endless_header_is_read_up_to_the_limit_only() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            view = memoryview(buffer)  # type: ignore[arg-type]
            view[:] = b"A" * len(view)
            self.given += len(view)
            return len(view)

    endless = Endless()
    source = io.BufferedReader(endless)
    with pytest.raises(HeaderError, match="ends early"):
        read_header(source)
    assert endless.given < 2 * HEADER_LIMIT


@pytest.mark.parametrize("size", [0, 1, 46, 47, 48, 49, 95, 96, 97])
def test_a_body_ends_with_a_short_line_whatever_its_length(size: int) -> None:
    """A body of 47 bytes has a line of 63 columns, one of 48 a full line and an empty one (C2SP age, "Stanza")."""
    body = bytes(range(size))
    stanza = Stanza("X", (), body)
    *full, last, end = stanza.to_bytes().decode().split("\n")[1:]
    assert end == ""
    assert all(len(line) == 64 for line in full)
    assert len(last) < 64
    assert read_header(io.BytesIO(written([stanza]))).stanzas[0].body == body


def test_a_header_of_many_lines_is_read_up_to_the_limit_only() -> None:
    class Counting(io.BytesIO):
        given = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            self.given += len(line)
            return line

    stanza = Stanza("X", (), bytes(30_000))
    source = Counting(written([stanza] * 60))
    with pytest.raises(HeaderError, match="ends early"):
        read_header(source)
    assert source.given == HEADER_LIMIT


def test_every_header_with_one_hybrid_stanza_has_the_same_length() -> None:
    for _ in range(5):
        sealed = seal(b"", [HybridIdentity.generate().recipient()])
        assert read_header(io.BytesIO(sealed)).length == HYBRID_HEADER_BYTES == 1627
