"""Signed texts: every vector, what may be signed, who counts as a signer."""

from __future__ import annotations

import base64
import hashlib
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.errors import FormatError, KhomoError, SignatureError
from keys.sealing.limits import NOTE_BYTES, NOTE_SIGNATURES
from keys.sealing.notes import (
    SigningKey,
    VerifyKey,
    add_signature,
    open_document,
    sign,
    sign_document,
    signature_line,
    signed_size,
    signed_text,
    verify,
)
from tests.keys.sealing import note_forge
from tests.keys.sealing.signers import DESK, LEAD, NAMESAKE, REVIEWER, SERVER, STRANGER
from tests.keys.sealing.vectors import VECTORS, stored, vectors

if TYPE_CHECKING:
    from pathlib import Path

TEXT = note_forge.TEXT
GOOD = note_forge.GOOD


def test_the_vectors_are_what_the_forge_makes() -> None:
    assert stored("signed-texts") == note_forge.make()


@vectors("signed-texts", "accept")
def test_good_notes_are_accepted(path: Path) -> None:
    verified = verify(path.read_bytes(), [DESK.verify_key])
    assert verified.signers == (DESK.verify_key,)
    assert verified.text.encode() == signed_text(path.read_bytes())


@vectors("signed-texts", "signature")
def test_wrong_signatures_are_refused(path: Path) -> None:
    with pytest.raises(SignatureError):
        verify(path.read_bytes(), [DESK.verify_key])


@vectors("signed-texts", "format")
def test_malformed_notes_are_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        verify(path.read_bytes(), [DESK.verify_key])


@vectors("signed-texts", "accept-document")
def test_good_documents_are_accepted(path: Path) -> None:
    _, signers = open_document(path.read_bytes(), "example", 1, [DESK.verify_key])
    assert signers == (DESK.verify_key,)


@vectors("signed-texts", "document")
def test_signed_texts_that_are_not_this_document_are_refused(path: Path) -> None:
    verify(path.read_bytes(), [DESK.verify_key])
    with pytest.raises(FormatError):
        open_document(path.read_bytes(), "example", 1, [DESK.verify_key])


REFERENCE_KEYS = {
    "c2sp-example": "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "go-sumdb-note": "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
}


@vectors("signed-texts-reference", "accept")
def test_notes_and_keys_of_the_specification_and_of_the_go_package_are_accepted(path: Path) -> None:
    key = VerifyKey.parse(REFERENCE_KEYS[path.stem])
    assert str(key) == REFERENCE_KEYS[path.stem]
    assert verify(path.read_bytes(), [key]).signers == (key,)


@vectors("signed-texts-reference", "parse")
def test_the_verse_of_the_specification_is_cut_at_its_last_empty_line(path: Path) -> None:
    """Its key is not published."""
    assert signed_text(path.read_bytes()).endswith("sole:\n\ned è subito sera.\n".encode())
    with pytest.raises(SignatureError, match="No accepted key"):
        verify(path.read_bytes(), [DESK.verify_key])


def test_our_signature_is_the_one_of_the_go_package() -> None:
    key = SigningKey.from_seed("PeterNeumann", base64.b64decode("gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM="))
    note = (VECTORS / "signed-texts-reference/accept/go-sumdb-note.note").read_bytes()
    assert str(key.verify_key) == REFERENCE_KEYS["go-sumdb-note"]
    assert sign(signed_text(note).decode(), [key]) == note


def test_a_threshold_counts_different_keys() -> None:
    accepted = [DESK.verify_key, REVIEWER.verify_key, LEAD.verify_key]
    two = sign(TEXT, [LEAD, DESK])
    assert verify(two, accepted, 2).signers == (DESK.verify_key, LEAD.verify_key)
    with pytest.raises(SignatureError, match="Fewer than 3"):
        verify(two, accepted, 3)
    with pytest.raises(SignatureError, match="Fewer than 2"):
        verify(sign(TEXT, [DESK, DESK]), accepted, 2)


def test_one_key_under_two_names_counts_once() -> None:
    alias = SigningKey.from_seed("example.org/alias", DESK.expose_seed())
    with pytest.raises(SignatureError):
        verify(sign(TEXT, [DESK, alias]), [DESK.verify_key, alias.verify_key], 2)


def test_keys_of_one_name_are_told_apart() -> None:
    note = sign(TEXT, [NAMESAKE, DESK])
    assert verify(note, [NAMESAKE.verify_key, DESK.verify_key], 2).signers == (NAMESAKE.verify_key, DESK.verify_key)


def test_asking_for_no_signature_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no signature"):
        verify(GOOD, [DESK.verify_key], 0)


def test_a_signature_is_added_once() -> None:
    both = add_signature(GOOD, SERVER)
    assert verify(both, [SERVER.verify_key]).signers == (SERVER.verify_key,)
    assert add_signature(both, SERVER) == both == sign(TEXT, [DESK, SERVER])


def test_a_note_over_the_limit_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(GOOD) < NOTE_BYTES
    monkeypatch.setattr("keys.sealing.notes.NOTE_BYTES", len(GOOD) - 1)
    with pytest.raises(FormatError, match="too large"):
        verify(GOOD, [DESK.verify_key])


def test_as_many_signatures_as_the_limit_says_are_read_and_no_more() -> None:
    others = [SigningKey.generate("example.org/witness") for _ in range(NOTE_SIGNATURES - 1)]
    full = sign(TEXT, [*others, DESK])
    assert verify(full, [DESK.verify_key]).signers == (DESK.verify_key,)
    with pytest.raises(FormatError, match="too many signatures"):
        verify(add_signature(full, STRANGER), [DESK.verify_key])


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "return\r\n", "nul\0\n"])
def test_texts_that_a_note_cannot_hold_are_not_signed(text: str) -> None:
    with pytest.raises(FormatError):
        sign(text, [DESK])


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "S"])), st.integers(1, 3))
def test_the_size_of_a_signed_text_is_known_before_it_is_signed(text: str, count: int) -> None:
    keys = [DESK, REVIEWER, SERVER][:count]
    assert signed_size(text + "\n", keys) == len(sign(text + "\n", keys))


def test_the_line_of_one_signer_is_taken_out_of_a_note_as_it_stands() -> None:
    note = sign(TEXT, [DESK, REVIEWER])
    lines = note.splitlines(keepends=True)[-2:]
    assert [signature_line(note, key.verify_key) for key in (DESK, REVIEWER)] == lines


def test_nothing_is_signed_by_nobody() -> None:
    with pytest.raises(FormatError):
        sign(TEXT, [])


def test_a_surrogate_is_not_signed() -> None:
    with pytest.raises(FormatError):
        sign_document("example", 1, {"a": "\ud800"}, [DESK])


@pytest.mark.parametrize("kind", ["", "Example", "two words", "a/b", "a\nb"])
def test_a_kind_cannot_be_mistaken_for_another_first_line(kind: str) -> None:
    with pytest.raises(ValueError, match="kind"):
        sign_document(kind, 1, {}, [DESK])


def key_text(name: str, blob: bytes) -> str:
    """Write a verifier key whose id is right, whatever else is wrong."""
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + blob[1:]).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(blob).decode()}"


BAD_KEYS = {
    "empty": "",
    "only a name": "example.org/desk",
    "no id": f"example.org/desk+{str(DESK.verify_key).split('+', 2)[2]}",
    "another id": str(DESK.verify_key).replace(DESK.verify_key.key_id.hex(), "00000000"),
    "id in capitals": str(DESK.verify_key).replace(DESK.verify_key.key_id.hex(), DESK.verify_key.key_id.hex().upper()),
    "another name": str(DESK.verify_key).replace("desk", "desc"),
    "space in the name": str(DESK.verify_key).replace("/desk", " desk"),
    "space in the name, right id": key_text("a b", bytes([1]) + DESK.verify_key.public),
    "another algorithm": key_text("a", bytes([2]) + bytes(32)),
    "no key": key_text("a", bytes([1])),
    "short key": key_text("a", bytes([1]) + bytes(31)),
    "long key": key_text("a", bytes([1]) + bytes(33)),
    "not base64": "a+00000000+????",
    "not ASCII": "a+00000000+\u0661",
    "newline after it": f"{DESK.verify_key}\n",
}


@pytest.mark.parametrize("text", BAD_KEYS.values(), ids=BAD_KEYS)
def test_malformed_verifier_keys_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        VerifyKey.parse(text)


def test_a_verifier_key_with_a_right_id_is_read() -> None:
    assert VerifyKey.parse(key_text("a", bytes([1]) + DESK.verify_key.public)) == VerifyKey("a", DESK.verify_key.public)


def test_a_key_that_is_no_curve_point_verifies_nothing() -> None:
    weak = VerifyKey("weak", bytes(32))
    with pytest.raises(SignatureError):
        weak.check(b"text", bytes(64))


def test_a_signing_key_survives_its_seed() -> None:
    key = SigningKey.generate("example.org/new")
    assert SigningKey.from_seed(key.name, key.expose_seed()).verify_key == key.verify_key
    assert key.verify_key != SigningKey.generate("example.org/new").verify_key


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(FormatError):
        SigningKey.from_seed("a", bytes(size))


def test_a_signing_key_prints_and_pickles_without_its_secret() -> None:
    assert repr(DESK) == str(DESK) == "SigningKey(example.org/desk)"
    assert repr(DESK.verify_key) == f"VerifyKey({DESK.verify_key})"
    with pytest.raises(TypeError):
        pickle.dumps(DESK)


def test_fingerprints_are_ten_words_and_eight_groups() -> None:
    """Written down once: people compare them with paper."""
    assert (
        DESK.verify_key.fingerprint_words()
        == "tapestry caucus observant unwell shimmer geriatric rebound decade sublet mushily"
    )
    assert DESK.verify_key.fingerprint_hex() == "028f c501 78a9 07b4 e085 dbe3 c235 e0ab"
    assert STRANGER.verify_key.fingerprint_hex() != DESK.verify_key.fingerprint_hex()


text_lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[chr(i) for i in range(32)]))
texts = st.lists(text_lines).map(lambda lines: "\n".join(lines) + "\n")


@settings(deadline=None)
@given(texts)
def test_any_text_comes_back_from_its_note(text: str) -> None:
    verified = verify(sign(text, [DESK, SERVER]), [SERVER.verify_key, DESK.verify_key], 2)
    assert verified.text == text


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_an_explanation(data: bytes) -> None:
    with pytest.raises(KhomoError):
        verify(data, [DESK.verify_key])


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_byte_of_a_note_can_change(position: int, change: int) -> None:
    changed = bytearray(GOOD)
    changed[position] ^= change
    with pytest.raises(KhomoError):
        verify(bytes(changed), [DESK.verify_key])
