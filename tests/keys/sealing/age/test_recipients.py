from __future__ import annotations

import io
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.age import (
    AgeError,
    HeaderError,
    HybridIdentity,
    HybridRecipient,
    Identity,
    NoMatchError,
    Recipient,
    ScryptIdentity,
    ScryptRecipient,
    Stanza,
    X25519Identity,
    X25519Recipient,
    open_sealed,
    parse_identities,
    parse_recipient,
    read_header,
    seal,
)
from keys.sealing.age.bech32 import encode
from keys.sealing.age.file_key import unwrap_file_key
from keys.sealing.age.header import Header

KINDS = pytest.mark.parametrize("kind", [X25519Identity, HybridIdentity])
Kind = type[X25519Identity | HybridIdentity]
# The examples of the C2SP age document.
DOCUMENT_IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
DOCUMENT_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def test_the_example_of_the_document_has_its_recipient() -> None:
    identity = X25519Identity.parse(DOCUMENT_IDENTITY)
    assert str(identity.recipient()) == DOCUMENT_RECIPIENT
    assert identity.expose() == DOCUMENT_IDENTITY


@KINDS
def test_keys_come_back_from_their_text(kind: Kind) -> None:
    identity = kind.generate()
    again = kind.parse(identity.expose())
    assert again.recipient() == identity.recipient() == parse_recipient(f"  {identity.recipient()}\n")
    assert hash(again.recipient()) == hash(identity.recipient())
    assert identity.recipient() != kind.generate().recipient()
    assert identity.recipient() != str(identity.recipient())


@KINDS
def test_a_repr_shows_no_secret(kind: Kind) -> None:
    assert repr(kind.generate()) == kind.__name__
    assert "hunter2" not in repr(ScryptIdentity("hunter2")) + repr(ScryptRecipient("hunter2"))


def test_recipients_are_told_apart_in_print() -> None:
    recipient = X25519Identity.generate().recipient()
    assert repr(recipient) == f"X25519Recipient({recipient})"
    assert repr(HybridIdentity.generate().recipient()) != repr(HybridIdentity.generate().recipient())


def test_a_recipient_that_was_read_before_is_not_read_again() -> None:
    text = str(HybridIdentity.generate().recipient())
    assert len(text) == 1959
    assert HybridRecipient.parse(text) is HybridRecipient.parse(text)


@settings(deadline=None, max_examples=10)
@given(st.binary(min_size=32, max_size=32))
def test_a_seed_gives_the_same_hybrid_identity_everywhere(seed: bytes) -> None:
    one, other = HybridIdentity.from_seed(seed), HybridIdentity.from_seed(seed)
    assert one.recipient() == other.recipient()
    assert HybridIdentity.parse(one.expose()).recipient() == one.recipient()
    assert HybridIdentity.parse(one.expose()).expose_seed() == seed


@pytest.mark.parametrize("length", [0, 31, 33])
def test_secrets_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(AgeError, match="length"):
        X25519Identity.parse(encode("age-secret-key-", bytes(length)))
    with pytest.raises(AgeError, match="length"):
        HybridIdentity.parse(encode("age-secret-key-pq-", bytes(length)))
    with pytest.raises(AgeError, match="length"):
        X25519Recipient.parse(encode("age", bytes(length)))
    with pytest.raises(AgeError, match="length"):
        HybridRecipient.parse(encode("age1pq"[:6], bytes(length)))


def test_a_hybrid_recipient_outside_the_field_is_refused() -> None:
    with pytest.raises(AgeError, match="not a valid"):
        HybridRecipient.parse(encode("age1pq", b"\xff" * 1216))


def test_recipients_of_low_order_are_refused_when_sealing() -> None:
    with pytest.raises(AgeError, match="no key pair"):
        seal(b"", [X25519Recipient.parse(encode("age", bytes(32)))])
    valid = HybridIdentity.generate().recipient()
    low = HybridRecipient(valid._bytes[:1184] + bytes(32))
    with pytest.raises(AgeError, match="no key pair"):
        seal(b"", [low])


@KINDS
def test_any_of_the_recipients_opens_and_nobody_else(kind: Kind) -> None:
    everyone = [kind.generate() for _ in range(3)]
    sealed = seal(b"text", [identity.recipient() for identity in everyone])
    for identity in everyone:
        assert open_sealed(sealed, [kind.generate(), identity]).expose() == b"text"
    with pytest.raises(NoMatchError):
        open_sealed(sealed, [kind.generate()])
    with pytest.raises(NoMatchError):
        open_sealed(sealed, [])


def test_passphrases_open_what_they_sealed() -> None:
    sealed = seal(b"text", [ScryptRecipient("right", log_n=4)])
    assert read_header(io.BytesIO(sealed)).stanzas[0].args[1] == "4"
    assert open_sealed(sealed, [ScryptIdentity("right")]).expose() == b"text"
    with pytest.raises(NoMatchError):
        open_sealed(sealed, [ScryptIdentity("wrong"), X25519Identity.generate()])
    with pytest.raises(NoMatchError):
        open_sealed(seal(b"", [X25519Identity.generate().recipient()]), [ScryptIdentity("right")])


def test_a_work_factor_above_the_limit_is_refused_without_any_work() -> None:
    sealed = seal(b"text", [ScryptRecipient("right", log_n=5)])
    assert open_sealed(sealed, [ScryptIdentity("right", max_log_n=5)]).expose() == b"text"
    with pytest.raises(HeaderError, match="above 4"):
        open_sealed(sealed, [ScryptIdentity("right", max_log_n=4)])


def test_every_work_factor_up_to_the_limit_is_allowed() -> None:
    assert ScryptRecipient("x", 1).wrap(bytes(16)).args[1] == "1"


def test_the_usual_work_factor_is_that_of_age() -> None:
    """The key is not worth the second that it takes to make it: what is looked at is the stanza."""
    with patch("keys.sealing.age.passphrase._wrap_key", return_value=bytes(32)):
        assert ScryptRecipient("x").wrap(bytes(16)).args[1] == "18"
    assert repr(ScryptRecipient("x", 22))


@pytest.mark.parametrize(("passphrase", "log_n"), [("", 18), ("x", 0), ("x", 23)])
def test_a_senseless_passphrase_recipient_is_refused(passphrase: str, log_n: int) -> None:
    with pytest.raises(AgeError):
        ScryptRecipient(passphrase, log_n)


def mixtures() -> list[tuple[str, list[Recipient]]]:
    classic, hybrid = X25519Identity.generate().recipient(), HybridIdentity.generate().recipient()
    passphrase = ScryptRecipient("x", 4)
    return [
        ("at least one", []),
        ("do not share", [classic, hybrid]),
        ("only recipient", [passphrase, hybrid]),
        ("only recipient", [passphrase, passphrase]),
    ]


@pytest.mark.parametrize(("complaint", "recipients"), mixtures())
def test_recipients_that_do_not_share_a_file_are_refused(complaint: str, recipients: list[Recipient]) -> None:
    with pytest.raises(AgeError, match=complaint):
        seal(b"", recipients)


@pytest.mark.parametrize("kind", ["X25519", "mlkem768x25519"])
@pytest.mark.parametrize("fault", ["no argument", "body"])
def test_malformed_stanzas_of_ones_own_kind_are_refused(kind: str, fault: str) -> None:
    identity: Identity = X25519Identity.generate() if kind == "X25519" else HybridIdentity.generate()
    share = "A" * (43 if kind == "X25519" else 1494)
    stanza = Stanza(kind, (), bytes(32)) if fault == "no argument" else Stanza(kind, (share[:-1] + "A",), bytes(31))
    with pytest.raises(HeaderError, match="wrong"):
        unwrap_file_key(Header((stanza,), bytes(32), 0), [identity])


def test_an_identity_file_may_have_comments_and_both_kinds() -> None:
    one, other = X25519Identity.generate(), HybridIdentity.generate()
    text = f"# created: today\r\n\r\n{one.expose()}\r\n# second\n  {other.expose().lower()}\n"
    found = parse_identities(text)
    assert [identity.recipient() for identity in found] == [one.recipient(), other.recipient()]


def test_a_wrong_line_in_an_identity_file_is_named_but_not_repeated() -> None:
    damaged = X25519Identity.generate().expose()[:-1] + "B"
    with pytest.raises(AgeError, match="Line 2") as caught:
        parse_identities(f"# comment\n{damaged}\n")
    assert damaged not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_identity_file_without_identity_is_refused() -> None:
    with pytest.raises(AgeError, match="no identity"):
        parse_identities("# nothing\n\n")


@pytest.mark.parametrize("text", ["", "age1pq1qqq", "age1", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1QQ", "age1ü"])
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(AgeError):
        parse_recipient(text)
