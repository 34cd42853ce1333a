"""New keys for the people and machines of an organisation, and under which names they go."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.opening.limits import LONGEST_EPOCH_DAYS
from keys.sealing.age import HybridIdentity
from keys.sealing.folding import fold
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Epoch
from keys.sealing.shapes import NAME

if TYPE_CHECKING:
    from datetime import date

_ID_BYTES = 2


def check_name(name: str) -> str:
    """Return a name that fits file names, ids and key names alike; raises OpeningError."""
    if not NAME.fullmatch(name):
        raise OpeningError(
            f"{name!r} cannot be a name here.", "Use up to 32 small letters a-z, digits and inner hyphens."
        )
    return name


def short_name(organisation: str) -> str:
    """Make the short name of an organisation from its full one; raises OpeningError where no letters a-z remain."""
    return check_name(re.sub(r"[^a-z0-9]+", "-", " ".join(fold(organisation)))[:32].strip("-"))


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """An epoch for the public bundle and the key file that opens it."""

    epoch: Epoch
    key_file: KeyFile


def make_epoch(desk_id: str, desk_name: str, begins: date, days: int) -> NewEpoch:
    """Draw the identity of an epoch that pages use for so many days."""
    if not 1 <= days <= LONGEST_EPOCH_DAYS:
        raise OpeningError(f"An epoch lasts 1 to {LONGEST_EPOCH_DAYS} days.")
    identity = HybridIdentity.generate()
    key_id = f"{desk_id[:16]}-{begins:%Y%m%d}-{secrets.token_hex(_ID_BYTES)}"
    epoch = Epoch(key_id, str(identity.recipient()), begins, begins + timedelta(days=days - 1))
    return NewEpoch(epoch, KeyFile.of_identity(KeyKind.EPOCH, desk_name, key_id, identity))


def make_signing_key(short: str, role: str, name: str = "") -> SigningKey:
    """Draw a signing key named ``<short>/<role>[/<name>]``."""
    return SigningKey.generate("/".join(part for part in (short, role, name) if part))
