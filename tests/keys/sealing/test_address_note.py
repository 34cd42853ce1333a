"""Members sign their onion address, and nobody else's signature or organisation counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from keys.sealing.address_note import AddressNote, join_address, read_address, sign_address, signers_needed
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.notes import SigningKey, sign_document
from keys.sealing.onion_address import OnionAddress

ONION = OnionAddress.parse("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")
AMINA, BORIS, STRANGER = (SigningKey.generate(name) for name in ("amina", "boris", "stranger"))
MEMBERS = (AMINA.verify_key, BORIS.verify_key)
TODAY = date(2026, 11, 20)
NOTE = AddressNote("The Open Door", ONION, TODAY)


def test_what_a_member_signed_is_read_back() -> None:
    signed = read_address(sign_address(NOTE, AMINA), "The Open Door", MEMBERS, TODAY)
    assert signed.note == NOTE
    assert signed.signers == (AMINA.verify_key,)


def test_the_text_is_the_same_for_everybody_who_signs() -> None:
    expected = f'khomo/onion-address/v1\n{{"issued":"2026-11-20","onion":"{ONION}","organisation":"The Open Door"}}\n'
    assert sign_address(NOTE, AMINA).decode().startswith(expected + "\n")


def test_several_members_sign_one_text() -> None:
    text = join_address(sign_address(NOTE, AMINA), "The Open Door", MEMBERS, TODAY, BORIS)
    assert read_address(text, "The Open Door", MEMBERS, TODAY, threshold=2).signers == MEMBERS


def test_a_strangers_signature_does_not_count() -> None:
    with pytest.raises(SignatureError):
        read_address(sign_address(NOTE, STRANGER), "The Open Door", MEMBERS, TODAY)


def test_nobody_puts_a_name_under_what_no_member_has_signed() -> None:
    with pytest.raises(SignatureError):
        join_address(sign_address(NOTE, STRANGER), "The Open Door", MEMBERS, TODAY, BORIS)


def test_two_are_needed_where_there_are_two() -> None:
    assert [signers_needed(MEMBERS[:known]) for known in range(3)] == [1, 1, 2]


def test_one_member_is_not_two() -> None:
    text = join_address(sign_address(NOTE, AMINA), "The Open Door", MEMBERS, TODAY, AMINA)
    with pytest.raises(SignatureError):
        read_address(text, "The Open Door", MEMBERS, TODAY, threshold=2)


def test_a_day_that_has_not_come_is_neither_read_nor_joined() -> None:
    text = sign_address(replace(NOTE, issued=TODAY + timedelta(days=1)), AMINA)
    with pytest.raises(FormatError, match="a day that has not come: 2026-11-21"):
        read_address(text, "The Open Door", MEMBERS, TODAY)
    with pytest.raises(FormatError, match="a day that has not come"):
        join_address(text, "The Open Door", MEMBERS, TODAY, BORIS)
    assert read_address(text, "The Open Door", MEMBERS, TODAY + timedelta(days=1)).signers == (AMINA.verify_key,)


def test_another_organisations_address_is_refused() -> None:
    with pytest.raises(FormatError, match="another organisation"):
        read_address(sign_address(NOTE, AMINA), "The Other Door", MEMBERS, TODAY)


@pytest.mark.parametrize(
    "body",
    [
        {"issued": "2026-11-20", "onion": "example.org", "organisation": "The Open Door"},
        {"issued": "20.11.2026", "onion": str(ONION), "organisation": "The Open Door"},
        {"issued": "2026-11-20", "onion": str(ONION)},
        {"issued": "2026-11-20", "onion": str(ONION), "organisation": "The Open Door", "more": 1},
    ],
)
def test_what_is_no_address_note_is_refused_even_when_signed(body: dict[str, str]) -> None:
    with pytest.raises(FormatError):
        read_address(sign_document("onion-address", 1, body, [AMINA]), "The Open Door", MEMBERS, TODAY)
