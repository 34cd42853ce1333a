"""A lead, as the desk's tests meet one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from caselog.importing import import_delivery
from caselog.lead_store import LeadStore
from keys.opening.lead_card import LeadCard
from keys.sealing.age import HybridIdentity, SeekableOpening
from keys.sealing.notes import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.sending import Sent
    from tests.reviewer.organisation import Organisation


class Lead:
    """A lead with a folder of their own."""

    def __init__(self, name: str, org: Organisation, folder: Path) -> None:
        self.identity = HybridIdentity.generate()
        self.key = SigningKey.generate(f"lead/{name}")
        self.card = LeadCard(name, self.key.verify_key, str(self.identity.recipient()))
        root = org.root_key.verify_key
        self.store = LeadStore.create(folder / name, name, root, org.bundle_note.read_bytes())

    def take(self, sent: Sent) -> Any:
        """Import what the desk sent to this lead."""
        [path] = [path for path in sent.files if f"to-lead-{self.card.name}" in path.name]
        with path.open("rb") as file:
            return import_delivery(self.store, io.BufferedReader(SeekableOpening(file, [self.identity])), self.identity)
