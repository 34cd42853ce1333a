from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import AgeError
from keys.sealing.age.bech32 import _checksum, decode, encode

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
PREFIXES = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=20)


@settings(deadline=None, max_examples=60)
@given(PREFIXES, st.binary(max_size=80))
def test_what_was_written_is_read_in_both_cases(prefix: str, data: bytes) -> None:
    text = encode(prefix, data)
    assert decode(prefix, text) == data
    assert decode(prefix, text.upper()) == data


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_wrong_character_is_noticed(data: bytes, draw: st.DataObject) -> None:
    text = encode("age", data)
    place = draw.draw(st.integers(4, len(text) - 1))
    wrong = draw.draw(st.sampled_from(sorted(set(string.ascii_lowercase + string.digits) - {text[place]})))
    with pytest.raises(AgeError):
        decode("age", text[:place] + wrong + text[place + 1 :])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "begins with"),
        ("age", "begins with"),
        ("age1qqqqq", "begins with"),
        ("other1qqqqqqqq", "begins with"),
        ("age1bqqqqqq", "characters that no key has"),
        ("age1qqqqqqqq", "checksum"),
        ("age1QQQQQQQQ", "mixes"),
    ],
)
def test_texts_that_are_no_keys_are_refused_with_a_reason(text: str, complaint: str) -> None:
    with pytest.raises(AgeError, match=complaint):
        decode("age", text)


@pytest.mark.parametrize("fives", ["q", "l", "ql"])
def test_padding_that_is_not_canonical_is_refused(fives: str) -> None:
    """A whole spare character, or padding bits that are set, behind a checksum that is right."""
    values = [ALPHABET.index(five) for five in fives]
    checksum = _checksum("age", [*values, *bytes(6)]) ^ 1
    text = f"age1{fives}{''.join(ALPHABET[checksum >> shift & 31] for shift in range(25, -1, -5))}"
    with pytest.raises(AgeError, match="canonically"):
        decode("age", text)


@pytest.mark.parametrize("length", [0, 1, 4, 5, 32, 1216])
def test_checksums_made_at_once_are_those_made_step_by_step(length: int) -> None:
    data = random.Random(length).randbytes(length)
    assert decode("age1pq", encode("age1pq", data)) == data


def test_no_complaint_ever_repeats_the_key() -> None:
    secret = encode("age-secret-key-", bytes(range(32))).upper()
    for damaged in (secret[:-1] + "Q", secret[:-1] + "b", secret.replace("1", "B"), secret + "!"):
        with pytest.raises(AgeError) as caught:
            decode("age-secret-key-", damaged)
        assert secret[20:30] not in str(caught.value)
