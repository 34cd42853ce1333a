from __future__ import annotations

import base64
import io
from typing import BinaryIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keys.sealing.age import ArmorError, ArmorReader, ArmorWriter, OpeningReader, X25519Identity, dearmored, seal
from keys.sealing.age.armor import BEGIN, END


def armored(pieces: list[bytes]) -> bytes:
    out: list[bytes] = []
    writer = ArmorWriter(out.append)
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    return b"".join(out)


def unarmored(text: bytes) -> bytes:
    return ArmorReader(io.BytesIO(text)).read()


class Pipe(io.BytesIO):
    """A source that cannot seek."""

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=200), max_size=5))
@example([bytes(48)])
@example([bytes(47)])
def test_what_was_armored_comes_back_whatever_the_pieces(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    text = armored(pieces)
    assert text == armored([whole])
    assert unarmored(text) == unarmored(text.replace(b"\n", b"\r\n")) == whole
    assert base64.b64decode(b"".join(text.split(b"\n")[1:-2]), validate=True) == whole


@settings(deadline=None, max_examples=100)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_armor_with_one_byte_changed_is_refused_or_means_something_else(data: bytes, draw: st.DataObject) -> None:
    text = bytearray(armored([data]))
    place = draw.draw(st.integers(0, len(text) - 2))
    text[place] = draw.draw(st.integers(0, 255).filter(lambda byte: byte not in {text[place], *b" \r\n\t"}))
    try:
        assert unarmored(bytes(text)) != data
    except ArmorError:
        return


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" \n" * 10,
        b"\n" * 2000 + armored([b"x"]),
        b"hello\n",
        BEGIN + b"\n",
        BEGIN + b"\nQUJD\n",
        BEGIN + b"\nQUJD\nQUJD\n" + END + b"\n",
        BEGIN + b"\nQUJ\n" + END + b"\n",
        BEGIN + b"\nQUI\n" + END + b"\n",
        BEGIN + b"\nQUJ=\n" + END + b"\n",
        BEGIN + b"\n\n" + END + b"\n",
        BEGIN + b"\n" + b"QUJD" * 17 + b"\n" + END + b"\n",
        BEGIN + b"\n" + b"QUJD" * 15 + b"QUI=\nQUJD\n" + END + b"\n",
        BEGIN + b"\nQUJD\n" + END + b"\nx",
        BEGIN + b"\nQUJD\n" + END + b"\n" + b" " * 2000,
        BEGIN + b"\nQUJD\r\r\n" + END + b"\n",
    ],
)
def test_malformed_armor_is_refused_again_and_again(text: bytes) -> None:
    reader = ArmorReader(io.BytesIO(text))
    for _ in range(2):
        with pytest.raises(ArmorError):
            reader.read()


def test_white_space_around_the_block_is_read_up_to_its_limit() -> None:
    text = armored([b"x"])
    for amount in (1023, 1024):
        assert unarmored(b"\n" * amount + text + b"\n" * amount) == b"x"
    for outside in (b"\n" * 1025 + text, text + b"\n" * 1025):
        with pytest.raises(ArmorError):
            unarmored(outside)


def test_whole_lines_are_given_out_at_once_and_only_the_rest_is_held() -> None:
    out: list[bytes] = []
    writer = ArmorWriter(out.append)
    writer.write(bytes(47))
    assert out[1:] == []
    writer.write(bytes(50))
    assert b"".join(out[1:]) == (base64.b64encode(bytes(48)) + b"\n") * 2
    writer.finish()
    assert unarmored(b"".join(out)) == bytes(97)


@pytest.mark.parametrize("source", [io.BytesIO, Pipe])
def test_armor_is_found_behind_as_much_white_space_as_may_stand_there(source: type[io.BytesIO]) -> None:
    assert dearmored(source(b"\n" * 1024 + armored([b"x"]))).read() == b"x"


@pytest.mark.parametrize("source", [io.BytesIO, Pipe])
def test_armor_is_found_and_anything_else_is_left_as_it_is(source: type[io.BytesIO]) -> None:
    identity = X25519Identity.generate()
    sealed = seal(bytes(5000), [identity.recipient()])
    for form in (sealed, armored([sealed]), b" \r\n\t\n" + armored([sealed])):
        opened: BinaryIO = dearmored(source(form))
        assert OpeningReader(opened, [identity]).read() == bytes(5000)


def test_a_seekable_file_stays_seekable() -> None:
    source = io.BytesIO(b"front" + seal(b"", [X25519Identity.generate().recipient()]))
    source.seek(5)
    assert dearmored(source) is source
    assert source.tell() == 5
