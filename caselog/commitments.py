"""Commitments of a case: what its leaf says without saying it, and what each lead is told. Pure.

commitment = SHA-256(salt ‖ length of the name (4 bytes, big-endian) ‖ name ‖ value), name and value in UTF-8.

Rules:
1. Every salt is 16 random bytes, drawn for this case alone: equal values of two cases do not show.
2. A case is addressed to a lead by a commitment whose salt that lead can derive from the leaf's nonce and a key that
   only desk and lead know. So a lead sees in the log alone that a package should have come; nobody else
   sees for whom.
3. Random commitments fill up to a multiple of 16.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

from caselog.leaves import NONCE_BYTES, CaseLeaf
from caselog.limits import COMMITMENTS_STEP, VALUE_BYTES
from keys.sealing.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

AddressKey = NewType("AddressKey", bytes)
"""32 bytes that desk and one lead share, to find what is addressed to that lead."""

SALT_BYTES = 16
_SHA256_BYTES = 32
_ADDRESS_LABEL = b"khomo/case-log/address/v1"
_ADDRESS_VALUE = "addressed"


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One value of a case with what opens its commitment: name, salt (16 bytes in hex), value."""

    name: str
    salt: str
    value: str

    @property
    def commitment(self) -> str:
        """The commitment in hex, as it stands in the leaf."""
        name = self.name.encode()
        framed = len(name).to_bytes(4, "big") + name
        return hashlib.sha256(bytes.fromhex(self.salt) + framed + self.value.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CommittedCase:
    """A case's leaf and everything that it commits to; the desk keeps it for as long as it may disclose more.

    Attributes:
        leaf: goes into the log.
        values: all of them, by name; never all of them to a lead.
    """

    leaf: CaseLeaf
    values: tuple[Disclosed, ...]

    def disclose(self, names: Collection[str]) -> tuple[Disclosed, ...]:
        """Return what opens the commitments to ``names``, sorted by name; ``KeyError`` for a name that is not there."""
        by_name = {value.name: value for value in self.values}
        return tuple(by_name[name] for name in sorted(set(names)))


def address_key(secret: bytes, lead: str) -> AddressKey:
    """Derive the key that desk and ``lead`` share from the desk's secret (the seed of its signing key)."""
    return AddressKey(hmac.digest(secret, _ADDRESS_LABEL + b"\0" + lead.encode(), "sha256"))


def commit_case(
    values: Mapping[str, str], signers: Collection[str], addressed: Mapping[str, AddressKey]
) -> CommittedCase:
    """Commit to all values of a case.

    Args:
        values: by name; see ``caselog.case_record`` for the names that a package discloses.
        signers: names of the reviewers' keys that sign its packages.
        addressed: the leads to whom it goes, with the key that desk and lead share.
    """
    if any(len(value.encode()) > VALUE_BYTES for value in values.values()):
        raise FormatError(f"A value of a case has at most {VALUE_BYTES} bytes.")
    items = tuple(Disclosed(name, secrets.token_hex(SALT_BYTES), value) for name, value in sorted(values.items()))
    nonce = secrets.token_hex(NONCE_BYTES)
    hidden = [item.commitment for item in items]
    hidden += [_address(nonce, lead, key).commitment for lead, key in addressed.items()]
    hidden += [secrets.token_hex(_SHA256_BYTES) for _ in range(-len(hidden) % COMMITMENTS_STEP)]
    return CommittedCase(CaseLeaf(nonce, tuple(sorted(hidden)), tuple(sorted(set(signers)))), items)


def is_addressed(leaf: CaseLeaf, lead: str, key: AddressKey) -> bool:
    """Tell whether the desk has addressed this case to ``lead``."""
    return _address(leaf.nonce, lead, key).commitment in leaf.commitments


def check_disclosed(leaf: CaseLeaf, disclosed: Collection[Disclosed]) -> None:
    """Raise ``FormatError`` unless the leaf commits to every value."""
    known = set(leaf.commitments)
    for item in disclosed:
        if item.commitment not in known:
            raise FormatError(f"The log does not commit to this value of “{item.name}”.")


def _address(nonce: str, lead: str, key: AddressKey) -> Disclosed:
    salt = hmac.digest(key, bytes.fromhex(nonce), "sha256")[:SALT_BYTES]
    return Disclosed(f"lead/{lead}", salt.hex(), _ADDRESS_VALUE)
