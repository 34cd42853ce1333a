"""The OpenPGP key of a lead who has nothing else: whether it is one public key that can be encrypted to now.

On the lead's own machine the own GnuPG reads it, in a home that is thrown away: it sees no other key, no configuration,
no agent and no network. A desk reads it in a sandbox (``reviewer.sandbox.lead_keys``) by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.opening.errors import OpenPgpError
from keys.opening.gnupg_home import throw_away_home

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_PRIVATE_BLOCK = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
UNCOMPRESSED = ("--compress-algo", "none")
"""Options for what goes to leads: it is compressed already, and compression costs nine tenths of the time."""


@dataclass(frozen=True, slots=True)
class OpenPgpKey:
    """A public key that can be encrypted to now; ``owners`` are the names that it claims, unchecked."""

    fingerprint: str
    owners: tuple[str, ...]


def read_openpgp_key(armored: str) -> OpenPgpKey:
    """Check that a text holds one public key that can be encrypted to now; raises OpenPgpError."""
    check_one_block(armored)
    with throw_away_home() as gpg:
        gpg.import_keys(armored)
        keys = gpg.list_keys()
    check_usable([(key["fingerprint"], key["trust"], key["cap"]) for key in keys])
    return OpenPgpKey(keys[0]["fingerprint"], tuple(keys[0]["uids"]))


def check_one_block(armored: str) -> None:
    """Check that a text is one armored public key, as far as that shows; raises OpenPgpError."""
    if _PRIVATE_BLOCK in armored:
        raise OpenPgpError("This is a private key.", "Ask for the public key only, and tell its owner.")
    if armored.count(_BLOCK) != 1:
        raise OpenPgpError("This is not one armored OpenPGP public key.", f"It begins with {_BLOCK}")


def check_usable(keys: Sequence[tuple[str, str, str]]) -> None:
    """Check that GnuPG lists one key, and that it can be encrypted to now; raises OpenPgpError.

    Args:
        keys: fingerprint, validity (e is expired, r revoked, i invalid) and capabilities (a capital E: encrypting works
            now) of each primary key.
    """
    if len(keys) != 1:
        raise OpenPgpError(f"The text holds {len(keys)} usable keys instead of one.", "Export one public key alone.")
    fingerprint, validity, can = keys[0]
    reasons = {"e": "has expired", "r": "was revoked", "i": "is invalid"}
    reason = reasons.get(validity) or ("" if "E" in can else "cannot be encrypted to")
    if reason:
        raise OpenPgpError(f"The OpenPGP key {fingerprint} {reason}.", "Ask its owner for a current one.")
