"""What stands on one leaflet: the operator's words, the address, and our words in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel import Locale

from intake.config import DangerContact
from intake.leaflet.words import Words, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intake.config import Door
    from keys.sealing.onion_address import OnionAddress
    from keys.sealing.public_bundle import PublicBundle


@dataclass(frozen=True, slots=True)
class Leaflet:
    """One leaflet.

    Attributes:
        language: BCP 47.
        organisation: whose door it is.
        onion: the address.
        words: our texts.
        contacts: for danger now, those of the public bundle first, as on the landing page.
        signed: whether members have signed this address. It says so only then.
    """

    language: str
    organisation: str
    onion: OnionAddress
    words: Words
    contacts: Sequence[DangerContact]
    signed: bool = False

    @classmethod
    def of(
        cls, language: str, bundle: PublicBundle, onion: OnionAddress, door: Door, *, signed: bool = False
    ) -> Leaflet:
        """Put a leaflet together in one of the languages of the door."""
        named = [DangerContact(contact.label, contact.value) for contact in bundle.contacts]
        contacts = [contact for contact in (*named, *door.danger_contacts) if contact.answers_in(language)]
        return cls(language, bundle.organisation, onion, words_of(language, door.opening_days), contacts, signed)

    @property
    def right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return Locale.parse(self.language, sep="-").text_direction == "rtl"
