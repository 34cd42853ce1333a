"""What stands on a last page, as rows of the vault: one leaf, and a package for all leads who are told the same."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from caselog.commitments import address_key, commit_case
from caselog.custody import custody_to_bytes
from caselog.leaves import leaf_to_bytes
from caselog.package import committed_values
from reviewer.cases import get_case
from reviewer.errors import RefusedError, ReviewerError
from reviewer.leads import get_lead
from reviewer.packages import signatures_needed
from reviewer.purposes import to_column
from reviewer.trust import desk_key, public_bundle
from reviewer.vault.log_rows import DisclosureRow, ForwardFileRow, ForwardRow, PackageRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from caselog.case_record import CaseRecord
    from caselog.custody import CustodyEntry
    from reviewer.last_page import LastPage, Share
    from reviewer.vault.attachments import StoredFile
    from reviewer.vault.vault import Change


def prepare(
    change: Change, page: LastPage, custody: Sequence[CustodyEntry], files: Mapping[str, StoredFile]
) -> ForwardRow:
    """Write what stands on a page; it waits for its signatures."""
    case = get_case(change.rows, page.case)
    seed = desk_key(change.rows).expose_seed()
    values = committed_values(page.record, custody, {})
    addressed = {share.lead: address_key(seed, share.lead) for share in page.shares}
    committed = commit_case(values, page.signers, addressed)
    row = ForwardRow(
        case_id=case.id,
        purpose=page.purpose,
        day=change.day,
        parts=case.parts,
        record=page.record.to_json(),
        leaf=leaf_to_bytes(committed.leaf),
        values=json.dumps([asdict(value) for value in committed.values]),
        custody=custody_to_bytes(custody),
        against=to_column(page.against),
        told=page.told_text,
        complete=False,
    )
    change.rows.add(row)
    change.rows.flush()
    change.rows.add_all(ForwardFileRow(forward_id=row.id, name=name, **asdict(one)) for name, one in files.items())
    _address(change, row, page)
    return row


def _address(change: Change, row: ForwardRow, page: LastPage) -> None:
    """Note what each lead gets; a field that is in nobody's package is withheld from nobody."""
    groups = {share.lead: _withheld(page.record, share) for share in page.shares}
    change.rows.add_all(DisclosureRow(forward_id=row.id, withheld=one, signatures=b"") for one in set(groups.values()))
    change.rows.flush()
    for name, withheld in sorted(groups.items()):
        lead = get_lead(change.rows, name)
        change.rows.add(PackageRow(forward_id=row.id, lead=name, key=lead.verify_key, withheld=withheld))


def _withheld(record: CaseRecord, share: Share) -> str:
    return to_column(record.fields.keys() & set(share.withheld))


def signers_for(
    rows: Session, wished: Iterable[str], reviewer: str, record: CaseRecord, custody: Sequence[CustodyEntry]
) -> tuple[str, ...]:
    """Names of the keys that are to sign, sorted; raises ReviewerError when they are too few or unknown."""
    bundle = public_bundle(rows)
    known = {key.name.rpartition("/")[2]: key.name for key in bundle.reviewers}
    unknown = [name for name in wished if name not in known]
    if unknown:
        raise ReviewerError(f"No reviewer {unknown[0]!r} is in the public bundle.", f"Known: {', '.join(known)}.")
    signers = {reviewer, *(known[name] for name in wished)}
    needed = signatures_needed(bundle.policy, record, custody)
    if len(signers) < needed:
        raise RefusedError(f"A case needs {needed} signatures.", "Name the other reviewers with --signer.")
    return tuple(sorted(signers))
