"""The reader of OpenPGP: for whom a message is, which key a key is, and nothing but its own errors else."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.openpgp_armor import Label, NotEncryptedError, OpenPgpArmorError, OpenPgpError, dearmored_whole
from keys.sealing.openpgp_packets import (
    HIDDEN,
    MessageHead,
    OpenPgpPacketError,
    OutdatedError,
    Protection,
    Reader,
    key_id,
    looks_like_openpgp,
    packets,
    read_head,
    read_public_key,
)
from tests.keys.sealing import openpgp_forge
from tests.keys.sealing.openpgp_forge import armored, desk_fingerprint, stored_bytes
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.openpgp_packets import PublicKey


def public_key(name: str) -> PublicKey:
    return read_public_key(stored_bytes(f"keys/{name}.asc").decode())


DESK, OTHER = public_key("desk"), public_key("other")
(OTHER_FINGERPRINT,) = OTHER.opening
FOR_DESK, FOR_OTHER = Reader(3, key_id(desk_fingerprint())), Reader(3, key_id(OTHER_FINGERPRINT))
HIDDEN_READER = Reader(3, HIDDEN)

MADE_BY_GPG = {
    "for-the-desk.gpg": ((FOR_DESK,), 0),
    "for-the-desk.asc": ((FOR_DESK,), 0),
    "for-the-desk-with-headers.asc": ((FOR_DESK,), 0),
    "for-somebody-else.gpg": ((FOR_OTHER,), 0),
    "for-two.gpg": ((FOR_DESK, FOR_OTHER), 0),
    "also-for-oneself.gpg": ((FOR_DESK, FOR_OTHER), 0),
    "also-with-a-passphrase.gpg": ((FOR_DESK,), 1),
    "with-a-passphrase.gpg": ((), 1),
    "hidden.gpg": ((HIDDEN_READER,), 0),
    "also-hidden.gpg": ((FOR_DESK, HIDDEN_READER), 0),
    "signed-too.gpg": ((FOR_DESK,), 0),
    "in-parts.gpg": ((FOR_DESK,), 0),
}
NOT_ENCRYPTED = {"signed-only.gpg", "signed-only.asc", "signed-in-clear.asc", "signature.gpg", "packed-only.gpg"}


def test_the_vectors_are_what_the_forge_makes() -> None:
    kept = stored("openpgp")
    made = openpgp_forge.make()
    assert {name: data for name, data in kept.items() if name.split("/")[0] not in {"gpg", "keys"}} == made
    assert {name.removeprefix("gpg/") for name in kept if name.startswith("gpg/")} == {*MADE_BY_GPG, *NOT_ENCRYPTED}


@pytest.mark.parametrize("name", MADE_BY_GPG)
def test_what_gnupg_writes_says_who_can_read_it(name: str) -> None:
    readers, passphrases = MADE_BY_GPG[name]
    found = read_head(stored_bytes(f"gpg/{name}"))
    assert set(found.readers) == set(readers)
    assert len(found.readers) == len(readers)
    assert (found.passphrases, found.protection) == (passphrases, Protection.SEIPD1)


@vectors("openpgp", "accept")
def test_every_way_to_write_a_message_is_read(path: Path) -> None:
    found = read_head(path.read_bytes())
    if path.stem == "most-readers":
        assert found == MessageHead((FOR_DESK,) * 32, 0, Protection.SEIPD1)
    elif path.stem.startswith("version-6"):
        assert found.protection is Protection.SEIPD2
        (reader,) = found.readers
        expected = {
            "version-6": Reader(6, key_id(desk_fingerprint()), desk_fingerprint()),
            "version-6-hidden": Reader(6, HIDDEN),
            "version-6-with-a-key-of-version-6": Reader(6, bytes(range(8)), bytes(range(32))),
        }
        assert reader == expected[path.stem]
    else:
        protection = Protection.OCB if path.stem.startswith("ocb") else Protection.SEIPD1
        assert found == MessageHead((FOR_DESK,), 0, protection)


@vectors("openpgp", "armor")
def test_malformed_armor_is_refused_as_such(path: Path) -> None:
    with pytest.raises(OpenPgpError) as caught:
        read_head(path.read_bytes())
    if looks_like_openpgp(path.read_bytes()) and path.stem != "label-in-small-letters":
        assert type(caught.value) is OpenPgpArmorError


@pytest.mark.parametrize(
    ("line", "why"), [("A" * 77, "too long"), ("A" * 76, "ends early"), ("A", "not base64"), ("", "or empty")]
)
def test_lines_of_armor_have_one_to_76_columns(line: str, why: str) -> None:
    text = f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{line}\n".encode()
    with pytest.raises(OpenPgpArmorError, match=why):
        dearmored_whole(text, Label.PUBLIC_KEY)


@vectors("openpgp", "packet")
def test_malformed_packets_are_refused_as_such(path: Path) -> None:
    with pytest.raises(OpenPgpError) as caught:
        read_head(path.read_bytes())
    assert type(caught.value) is OpenPgpPacketError


@vectors("openpgp", "not-encrypted")
def test_openpgp_that_is_no_sealed_message_is_called_that(path: Path) -> None:
    with pytest.raises(NotEncryptedError):
        read_head(path.read_bytes())


@vectors("openpgp", "outdated")
def test_encryption_without_integrity_is_refused_as_such(path: Path) -> None:
    with pytest.raises(OutdatedError):
        read_head(path.read_bytes())


def test_a_reader_is_compared_with_a_key() -> None:
    assert DESK.reads(FOR_DESK)
    assert not DESK.reads(FOR_OTHER)
    assert not DESK.reads(HIDDEN_READER)
    assert HIDDEN_READER.hidden
    assert not FOR_DESK.hidden
    assert DESK.reads(Reader(6, key_id(desk_fingerprint()), desk_fingerprint()))
    assert not DESK.reads(Reader(6, key_id(desk_fingerprint()), OTHER_FINGERPRINT))
    primary = Reader(3, bytes.fromhex(DESK.fingerprint)[-8:])
    assert not DESK.reads(primary), "the primary key certifies, and opens nothing"


def test_a_key_s_fingerprint_is_the_one_that_gnupg_shows() -> None:
    assert len(DESK.fingerprint) == 40
    secret = dearmored_whole(stored_bytes("keys/desk-secret.asc"), Label.SECRET_KEY)
    made_of = dearmored_whole(stored_bytes("keys/desk.asc"), Label.PUBLIC_KEY)
    assert [packet.tag for packet in packets(made_of)] == [6, 13, 2, 14, 2]
    assert [packet.tag for packet in packets(secret)] == [5, 13, 2, 7, 2]


@vectors("openpgp", "key-accept")
def test_public_keys_that_open_something_are_read(path: Path) -> None:
    found = read_public_key(path.read_text())
    assert len(found.opening) == 1
    assert len(found.fingerprint) == (64 if path.stem == "of-version-6" else 40)
    assert (path.stem == "of-two-parts") == (found == DESK)


@vectors("openpgp", "key-refuse")
def test_what_is_not_one_public_key_that_opens_something_is_refused(path: Path) -> None:
    with pytest.raises(OpenPgpError):
        read_public_key(path.read_bytes().decode("latin-1"))


@pytest.mark.parametrize("text", ["\ud800", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n\ud800\n", "باب"])
def test_a_key_in_any_text_is_refused_in_its_own_words(text: str) -> None:
    with pytest.raises(OpenPgpError):
        read_public_key(text)


def test_only_what_can_be_openpgp_looks_like_it() -> None:
    assert looks_like_openpgp(stored_bytes("gpg/for-the-desk.gpg"))
    assert looks_like_openpgp(b"\n" + stored_bytes("gpg/for-the-desk.asc"))
    for other in (b"", b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"%PDF"):
        assert not looks_like_openpgp(other)


def test_a_head_takes_no_more_memory_than_a_few_times_its_size() -> None:
    hostile = armored(b"\xc1\xff\xff\xff\xff\xff" + bytes(90_000))
    tracemalloc.start()
    with pytest.raises(OpenPgpPacketError):
        read_head(hostile)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * len(hostile)


GOOD = [stored_bytes(f"gpg/{name}") for name in MADE_BY_GPG]


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_refused_in_its_own_words(data: bytes) -> None:
    for beginning in (b"", b"\xc1", b"\x85", b"-----BEGIN PGP MESSAGE-----\n\n"):
        try:
            read_head(beginning + data)
        except OpenPgpError:
            continue


@given(st.sampled_from(GOOD), st.data())
def test_a_damaged_message_is_a_message_or_refused_in_its_own_words(good: bytes, data: st.DataObject) -> None:
    changed = bytearray(good[:300])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_head(bytes(changed))
    except OpenPgpError:
        return


@given(st.sampled_from(GOOD), st.integers(0, 299))
def test_the_beginning_of_a_message_never_says_anything_else_than_the_whole(good: bytes, length: int) -> None:
    try:
        found = read_head(good[:length])
    except OpenPgpError:
        return
    assert found == read_head(good)


@given(st.one_of(st.binary(max_size=300), st.sampled_from([stored_bytes("keys/desk.asc")])), st.data())
def test_any_bytes_are_a_key_or_refused_in_its_own_words(key: bytes, data: st.DataObject) -> None:
    changed = bytearray(key or b"\0")
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    for text in (changed.decode("latin-1"), armored(bytes(changed), Label.PUBLIC_KEY).decode()):
        try:
            read_public_key(text)
        except OpenPgpError:
            continue
