"""Signatures under a forwarded case, and the package that exists once they are enough.

Rules:
1. A package lies sealed in the vault until it travels; it is never on the disk in the clear.
2. What the source and the policy allow is asked each time anew: on preparing, signing, logging and delivery.
3. A case counts as forwarded, and its source is told, when the case stands in the log, and not before.
4. Leads who are told the same get the same package; each package is signed, and all of one case at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from caselog.case_record import CaseRecord, Form
from caselog.commitments import CommittedCase, Disclosed
from caselog.custody import custody_from_bytes
from caselog.leaves import CaseLeaf, leaf_from_bytes
from caselog.package import CasePackage, PackageFile, needed_for, sign_package, write_package
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.letter import EntryKind
from keys.sealing.notes import add_signature, verify
from reviewer.cases import may_see
from reviewer.consent import consent_from_text
from reviewer.errors import RefusedError, ReviewerError
from reviewer.mailboxes import add_entry
from reviewer.overrides import check_policy
from reviewer.prepared import has_signed
from reviewer.purposes import Purpose, from_column
from reviewer.recipients import is_taken_back
from reviewer.trust import public_bundle
from reviewer.values import Disposition
from reviewer.vault.log_rows import DisclosureRow, ForwardFileRow, ForwardRow, LeadRow, PackageRow
from reviewer.vault.rows import CaseRow, MailboxRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from caselog.custody import CustodyEntry
    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import Policy
    from reviewer.vault.attachments import AttachmentStore
    from reviewer.vault.vault import Change, Vault


WITHDRAWN = "Case {case} was withdrawn from one of these leads since this was prepared."
NARROWED = "A later part of the report of case {case} does not allow that all of these leads see it."


@dataclass(frozen=True)
class Signed:
    """Where the signatures of a forwarded case stand; ``missing`` are names of keys.

    ``never`` is what its source said of who must never see it, for the reviewer to compare with the leads.
    Of a withdrawal its source is told nothing.
    """

    forward: int
    leads: tuple[str, ...]
    signers: tuple[str, ...]
    missing: tuple[str, ...]
    is_complete: bool
    never: str = ""
    tells_source: bool = True


def sign_again(vault: Vault, forward_id: int, reviewer: SigningKey) -> Signed:
    """Add a reviewer's signature; raises RefusedError for one whom the case does not ask for."""
    with vault.change() as change:
        row = change.rows.get(ForwardRow, forward_id)
        if row is None:
            raise ReviewerError(f"Nothing with the number {forward_id} waits for signatures.")
        change.record("sign", row.case_id, forward=(None, str(row.id)))
        return sign_forward(change, vault.attachments, row, reviewer)


def sign_forward(change: Change, attachments: AttachmentStore, row: ForwardRow, reviewer: SigningKey) -> Signed:
    """Sign every package, and seal them when the last signature is there."""
    check_allowed(change.rows, row)
    if not keys_are_current(change.rows, row):
        raise RefusedError("A lead to whom this was to go has other keys by now.", "Prepare it again.")
    signers = _leaf(row).signers
    if reviewer.name not in signers:
        raise RefusedError(f"This case is to be signed by {', '.join(signers)}, not by {reviewer.name}.")
    if reviewer.verify_key not in public_bundle(change.rows).reviewers:
        raise RefusedError(f"{reviewer.name} is no reviewer of the public bundle any more.", "Let somebody else sign.")
    packages = [(one, rebuild(change.rows, attachments, row, one.withheld)) for one in disclosures(change.rows, row)]
    for one, package in packages:
        before = one.signatures
        one.signatures = add_signature(before, reviewer) if before else sign_package(package, [reviewer])
    change.rows.flush()
    missing = tuple(name for name in signers if not has_signed(change.rows, row, name))
    if not missing and not row.complete:
        for one, package in packages:
            _seal_package(attachments, one, package)
        row.complete = True
    leads = change.rows.scalars(select(PackageRow.lead).where(PackageRow.forward_id == row.id)).all()
    never = consent_from_text(change.rows.get_one(CaseRow, row.case_id).consent).never
    return Signed(row.id, tuple(leads), signers, missing, not missing, never, row.purpose != Purpose.WITHDRAWAL)


def disclosures(rows: Session, row: ForwardRow) -> Sequence[DisclosureRow]:
    """Packages of a prepared case, one for all leads who are told the same."""
    query = select(DisclosureRow).where(DisclosureRow.forward_id == row.id)
    return rows.scalars(query.order_by(DisclosureRow.withheld)).all()


def check_allowed(rows: Session, row: ForwardRow) -> None:
    """Ask source and policy, as they are now, whether a prepared case may go; raises RefusedError.

    A withdrawal always may: it tells nothing of the case but that.
    """
    if row.purpose == Purpose.WITHDRAWAL:
        return
    case = rows.get_one(CaseRow, row.case_id)
    if row.leaf_number is None and is_taken_back(rows, row):
        raise RefusedError(WITHDRAWN.format(case=row.case_id), "Prepare it again for those who may see it.")
    if not set(_audiences(rows, row)) <= may_see(case) | from_column(row.against):
        raise RefusedError(NARROWED.format(case=row.case_id), "Prepare it again for those who may see it.")
    if row.against:
        check_policy(rows, case)
    if any(one.form is Form.ORIGINAL for one in CaseRecord.from_json(row.record).attachments):
        check_originals(rows, case)


def check_originals(rows: Session, case: CaseRow) -> None:
    """Ask source and policy whether files may leave as they came; raises RefusedError."""
    if not consent_from_text(case.consent).originals:
        raise RefusedError("The source did not allow that files leave the desk as they came.", "Send files made anew.")
    if not public_bundle(rows).policy.raw_files:
        raise RefusedError("The organisation's policy does not allow files as they came.", "Send files made anew.")


def is_allowed(rows: Session, row: ForwardRow) -> bool:
    """Whether a prepared case may go as things are now."""
    try:
        check_allowed(rows, row)
    except RefusedError:
        return False
    return True


def keys_are_current(rows: Session, row: ForwardRow) -> bool:
    """Whether all leads to whom a case is to go still have the keys that they had when it was prepared."""
    query = select(PackageRow.lead).join(LeadRow, LeadRow.name == PackageRow.lead)
    query = query.where(PackageRow.forward_id == row.id, PackageRow.key != LeadRow.verify_key)
    return rows.scalar(query.limit(1)) is None


def signers_are_current(rows: Session, row: ForwardRow) -> bool:
    """Whether reviewers of the public bundle, as it is now, have signed every package, as many as it needs."""
    bundle = public_bundle(rows)
    needed = signatures_needed(bundle.policy, CaseRecord.from_json(row.record), custody_from_bytes(row.custody))
    try:
        for one in disclosures(rows, row):
            verify(one.signatures, bundle.reviewers, needed)
    except (FormatError, SignatureError):
        return False
    return set(_leaf(row).signers) <= {key.name for key in bundle.reviewers}


def signatures_needed(policy: Policy, record: CaseRecord, custody: Sequence[CustodyEntry]) -> int:
    """How many different reviewers sign."""
    return max(policy.signatures_per_case, needed_for(record, custody))


def rebuild(rows: Session, attachments: AttachmentStore, row: ForwardRow, withheld: str) -> CasePackage:
    """Make the package again, without the fields that are withheld, from what the vault keeps of it."""
    record = told_to(CaseRecord.from_json(row.record), from_column(withheld))
    committed = CommittedCase(_leaf(row), tuple(Disclosed(**value) for value in json.loads(row.values)))
    stored = {
        file.name: file for file in rows.scalars(select(ForwardFileRow).where(ForwardFileRow.forward_id == row.id))
    }
    files = [_package_file(attachments, stored[one.name]) for one in record.attachments]
    return CasePackage.of(committed, record, custody_from_bytes(row.custody), files)


def told_to(record: CaseRecord, withheld: Collection[str]) -> CaseRecord:
    """Return what a lead is told of a case."""
    return replace(record, fields={name: value for name, value in record.fields.items() if name not in withheld})


def _leaf(row: ForwardRow) -> CaseLeaf:
    leaf = leaf_from_bytes(row.leaf)
    if not isinstance(leaf, CaseLeaf):
        raise ReviewerError("The vault holds something else than a case's leaf.", "Restore it from a backup.")
    return leaf


def _package_file(attachments: AttachmentStore, file: ForwardFileRow) -> PackageFile:
    name, seed = file.file, file.seed
    return PackageFile(file.name, file.size, file.sha256, lambda: attachments.stream(name, seed))


def _seal_package(attachments: AttachmentStore, row: DisclosureRow, package: CasePackage) -> None:
    stored = attachments.seal_pushed(lambda sink: write_package(package, row.signatures, sink))
    row.file, row.seed, row.size = stored.file, stored.seed, stored.size
    row.sha256, row.sealed_sha256 = stored.sha256, stored.sealed_sha256


def mark_forwarded(change: Change, row: ForwardRow) -> None:
    """Say of a case that it went out, and tell its source; parts that came after it was prepared stay undecided."""
    if row.purpose == Purpose.WITHDRAWAL:
        return
    case = change.rows.get_one(CaseRow, row.case_id)
    if case.disposition != Disposition.FORWARDED and case.parts == row.parts:
        change.record("disposition", case.id, disposition=(case.disposition, Disposition.FORWARDED))
        case.disposition, case.reason, case.outcome = Disposition.FORWARDED, None, None
    box = None if case.mailbox is None else change.rows.get(MailboxRow, case.mailbox)
    if box is not None and not box.disputed:
        add_entry(change, box.address, EntryKind.FORWARDED, audiences=_audiences(change.rows, row))
        if row.told:
            add_entry(change, box.address, EntryKind.NOTICE, row.told)


def _audiences(rows: Session, row: ForwardRow) -> list[str]:
    query = select(LeadRow.audience).join(PackageRow, PackageRow.lead == LeadRow.name)
    return sorted(set(rows.scalars(query.where(PackageRow.forward_id == row.id))))
