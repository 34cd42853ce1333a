"""Which address is printed, and whether members have signed it.

Rules:
1. The address is the one that was asked for, else the one of this server's own tor, else the one that members signed.
2. What members signed is read under the public bundle: two of them, or one where the bundle knows only one. Another
   address than the one to print, a note of another organisation and too few signatures stop the command.
3. Only with such a note may leaflet and page say that members signed the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from intake.onion.torrc import Layout
from keys.sealing.address_note import read_address, signers_needed
from keys.sealing.errors import KhomoError
from keys.sealing.onion_address import OnionAddress

if TYPE_CHECKING:
    from pathlib import Path

    from intake.config import Config
    from keys.sealing.address_note import SignedAddress
    from keys.sealing.public_bundle import PublicBundle


class NoAddressError(KhomoError):
    """There is no address to print."""


class OtherAddressError(KhomoError):
    """Members signed another address than the one to print."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address to print.

    Attributes:
        onion: the address.
        signed: what members signed; ``None`` if nobody showed that.
    """

    onion: OnionAddress
    signed: SignedAddress | None = None

    @property
    def told(self) -> str:
        """Say to the operator who signed."""
        if self.signed is None:
            return "No --address was given: nothing will say that your members signed this address."
        names = ", ".join(key.name for key in self.signed.signers)
        return f"Signed on {self.signed.note.issued} by {names}."


def address_to_print(config: Config, bundle: PublicBundle, onion: str | None, note: Path | None) -> Address:
    """Find the address; ``NoAddressError``, ``OtherAddressError``, or what ``read_address`` raises."""
    asked = _asked_or_own(config, onion)
    if note is None:
        if asked is None:
            raise NoAddressError(
                "This server has no onion address yet.", "Start `khomo-intake serve` once, or give --onion ADDRESS."
            )
        return Address(asked)
    today = datetime.now(UTC).date()
    signed = read_address(note.read_bytes(), bundle.organisation, bundle.leads, today, signers_needed(bundle.leads))
    if asked not in {None, signed.note.onion}:
        raise OtherAddressError(
            f"The members signed another address: {signed.note.onion}.",
            "Print nothing before you know which one is yours. After a move they sign the new one.",
        )
    return Address(signed.note.onion, signed)


def _asked_or_own(config: Config, onion: str | None) -> OnionAddress | None:
    if onion is not None:
        return OnionAddress.parse(onion)
    try:
        return OnionAddress.parse(Layout.of(config).hostname.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
