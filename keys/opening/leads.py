"""A lead's own keys: made by the lead, on the lead's machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.opening.key_files import SUFFIX, write_key_file
from keys.opening.lead_card import LeadCard
from keys.opening.limits import KEY_FILE_LOG_N
from keys.opening.new_keys import check_name
from keys.opening.staging import staged_folder
from keys.sealing.age import HybridIdentity
from keys.sealing.atomic import atomic_write
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.notes import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

CARD_FILE = "lead.txt"
IDENTITY_FILE = f"identity{SUFFIX}"
SIGNING_FILE = f"signing{SUFFIX}"


def make_lead(name: str, passphrase: str, folder: Path, openpgp: str = "", log_n: int = KEY_FILE_LOG_N) -> LeadCard:
    """Fill ``folder`` with a lead's two key files and the card for the desk, whole or not at all."""
    identity = HybridIdentity.generate()
    key = SigningKey.generate(f"lead/{check_name(name)}")
    card = LeadCard(name, key.verify_key, str(identity.recipient()), openpgp)
    with staged_folder(folder) as staging:
        opening = KeyFile.of_identity(KeyKind.LEAD, name, KeyKind.LEAD, identity)
        write_key_file(staging / IDENTITY_FILE, opening, passphrase, log_n)
        write_key_file(staging / SIGNING_FILE, KeyFile.of_signing_key(key), passphrase, log_n)
        atomic_write(staging / CARD_FILE, card.to_note(key), mode=0o644)
    return card
