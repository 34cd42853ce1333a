from __future__ import annotations

import traceback

import pytest

from keys.sealing.values import ID_BYTES, Codename, Plaintext, new_row_id

SECRET = "hippo"
WORDS = (SECRET, "river")


@pytest.mark.parametrize("secret", [Plaintext(SECRET.encode()), Codename(WORDS)], ids=repr)
def test_secrets_print_as_their_type_only(secret: Plaintext | Codename) -> None:
    printed = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", f"{[secret]}", f"{({'a': secret},)}"]
    assert not any(SECRET in text for text in printed)
    assert repr(secret) == type(secret).__name__


def test_secrets_stay_out_of_tracebacks() -> None:
    plaintext, codename = Plaintext(SECRET.encode()), Codename(WORDS)
    with pytest.raises(ValueError, match="Plaintext") as caught:
        raise ValueError(plaintext, codename)
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert SECRET not in "".join(report.format())


def test_secrets_are_exposed_by_an_explicit_call() -> None:
    assert Plaintext(b"data").expose() == b"data"
    assert Codename(WORDS).expose() == "hippo river"


def test_secrets_compare_by_value_with_their_like() -> None:
    assert Plaintext(b"a") == Plaintext(b"a")
    assert Plaintext(b"a") != Plaintext(b"b")
    assert Plaintext(b"a") != b"a"
    assert Codename(WORDS) == Codename(WORDS)
    assert Codename(WORDS) != Codename(WORDS[::-1])
    assert Codename(WORDS) != "hippo river"


@pytest.mark.parametrize("secret", [Plaintext(b"a"), Codename(WORDS)], ids=repr)
def test_secrets_are_no_dictionary_keys(secret: Plaintext | Codename) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(secret)


@pytest.mark.parametrize("secret", [Plaintext(b"a"), Codename(WORDS)], ids=repr)
def test_secrets_take_no_further_attributes(secret: Plaintext | Codename) -> None:
    assert not hasattr(secret, "__dict__")


def test_row_ids_are_random() -> None:
    ids = {new_row_id() for _ in range(100)}
    assert len(ids) == 100
    assert {len(row_id) for row_id in ids} == {ID_BYTES}
