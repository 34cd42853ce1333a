from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keys.opening.errors import OpeningError
from keys.opening.key_files import read_key_file
from keys.opening.lead_card import LeadCard
from keys.opening.leads import make_lead
from keys.opening.limits import LOWEST_LOG_N
from keys.sealing.age import AgeError, HybridIdentity
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.key_file import KeyKind
from keys.sealing.notes import SigningKey, sign_document

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "the passphrase of a lead"
RECIPIENT = str(HybridIdentity.generate().recipient())
KEY = SigningKey.generate("lead/amina")
CARD = LeadCard("amina", KEY.verify_key, RECIPIENT, "-----BEGIN PGP…")


def test_a_lead_makes_keys_and_a_card_that_fit_together(tmp_path: Path) -> None:
    card = make_lead("amina", PASSPHRASE, tmp_path, log_n=LOWEST_LOG_N)
    assert LeadCard.from_note((tmp_path / "lead.txt").read_bytes()) == card
    identity = read_key_file(tmp_path / "identity.key.age", PASSPHRASE)
    assert identity.kind is KeyKind.LEAD
    assert str(identity.identity().recipient()) == card.recipient
    signing = read_key_file(tmp_path / "signing.key.age", PASSPHRASE).signing_key()
    assert signing.verify_key == card.verify_key
    assert signing.name == "lead/amina"


def test_a_lead_needs_a_simple_name(tmp_path: Path) -> None:
    with pytest.raises(OpeningError, match="cannot be a name"):
        make_lead("A B", PASSPHRASE, tmp_path, log_n=LOWEST_LOG_N)


def test_a_card_comes_back_from_its_note() -> None:
    assert LeadCard.from_note(CARD.to_note(KEY)) == CARD


def test_a_card_that_its_own_key_has_not_signed_is_refused() -> None:
    with pytest.raises(SignatureError):
        LeadCard.from_note(CARD.to_note(SigningKey.generate("lead/amina")))
    note = CARD.to_note(KEY)
    with pytest.raises(SignatureError):
        LeadCard.from_note(note.replace(b'"name":"amina"', b'"name":"other"'))


def test_a_text_signed_for_another_purpose_is_no_card() -> None:
    body = {"key": str(KEY.verify_key), "name": "amina", "openpgp": "", "recipient": RECIPIENT}
    with pytest.raises(FormatError, match="khomo/lead/v1"):
        LeadCard.from_note(sign_document("leader", 1, body, [KEY]))
    with pytest.raises(FormatError, match="no name"):
        LeadCard.from_note(sign_document("lead", 1, {**body, "name": " "}, [KEY]))
    with pytest.raises(FormatError, match="unknown"):
        LeadCard.from_note(sign_document("lead", 1, {**body, "more": ""}, [KEY]))
    with pytest.raises(AgeError):
        LeadCard("amina", KEY.verify_key, "age1")


@pytest.mark.parametrize("name", ["amina\nage1evil", "amina\x1b[2J", "amina\u202e", "amina\x9b2J"])
def test_a_card_with_a_name_that_no_screen_shows_as_it_is_is_refused(name: str) -> None:
    body = {"key": str(KEY.verify_key), "name": name, "openpgp": "", "recipient": RECIPIENT}
    with pytest.raises(FormatError, match="no screen shows"):
        LeadCard.from_note(sign_document("lead", 1, body, [KEY]))


@pytest.mark.parametrize("name", ["lead/a\x9b2J", "lead/a\u202e"])
def test_so_is_one_whose_key_bears_such_a_name(name: str) -> None:
    key = SigningKey.generate(name)
    with pytest.raises(FormatError, match="no screen shows"):
        LeadCard("amina", key.verify_key, RECIPIENT)
