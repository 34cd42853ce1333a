"""Forwarding: what of a case goes to which leads, checked against what its source allowed.

Rules:
1. A lead gets a case only if the source allowed the lead's kind of audience, for every part of the report.
2. Title and summary are the reviewer's words. The source's words do not leave the desk.
3. Files are those that a reviewer made; a file as it came needs the source's consent, the policy's, and two signatures.
   What bytes show of that, ``made_files`` looks at; that a file was made anew is a reviewer's word, and told as such.
4. No name that the source gave a file leaves the desk.
5. The source is told when it has happened.
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import func, select

from caselog.case_record import CaseAttachment, CaseRecord, Form
from caselog.commitments import address_key, commit_case
from caselog.custody import Act, CustodyEntry, custody_to_bytes
from caselog.leaves import leaf_to_bytes
from caselog.package import ORIGINALS_NEED, committed_values, needed_for
from keys.sealing.names import safe_name
from reviewer import letter_words
from reviewer.cases import get_case, may_see
from reviewer.errors import RefusedError, ReviewerError
from reviewer.leads import get_lead
from reviewer.made_files import check_made
from reviewer.packages import check_originals, sign_forward
from reviewer.people import accused_for_leads
from reviewer.trust import desk_key, public_bundle
from reviewer.values import Disposition, Severity
from reviewer.vault.log_rows import ForwardFileRow, ForwardRow, PackageRow
from reviewer.vault.rows import AttachmentRow
from reviewer.vocabulary import categories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from keys.sealing.notes import SigningKey
    from reviewer.packages import Signed
    from reviewer.vault.attachments import StoredFile
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change, Vault


COMPUTED = frozenset(
    {"title", "summary", "may_see", "first_day", "last_day", "severity", "category", "language", "perpetrator"}
)
"""Fields of a case that no wish sets: they are what the vault says, or have options of their own."""

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
    _check_fields(wish)
    with vault.look() as rows:
        _check_allowed(rows, get_case(rows, case_id), wish)
    files = _seal_files(vault, case_id, wish)
    with vault.change() as change:
        row = _prepare(change, case_id, wish, reviewer, files)
        change.record("forward", case_id, leads=(None, ", ".join(wish.leads)), title=(None, wish.title))
        return sign_forward(change, vault.attachments, row, reviewer)


def _check_fields(wish: Wish) -> None:
    computed = sorted(wish.fields.keys() & COMPUTED)
    if computed:
        raise ReviewerError(
            f"The desk itself says what stands in {', '.join(computed)}.",
            "Give other fields with --field; severity, category and consent are those of the case.",
        )


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
    check_originals(rows, case)
    if len(wish.more_signers) + 1 < ORIGINALS_NEED:
        raise RefusedError("Files as they came need two signatures.", "Name the second reviewer with --signer.")


def _seal_files(vault: Vault, case_id: int, wish: Wish) -> list[_File]:
    files: list[_File] = []
    for path in wish.made_files:
        with path.open("rb") as source:
            files.append(_seal_file(vault, source, path.name, Form.REMADE, files))
        check_made(vault, case_id, files[-1].stored, path)
    for number in wish.originals:
        with vault.look() as rows:
            attachment = rows.get(AttachmentRow, number)
        if attachment is None or attachment.case_id != case_id:
            raise ReviewerError(f"Case {case_id} has no attachment {number}.", "`khomo-reviewer show` lists them.")
        with vault.attachments.open(attachment.file, attachment.seed) as source:
            name = _original_name(attachment.original_name, len(files) - len(wish.made_files) + 1)
            files.append(_seal_file(vault, source, name, Form.ORIGINAL, files))
    return files


def _original_name(name: str, number: int) -> str:
    """A name that tells nothing: people put names of people into names of files."""
    suffix = Path(name).suffix.lower()
    known = suffix if suffix.isascii() and suffix in mimetypes.types_map else ""
    return f"original-{number}{known}"


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
    custody = _custody(change, case, reviewer, files)
    values = committed_values(record, custody, {})
    committed = commit_case(values, signers, {lead: address_key(seed, lead) for lead in wish.leads})
    row = ForwardRow(
        case_id=case.id,
        day=change.day,
        parts=case.parts,
        record=record.to_json(),
        leaf=leaf_to_bytes(committed.leaf),
        values=json.dumps([asdict(value) for value in committed.values]),
        custody=custody_to_bytes(custody),
        signatures=b"",
    )
    change.rows.add(row)
    change.rows.flush()
    change.rows.add_all(_file_row(row, file) for file in files)
    for lead in (get_lead(change.rows, name) for name in sorted(set(wish.leads))):
        change.rows.add(PackageRow(forward_id=row.id, lead=lead.name, key=lead.verify_key))
    _open_again(change, case)
    return row


def _open_again(change: Change, case: CaseRow) -> None:
    """Let a case that was closed wait as an open one; what the log said of it stays until it has gone out."""
    if case.disposition in {Disposition.CLOSED, Disposition.SPAM}:
        reason = (case.reason, None)
        change.record("open again", case.id, disposition=(case.disposition, Disposition.OPEN), reason=reason)
        case.disposition, case.reason, case.outcome = Disposition.OPEN, None, None


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
            change.day, _CUSTODY[file.attachment.form], reviewer.name, _what(file.attachment), file.stored.sha256
        )
        for file in files
    ]
    return [
        CustodyEntry(case.first_day, Act.RECEIVED, "desk", f"{case.parts} sealed rows of one report"),
        CustodyEntry(case.first_day, Act.DECRYPTED, "desk", "opened on a machine without a network"),
        *made,
        CustodyEntry(change.day, Act.REVIEWED, reviewer.name, "title and summary written"),
    ]


def _what(file: CaseAttachment) -> str:
    return f"{file.name}; that it was made anew is this person's word" if file.form is Form.REMADE else file.name


def _record(rows: Session, case: CaseRow, wish: Wish, files: Sequence[_File]) -> CaseRecord:
    earlier = rows.scalar(select(func.count()).where(ForwardRow.case_id == case.id)) or 0
    known = {  # names are those of COMPUTED
        "title": wish.title,
        "summary": wish.summary,
        "may_see": "; ".join(sorted(may_see(case))),
        "first_day": case.first_day.isoformat(),
        "last_day": case.last_day.isoformat(),
        "severity": "" if case.severity == Severity.UNSET else Severity(case.severity).word,
        "category": categories().get(case.category or "", ""),
        "language": case.language,
        "perpetrator": accused_for_leads(rows, case),
    }
    fields = {name: value for name, value in {**wish.fields, **known}.items() if value}
    return CaseRecord(case.public_id.hex(), earlier + 1, fields, tuple(file.attachment for file in files))
