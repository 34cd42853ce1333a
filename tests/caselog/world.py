"""A small organisation: root, desks, reviewers, servers, leads; and a desk that forwards cases."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from caselog.case_record import CaseAttachment, CaseRecord, Form
from caselog.commitments import CommittedCase, address_key, commit_case
from caselog.custody import Act, CustodyEntry
from caselog.delivery import DeliveredPackage, Delivery, seal_delivery, write_delivery
from caselog.desk_log import DeskLog
from caselog.importing import Imported, import_delivery
from caselog.lead_store import LeadStore
from caselog.package import CasePackage, PackageFile, committed_values, sign_package, write_package
from caselog.package_reader import Trust
from keys.sealing.age import HybridIdentity
from keys.sealing.notes import SigningKey, add_signature
from keys.sealing.public_bundle import Desk, Policy, PublicBundle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from caselog.leaves import Leaf

DAY = date(2026, 11, 20)
ONE_SIGNATURE = Policy()
TWO_SIGNATURES = Policy(signatures_per_case=2)
CASE = "c1" * 16
FIELDS = {
    "title": "Dam at Kariba",
    "summary": "Water \u0645\u0627\u0621 was let out\nwithout warning.",
    "may_see": "leads",
}


CUSTODY = (CustodyEntry(DAY, Act.RECEIVED, "server/one", "in the arrival lane", "ab" * 32),)


@cache
def key(name: str) -> SigningKey:
    """Return the same key for a name in the whole run."""
    return SigningKey.from_seed(name, hashlib.sha256(name.encode()).digest())


@cache
def identity(lead: str) -> HybridIdentity:
    return HybridIdentity.from_seed(hashlib.sha256(b"lead" + lead.encode()).digest())


def public_bundle(policy: Policy = ONE_SIGNATURE, serial: int = 1, *, lost: bool = False) -> PublicBundle:
    return PublicBundle(
        serial=serial,
        issued=DAY,
        organisation="Open Harbour",
        salt=bytes(32),
        desks=(
            Desk("main", "Main desk", key("desk/main").verify_key, (), lost=lost),
            Desk("other", "Other desk", key("desk/other").verify_key, ()),
        ),
        reviewers=tuple(key(f"reviewer/{name}").verify_key for name in ("ann", "ben", "cy")),
        servers=(key("server/one").verify_key,),
        leads=(key("lead/anna").verify_key, key("lead/bo").verify_key),
        policy=policy,
    )


def bundle_note(bundle: PublicBundle) -> bytes:
    return bundle.to_note(key("root"))


def trust(policy: Policy = ONE_SIGNATURE) -> Trust:
    return Trust(public_bundle(policy).reviewers, policy)


def file_of(name: str, content: bytes) -> PackageFile:
    return PackageFile(name, len(content), hashlib.sha256(content).hexdigest(), lambda: io.BytesIO(content))


def attachment_of(file: PackageFile, form: Form = Form.REMADE) -> CaseAttachment:
    return CaseAttachment(file.name, form, "image/png", file.size, file.sha256, "The gate")


@dataclass
class DeskOf:
    """A desk with its log, as the vault would keep it."""

    name: str = "main"
    leaves: list[bytes] = field(default_factory=list)
    checkpoint: bytes = b""
    numbers: dict[str, int] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    serial: int = 1

    @property
    def key(self) -> SigningKey:
        return key(f"desk/{self.name}")

    def address_key(self, lead: str) -> bytes:
        return address_key(self.key.expose_seed(), lead)

    def append(self, *leaves: Leaf) -> int:
        """Append leaves and return the number of the first."""
        extension = DeskLog.of(self.leaves).extend(leaves, self.key)
        self.leaves += extension.leaves
        self.checkpoint = extension.checkpoint
        return extension.first

    def commit(
        self,
        record: CaseRecord,
        leads: Sequence[str] = ("anna",),
        signers: Sequence[str] = ("ann",),
        *,
        custody: Sequence[CustodyEntry] = (),
        reports: Sequence[PackageFile] = (),
    ) -> CommittedCase:
        """Commit to what the record says, to custody record and reports."""
        keys = {lead: address_key(self.key.expose_seed(), lead) for lead in leads}
        values = committed_values(record, custody, {one.name: one.sha256 for one in reports})
        return commit_case(values, [f"reviewer/{name}" for name in signers], keys)

    def forward(
        self, record: CaseRecord | None = None, files: Sequence[PackageFile] = (), leads: Sequence[str] = ("anna",)
    ) -> DeliveredPackage:
        """Forward a case: leaf in the log, package signed by ann."""
        record = record or CaseRecord(CASE, 1, FIELDS, tuple(attachment_of(file) for file in files))
        committed = self.commit(record, leads, custody=custody())
        return delivered(CasePackage.of(committed, record, custody(), files), self.append(committed.leaf))

    def delivery(
        self, *packages: DeliveredPackage, lead: str = "anna", first: int = 0, number: int | None = None
    ) -> Delivery:
        """Make the next delivery to a lead."""
        self.numbers[lead] = number or self.numbers.get(lead, 0) + 1
        return Delivery(
            lead=lead,
            number=self.numbers[lead],
            day=DAY,
            address_key=address_key(self.key.expose_seed(), lead),
            first=first,
            leaves=tuple(self.leaves[first:]),
            checkpoint=self.checkpoint or DeskLog.of().checkpoint(self.key),
            public_bundle=bundle_note(public_bundle(self.policy, self.serial)),
            packages=packages,
        )


def custody() -> list[CustodyEntry]:
    return list(CUSTODY)


def written(package: CasePackage, signers: Sequence[str] = ("ann",)) -> bytes:
    """Sign a package, one reviewer after the other, and write it."""
    note = sign_package(package, [key(f"reviewer/{signers[0]}")])
    for name in signers[1:]:
        note = add_signature(note, key(f"reviewer/{name}"))
    parts: list[bytes] = []
    write_package(package, note, parts.append)
    return b"".join(parts)


def delivered(package: CasePackage, leaf: int, signers: Sequence[str] = ("ann",)) -> DeliveredPackage:
    return delivered_bytes(written(package, signers), leaf)


def delivered_bytes(data: bytes, leaf: int) -> DeliveredPackage:
    return DeliveredPackage(leaf, len(data), hashlib.sha256(data).hexdigest(), lambda: io.BytesIO(data))


def in_the_clear(delivery: Delivery, desk: str = "main") -> bytes:
    parts: list[bytes] = []
    write_delivery(delivery, key(f"desk/{desk}"), parts.append)
    return b"".join(parts)


def sealed(delivery: Delivery, lead: str = "anna", desk: str = "main") -> bytes:
    parts: list[bytes] = []
    seal_delivery(delivery, key(f"desk/{desk}"), identity(lead).recipient(), parts.append)
    return b"".join(parts)


def new_store(folder: Path, lead: str = "anna", policy: Policy = ONE_SIGNATURE) -> LeadStore:
    return LeadStore.create(folder, lead, key("root").verify_key, bundle_note(public_bundle(policy)))


def taken(store: LeadStore, delivery: Delivery, desk: str = "main") -> Imported:
    """Import a delivery in the clear."""
    return import_delivery(store, io.BytesIO(in_the_clear(delivery, desk)), identity(store.lead))


def note_body(note: bytes) -> dict[str, Any]:
    """Return the JSON of a signed document, unverified."""
    return dict(json.loads(note.split(b"\n")[1]))
