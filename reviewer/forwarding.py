"""Forwarding: what of a case goes to which leads, checked against what its source allowed.

Rules:
1. A lead gets a case only if the source allowed the lead's kind of audience, for every part of the report.
2. Title and summary are the reviewer's words. The source's words do not leave the desk.
3. Files are those that a reviewer made; a file as it came needs the source's consent, the policy's, and two signatures.
4. The source is told when it has happened.
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import func, select

from caselog.case_record import CaseAttachment, CaseRecord, Form, values_of
from caselog.commitments import address_key, commit_case
from caselog.custody import Act, CustodyEntry, custody_to_bytes
from caselog.leaves import leaf_to_bytes
from caselog.package import ORIGINALS_NEED, needed_for
from keys.sealing.names import safe_name
from reviewer import letter_words
from reviewer.cases import get_case, may_see
from reviewer.errors import RefusedError, ReviewerError
from reviewer.leads import get_lead
from reviewer.packages import sign_forward
from reviewer.trust import desk_key, public_bundle
from reviewer.values import Severity
from reviewer.vault.log_rows import ForwardFileRow, ForwardRow, PackageRow
from reviewer.vault.rows import AttachmentRow
from reviewer.vocabulary import categories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from keys.sealing.notes import SigningKey
    from reviewer.packages import Signed
    from reviewer.vault.attachments import StoredFile
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change, Vault


_CUSTODY = {Form.REMADE: Act.REMADE, Form.STRIPPED: Act.REDACTED, Form.ORIGINAL: Act.COPIED}


@dataclass(frozen=True)
class Wish:
    """What is to go, and to whom."""

    leads: tuple[str, ...]
    title: str
    summary: str
    fields: Mapping[str, str] = field(default_factory=dict)
    made_files: tuple[Path, ...] = ()
    originals: tuple[int, ...] = ()
    more_signers: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    """A file that goes along, sealed in the vault."""

    attachment: CaseAttachment
    stored: StoredFile


def forward(vault: Vault, case_id: int, wish: Wish, reviewer: SigningKey) -> Signed:
    """Prepare a case for leads and sign it; raises RefusedError where consent or policy says no."""
    with vault.look() as rows:
        _check_allowed(rows, get_case(rows, case_id), wish)
    files = _seal_files(vault, case_id, wish)
    with vault.change() as change:
        row = _prepare(change, case_id, wish, reviewer, files)
        change.record("forward", case_id, leads=(None, ", ".join(wish.leads)), title=(None, wish.title))
        return sign_forward(change, vault.attachments, row, reviewer)


def _check_allowed(rows: Session, case: CaseRow, wish: Wish) -> None:
    allowed = may_see(case)
    for lead in (get_lead(rows, name) for name in wish.leads):
        if lead.audience not in allowed:
            raise RefusedError(
                f"The source did not allow that {letter_words.audience(lead.audience)} see this report ({lead.name}).",
                f"Allowed: {letter_words.audiences(allowed)}. Ask with: khomo-reviewer reply {case.id} --question",
            )
    if wish.originals:
        _check_originals(rows, case, wish)


def _check_originals(rows: Session, case: CaseRow, wish: Wish) -> None:
    if not json.loads(case.consent)["originals"]:
        raise RefusedError("The source did not allow that files leave the desk as they came.", "Send files made anew.")
    if not public_bundle(rows).policy.raw_files:
        raise RefusedError("The organisation's policy does not allow files as they came.", "Send files made anew.")
    if len(wish.more_signers) + 1 < ORIGINALS_NEED:
        raise RefusedError("Files as they came need two signatures.", "Name the second reviewer with --signer.")


def _seal_files(vault: Vault, case_id: int, wish: Wish) -> list[_File]:
    files: list[_File] = []
    for path in wish.made_files:
        with path.open("rb") as source:
            files.append(_seal_file(vault, source, path.name, Form.REMADE, files))
    for number in wish.originals:
        with vault.look() as rows:
            attachment = rows.get(AttachmentRow, number)
        if attachment is None or attachment.case_id != case_id:
            raise ReviewerError(f"Case {case_id} has no attachment {number}.", "`khomo-reviewer show` lists them.")
        with vault.attachments.open(attachment.file, attachment.seed) as source:
            files.append(_seal_file(vault, source, attachment.original_name, Form.ORIGINAL, files))
    return files


def _seal_file(vault: Vault, source: BinaryIO, name: str, form: Form, before: Sequence[_File]) -> _File:
    stored = vault.attachments.seal(source)
    safe = safe_name(name, [file.attachment.name for file in before])
    media_type = mimetypes.guess_type(safe)[0] or "application/octet-stream"
    return _File(CaseAttachment(safe, form, media_type, stored.size, stored.sha256), stored)


def _prepare(change: Change, case_id: int, wish: Wish, reviewer: SigningKey, files: Sequence[_File]) -> ForwardRow:
    case = get_case(change.rows, case_id)
    record = _record(change.rows, case, wish, files)
    signers = _signers(change.rows, wish, reviewer, record)
    seed = desk_key(change.rows).expose_seed()
    committed = commit_case(values_of(record), signers, {lead: address_key(seed, lead) for lead in wish.leads})
    row = ForwardRow(
        case_id=case.id,
        day=change.day,
        record=record.to_json(),
        leaf=leaf_to_bytes(committed.leaf),
        values=json.dumps([asdict(value) for value in committed.values]),
        custody=custody_to_bytes(_custody(change, case, reviewer, files)),
        signatures=b"",
    )
    change.rows.add(row)
    change.rows.flush()
    change.rows.add_all(_file_row(row, file) for file in files)
    change.rows.add_all(PackageRow(forward_id=row.id, lead=lead) for lead in sorted(set(wish.leads)))
    return row


def _file_row(row: ForwardRow, file: _File) -> ForwardFileRow:
    return ForwardFileRow(forward_id=row.id, name=file.attachment.name, **asdict(file.stored))


def _signers(rows: Session, wish: Wish, reviewer: SigningKey, record: CaseRecord) -> set[str]:
    """Names of the keys that are to sign; raises ReviewerError when they are too few or unknown."""
    bundle = public_bundle(rows)
    known = {key.name.rpartition("/")[2]: key.name for key in bundle.reviewers}
    unknown = [name for name in wish.more_signers if name not in known]
    if unknown:
        raise ReviewerError(f"No reviewer {unknown[0]!r} is in the public bundle.", f"Known: {', '.join(known)}.")
    signers = {reviewer.name, *(known[name] for name in wish.more_signers)}
    needed = max(bundle.policy.signatures_per_case, needed_for(record))
    if len(signers) < needed:
        raise RefusedError(f"A case needs {needed} signatures.", "Name the other reviewers with --signer.")
    return signers


def _custody(change: Change, case: CaseRow, reviewer: SigningKey, files: Sequence[_File]) -> list[CustodyEntry]:
    made = [
        CustodyEntry(
            change.day, _CUSTODY[file.attachment.form], reviewer.name, file.attachment.name, file.stored.sha256
        )
        for file in files
    ]
    return [
        CustodyEntry(case.first_day, Act.RECEIVED, "desk", f"{case.parts} sealed rows of one report"),
        CustodyEntry(case.first_day, Act.DECRYPTED, "desk", "opened on a machine without a network"),
        *made,
        CustodyEntry(change.day, Act.REVIEWED, reviewer.name, "title and summary written"),
    ]


def _record(rows: Session, case: CaseRow, wish: Wish, files: Sequence[_File]) -> CaseRecord:
    earlier = rows.scalar(select(func.count()).where(ForwardRow.case_id == case.id)) or 0
    known = {
        "title": wish.title,
        "summary": wish.summary,
        "may_see": "; ".join(sorted(may_see(case))),
        "first_day": case.first_day.isoformat(),
        "last_day": case.last_day.isoformat(),
        "severity": "" if case.severity == Severity.UNSET else Severity(case.severity).word,
        "category": categories().get(case.category or "", ""),
        "language": case.language,
    }
    fields = {name: value for name, value in {**known, **wish.fields}.items() if value}
    return CaseRecord(case.public_id.hex(), earlier + 1, fields, tuple(file.attachment for file in files))
