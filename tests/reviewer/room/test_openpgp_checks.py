"""What is read of gpg's and gpgv's own words, and of a key's armor."""

from __future__ import annotations

import base64

import pytest

from reviewer.room.openpgp_checks import _binary, _crc24, _keys, _signature

PRINT = "AB" * 20
VALID = f"[GNUPG:] VALIDSIG {PRINT} 2026-11-01 1793534403 0 4 0 1 {{digest}} {{over}} {PRINT}\n"


def armored(data: bytes, check: bytes | None = None, head: bytes = b"") -> bytes:
    body = base64.encodebytes(data)
    check = base64.b64encode(_crc24(data).to_bytes(3, "big")) if check is None else check
    frame = b"-----%s PGP PUBLIC KEY BLOCK-----\n"
    return frame % b"BEGIN" + head + b"\n" + body + b"=" + check + b"\n" + frame % b"END"


def test_armor_comes_off_a_key_and_damaged_armor_gives_none() -> None:
    for head in (b"", b"Version: BCPG\nComment: a\n"):
        assert _binary(armored(b"key" * 50, head=head)) == b"key" * 50
    assert _binary(armored(b"key" * 50).replace(b"\n", b"\r\n")) == b"key" * 50
    assert _binary(armored(b"key", b"AAAA")) == b""
    assert _binary(armored(b"key").replace(b"a2V5", b"a2V")) == b""
    assert _binary(b"\x99binary") == b"\x99binary"
    assert _crc24(b"123456789") == 0x21CF02  # the check value of CRC-24/OPENPGP


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG AB someone\n" + VALID.format(digest=8, over="00"), "good"),
        ("[GNUPG:] GOODSIG AB someone\n" + VALID.format(digest=2, over="00"), "weak"),
        ("[GNUPG:] GOODSIG AB someone\n" + VALID.format(digest=8, over="01"), "odd"),
        ("[GNUPG:] EXPKEYSIG AB someone\n" + VALID.format(digest=8, over="00"), "key-expired"),
        ("[GNUPG:] EXPSIG AB someone\n" + VALID.format(digest=8, over="00"), "expired"),
        ("[GNUPG:] REVKEYSIG AB someone\n" + VALID.format(digest=8, over="00"), "key-revoked"),
        ("[GNUPG:] BADSIG AB someone\n", "bad"),
        ("[GNUPG:] ERRSIG AB 1 8 00 1793534403 9 -\n", "no-key"),
        ("[GNUPG:] ERRSIG AB 1 8 00 1793534403 6 -\n", "key-unusable"),
        ("[GNUPG:] ERRSIG AB 99 8 00 x 4 -\n", "unchecked"),
        ("[GNUPG:] NEWSIG\n[GNUPG:] NEWSIG\n", "several"),
        ("[GNUPG:] GOODSIG AB someone\n", "unreadable"),
        (VALID.format(digest=8, over="00"), "unreadable"),
        ("[GNUPG:] GOODSIG A a\n[GNUPG:] GOODSIG B b\n" + VALID.format(digest=8, over="00"), "unreadable"),
        ("GOODSIG AB someone\n", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_only_one_whole_good_signature_is_good(said: str, state: str) -> None:
    assert _signature(said).state == state


def test_a_key_is_what_gpg_lists_of_its_primary_key() -> None:
    said = (
        "fpr:::::::::00:\npub:-:4096:1:AB:1795150391:::-:::scSC:\nfpr:::::::::AABB:\nuid:-::::1::CD::a\\x3ab <c@d>:\n"
        "sub:-:4096:1:AB:1:::-:::e:\nfpr:::::::::CCDD:\nshort\n"
    )
    (key,) = _keys(said)
    assert (key.fingerprint, key.made, key.names, key.usable) == ("AABB", 1795150391, ["a:b <c@d>"], True)
    assert _keys(said.replace("pub:-", "pub:i").replace("1795150391", "x"))[0].usable is False
    assert _keys("") == []
