"""The public bundle: who the organisation is, as the root key says it. Server, pages, desk and leads check it. Pure.

Rules:
1. Signed by the root key, type ``khomo/public-bundle/v1``.
2. Ids of desks and epochs, recipients, OpenPGP keys, and names and keys of signers are each unique in the whole
   bundle: one key has one purpose.
3. An epoch begins before it ends. Pages use it from its first to its last day; it stays openable for 180 days after.
4. A desk that was declared lost receives nothing, and nothing that it signs is accepted; spare desks step in when no
   other desk is left.
5. A bundle replaces another only with a higher serial, and never changes the salt (every mailbox would be lost).
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from keys.sealing.age import HybridRecipient
from keys.sealing.chain import Fork, Replay
from keys.sealing.errors import FormatError, KhomoError
from keys.sealing.fields import Fields
from keys.sealing.limits import DAYS_WITHOUT_BUNDLE, OPENABLE_DAYS, PUBLIC_BUNDLE_BYTES, SALT_BYTES
from keys.sealing.notes import SigningKey, VerifyKey, open_document, sign_document
from keys.sealing.openpgp_packets import PUBLIC_KEY_BYTES, read_public_key
from keys.sealing.shapes import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keys.sealing.canonical import JSON

KIND = "public-bundle"
VERSION = 1
_LANE = re.compile(r"[a-z]{1,32}")


class NoEpochError(KhomoError):
    """No epoch of the desk is valid on the day asked for."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One sealing key of a desk: pages offer ``recipient`` (``age1pq1…``) from ``not_before`` to ``not_after``."""

    id: str
    recipient: str
    not_before: date
    not_after: date

    def __post_init__(self) -> None:
        _check_id(self.id)
        HybridRecipient.parse(self.recipient)
        if self.not_before > self.not_after:
            raise FormatError(f"The epoch {self.id} ends before it begins.")

    @property
    def openable_until(self) -> date:
        """The last day on which the desk must be able to open what was sealed to this epoch."""
        return self.not_after + timedelta(days=OPENABLE_DAYS)


@dataclass(frozen=True, slots=True)
class Desk:
    """One group of reviewers with its own epochs.

    Args:
        id: lower-case letters, digits and hyphens; also part of file names.
        openpgp: armored public key for files that sources seal with OpenPGP; "" if there is none.
        spare: kept for the day when no other desk is left.
        lost: declared lost (raid, theft): takes no part any more.
    """

    id: str
    name: str
    verify_key: VerifyKey
    epochs: tuple[Epoch, ...]
    spare: bool = False
    lost: bool = False
    openpgp: str = ""

    def __post_init__(self) -> None:
        _check_id(self.id)
        if self.openpgp:
            read_public_key(self.openpgp)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to turn to in danger, as the pages show it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What the organisation has decided.

    Args:
        signatures_per_case: reviewers who must sign a case package.
        signatures_desk_lost: leads who must sign that a desk is lost.
        lanes: lanes offered to sources, by their names in ``submission.json``.
        days_without_bundle: after so many days without a bundle the desk warns; after so many days that a report
            waited for a desk the server does, and tells sources.
        raw_files: whether an unchanged file may ever be forwarded (with consent and two reviewers).
        against_consent: whether two reviewers may ever sign that a case goes to somebody whom its source did not allow.
    """

    signatures_per_case: int = 1
    signatures_desk_lost: int = 1
    lanes: frozenset[str] = frozenset({"arrival"})
    days_without_bundle: int = DAYS_WITHOUT_BUNDLE
    raw_files: bool = False
    against_consent: bool = False

    def __post_init__(self) -> None:
        if min(self.signatures_per_case, self.signatures_desk_lost, self.days_without_bundle) < 1:
            raise FormatError("The policy's numbers count from 1.")
        if not all(_LANE.fullmatch(lane) for lane in self.lanes):
            raise FormatError("A lane's name is lower-case letters.")


@dataclass(frozen=True, slots=True)
class PublicBundle:
    """All of it; correct by construction."""

    serial: int
    issued: date
    organisation: str
    salt: bytes
    desks: tuple[Desk, ...]
    reviewers: tuple[VerifyKey, ...] = ()
    servers: tuple[VerifyKey, ...] = ()
    couriers: tuple[VerifyKey, ...] = ()
    leads: tuple[VerifyKey, ...] = ()
    contacts: tuple[Contact, ...] = ()
    policy: Policy = Policy()

    def __post_init__(self) -> None:
        if self.serial < 1 or len(self.salt) not in SALT_BYTES:
            raise FormatError("A public bundle has a serial from 1 and a salt of 16 to 64 bytes.")
        keys = [*(desk.verify_key for desk in self.desks), *self.reviewers, *self.servers, *self.couriers, *self.leads]
        epochs = [epoch for desk in self.desks for epoch in desk.epochs]
        _check_unique("desk", (desk.id for desk in self.desks))
        _check_unique("epoch", (epoch.id for epoch in epochs))
        _check_unique("recipient", (epoch.recipient for epoch in epochs))
        _check_unique("OpenPGP key", (read_public_key(desk.openpgp).fingerprint for desk in self.desks if desk.openpgp))
        _check_unique("key name", (key.name for key in keys))
        _check_unique("key", (key.public.hex() for key in keys))

    def to_note(self, root: SigningKey) -> bytes:
        """Sign with the root key."""
        return sign_document(KIND, VERSION, _to_json(self), [root])

    @classmethod
    def from_note(cls, note: bytes, root: VerifyKey) -> PublicBundle:
        """Read a signed bundle; raises ``SignatureError`` or ``FormatError``."""
        if len(note) > PUBLIC_BUNDLE_BYTES:
            raise FormatError("The public bundle is too large.")
        body, _ = open_document(note, KIND, VERSION, [root])
        return _from_json(body)

    def desk(self, desk_id: str) -> Desk:
        """Return a desk; raises ``FormatError`` if there is none of this id."""
        for desk in self.desks:
            if desk.id == desk_id:
                return desk
        raise FormatError(f"There is no desk {desk_id} in the public bundle.")

    @property
    def receiving_desks(self) -> tuple[Desk, ...]:
        """The desks to which new reports may be sealed, in the bundle's order."""
        alive = tuple(desk for desk in self.desks if not desk.lost)
        return tuple(desk for desk in alive if not desk.spare) or alive

    def apart_recipient(self, day: date) -> str | None:
        """Return the recipient to which names are kept apart on a day; ``None`` if there is none.

        It is of the first spare desk that receives no reports: whoever opens a report has no key for a name in it.
        """
        for desk in self.desks:
            if desk.spare and not desk.lost and desk not in self.receiving_desks:
                with suppress(NoEpochError):
                    return self.epoch_for(desk.id, day).recipient
        return None

    @property
    def desk_keys(self) -> tuple[VerifyKey, ...]:
        """The keys whose letters and bundles are accepted: of all desks that are not lost."""
        return tuple(desk.verify_key for desk in self.desks if not desk.lost)

    def epoch_for(self, desk_id: str, day: date) -> Epoch:
        """Return the epoch that pages use on a day, the newest if two overlap; raises ``NoEpochError``."""
        valid = [epoch for epoch in self.desk(desk_id).epochs if epoch.not_before <= day <= epoch.not_after]
        if not valid:
            raise NoEpochError(
                f"No epoch of the desk {desk_id} is valid on {day}.", "Make one with: khomo-keys epoch new"
            )
        return max(valid, key=lambda epoch: (epoch.not_before, epoch.id))

    def replaced_by(self, newer: PublicBundle) -> PublicBundle:
        """Return the newer bundle; raises ``Replay``, ``Fork`` or ``FormatError`` if it may not replace this one."""
        if newer.serial < self.serial:
            raise Replay("This public bundle is older than the one in use.", "Take the newest one.")
        if newer.serial == self.serial and newer != self:
            raise Fork(
                f"There are two different public bundles with the serial {self.serial}.",
                "Do not use it. Most likely two changes were made from one bundle: let the keeper of the root key make "
                "the later one again, from the bundle that is in use. If the keeper made only one, somebody else has "
                "the root key.",
            )
        if newer.salt != self.salt:
            raise FormatError("The public bundle changes the salt: every mailbox would be lost.", "Do not use it.")
        return newer


def _to_json(bundle: PublicBundle) -> dict[str, JSON]:
    return {
        "contacts": [{"label": contact.label, "value": contact.value} for contact in bundle.contacts],
        "couriers": [str(key) for key in bundle.couriers],
        "desks": [_desk_to_json(desk) for desk in bundle.desks],
        "issued": bundle.issued.isoformat(),
        "leads": [str(key) for key in bundle.leads],
        "organisation": bundle.organisation,
        "policy": {
            "against_consent": bundle.policy.against_consent,
            "days_without_bundle": bundle.policy.days_without_bundle,
            "lanes": sorted(bundle.policy.lanes),
            "raw_files": bundle.policy.raw_files,
            "signatures_desk_lost": bundle.policy.signatures_desk_lost,
            "signatures_per_case": bundle.policy.signatures_per_case,
        },
        "reviewers": [str(key) for key in bundle.reviewers],
        "salt": bundle.salt.hex(),
        "serial": bundle.serial,
        "servers": [str(key) for key in bundle.servers],
    }


def _desk_to_json(desk: Desk) -> JSON:
    return {
        "epochs": [
            {
                "id": epoch.id,
                "not_after": epoch.not_after.isoformat(),
                "not_before": epoch.not_before.isoformat(),
                "recipient": epoch.recipient,
            }
            for epoch in desk.epochs
        ],
        "id": desk.id,
        "key": str(desk.verify_key),
        "lost": desk.lost,
        "name": desk.name,
        "openpgp": desk.openpgp,
        "spare": desk.spare,
    }


def _from_json(body: JSON) -> PublicBundle:
    with Fields(body, "public bundle") as fields:
        return PublicBundle(
            serial=fields.integer("serial", 1),
            issued=fields.day("issued"),
            organisation=fields.text("organisation"),
            salt=fields.binary("salt", SALT_BYTES),
            desks=fields.each("desks", _desk),
            reviewers=_keys(fields, "reviewers"),
            servers=_keys(fields, "servers"),
            couriers=_keys(fields, "couriers"),
            leads=_keys(fields, "leads"),
            contacts=fields.each("contacts", _contact),
            policy=_policy(fields.take("policy")),
        )


def _desk(value: JSON) -> Desk:
    with Fields(value, "public bundle's desk") as fields:
        return Desk(
            id=fields.text("id"),
            name=fields.text("name"),
            verify_key=VerifyKey.parse(fields.text("key")),
            epochs=fields.each("epochs", _epoch),
            spare=fields.flag("spare"),
            lost=fields.flag("lost"),
            openpgp=fields.text("openpgp", PUBLIC_KEY_BYTES),
        )


def _epoch(value: JSON) -> Epoch:
    with Fields(value, "public bundle's epoch") as fields:
        return Epoch(
            fields.text("id"), fields.text("recipient", 4096), fields.day("not_before"), fields.day("not_after")
        )


def _contact(value: JSON) -> Contact:
    with Fields(value, "public bundle's contact") as fields:
        return Contact(fields.text("label"), fields.text("value"))


def _policy(value: JSON) -> Policy:
    with Fields(value, "public bundle's policy") as fields:
        lanes = fields.texts("lanes")
        if list(lanes) != sorted(set(lanes)):
            raise FormatError("The policy's lanes are not sorted, or one stands there twice.")
        return Policy(
            signatures_per_case=fields.integer("signatures_per_case", 1),
            signatures_desk_lost=fields.integer("signatures_desk_lost", 1),
            lanes=frozenset(lanes),
            days_without_bundle=fields.integer("days_without_bundle", 1),
            raw_files=fields.flag("raw_files"),
            against_consent=fields.flag("against_consent"),
        )


def _keys(fields: Fields, name: str) -> tuple[VerifyKey, ...]:
    return tuple(VerifyKey.parse(text) for text in fields.texts(name))


def _check_id(text: str) -> None:
    if not NAME.fullmatch(text):
        raise FormatError("An id is 1 to 32 lower-case letters, digits and inner hyphens.")


def _check_unique(what: str, values: Iterable[str]) -> None:
    counted = Counter(values)
    if any(number > 1 for number in counted.values()):
        raise FormatError(f"In the public bundle, a {what} stands twice.")
