"""The public age test kit: every vector, its class of failure, and what was given out before the failure."""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO

import pytest

from keys.sealing.age import (
    AgeError,
    ArmorError,
    ArmorReader,
    ArmorWriter,
    HeaderError,
    HmacError,
    Identity,
    NoMatchError,
    OpeningReader,
    PayloadError,
    ScryptIdentity,
    SeekableOpening,
    dearmored,
    parse_identities,
    read_header,
)
from keys.sealing.age.header import mac_input, mac_line
from tests.keys.sealing.age.kit import Vector, load_kit

VECTORS = load_kit()
CLASSES = {
    HeaderError: "header failure",
    NoMatchError: "no match",
    HmacError: "HMAC failure",
    ArmorError: "armor failure",
    PayloadError: "payload failure",
}

by_name = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


def identities_of(vector: Vector) -> list[Identity]:
    found: list[Identity] = [identity for text in vector.identities for identity in parse_identities(text)]
    return found + [ScryptIdentity(passphrase) for passphrase in vector.passphrases]


def source_of(vector: Vector) -> BinaryIO:
    file = io.BytesIO(vector.file)
    return ArmorReader(file) if vector.armored else file


def judge(vector: Vector, source: BinaryIO) -> tuple[str, bytes]:
    """Open a file to its end; return the class of the result and all that was given out."""
    given = bytearray()
    try:
        for chunk in OpeningReader(source, identities_of(vector)):
            given += chunk
    except AgeError as error:
        return CLASSES[type(error)], bytes(given)
    return "success", bytes(given)


def test_the_kit_has_all_143_vectors() -> None:
    assert len(VECTORS) == 143
    assert len({vector.name for vector in VECTORS}) == 143


@by_name
def test_each_vector_ends_in_its_class_and_gives_out_exactly_its_payload(vector: Vector) -> None:
    result, given = judge(vector, source_of(vector))
    assert result == vector.expect
    if vector.payload is not None:
        assert hashlib.sha256(given).hexdigest() == vector.payload


@by_name
def test_seeking_succeeds_and_fails_with_the_same_vectors(vector: Vector) -> None:
    try:
        opened = SeekableOpening(io.BytesIO(source_of(vector).read()), identities_of(vector)).read()
    except AgeError as error:
        result = CLASSES[type(error)]
    else:
        result = "success"
        assert hashlib.sha256(opened).hexdigest() == vector.payload
    assert result == vector.expect


@by_name
def test_armor_is_detected_where_a_vector_has_it(vector: Vector) -> None:
    if vector.expect != "armor failure":
        detected, _ = judge(vector, dearmored(io.BytesIO(vector.file)))
        assert detected == vector.expect


@by_name
def test_every_header_that_reads_is_written_again_byte_for_byte(vector: Vector) -> None:
    if vector.expect in {"header failure", "armor failure"}:
        return
    header = read_header(source_of(vector))
    assert mac_input(header.stanzas) + mac_line(header.mac) == source_of(vector).read(header.length)


@by_name
def test_armor_that_reads_is_written_again_in_the_one_form(vector: Vector) -> None:
    if not vector.armored or vector.expect == "armor failure":
        return
    pieces: list[bytes] = []
    writer = ArmorWriter(pieces.append)
    writer.write(source_of(vector).read())
    writer.finish()
    assert b"".join(pieces).strip() == vector.file.strip().replace(b"\r\n", b"\n")
