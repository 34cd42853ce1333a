"""A courier's proof serves one way, at one address, for one nonce."""

from __future__ import annotations

import pytest

from keys.sealing.chain_position import Direction
from keys.sealing.courier_note import CourierNote, open_courier_note, sign_courier_note
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.notes import SigningKey, sign_document
from keys.sealing.onion_address import OnionAddress

ONION = OnionAddress.parse("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")
COURIER, STRANGER = SigningKey.generate("courier"), SigningKey.generate("stranger")
NOTE = CourierNote(Direction.TO_DESK, ONION, bytes(range(32)))
BODY = {"direction": "to-desk", "nonce": bytes(32).hex(), "onion": str(ONION)}


def test_what_a_courier_signed_is_read_back() -> None:
    assert open_courier_note(sign_courier_note(NOTE, COURIER), [COURIER.verify_key]) == (NOTE, COURIER.verify_key)


def test_a_strangers_proof_does_not_count() -> None:
    with pytest.raises(SignatureError):
        open_courier_note(sign_courier_note(NOTE, STRANGER), [COURIER.verify_key])


@pytest.mark.parametrize(
    "wrong",
    [
        BODY | {"direction": "away"},
        BODY | {"nonce": "00"},
        BODY | {"onion": "example.org"},
        BODY | {"more": 1},
        {name: value for name, value in BODY.items() if name != "nonce"},
    ],
)
def test_what_is_no_proof_is_refused_even_when_signed(wrong: dict[str, str]) -> None:
    with pytest.raises(FormatError):
        open_courier_note(sign_document("courier", 1, wrong, [COURIER]), [COURIER.verify_key])


def test_a_signature_for_another_purpose_is_no_proof() -> None:
    with pytest.raises(FormatError):
        open_courier_note(sign_document("letter", 1, BODY, [COURIER]), [COURIER.verify_key])
