"""Files an opened row: into the case of its report, with its mailbox and a receipt for the source.

Rules:
1. Rows with the same report id are one case if they are of one source too (``mailboxes``); so are rows that name the
   same mailbox.
2. A report that claims the mailbox of another is a case of its own without one, until a person decides.
3. Who may see a case follows from what its parts say (``followups``); a part that changes that says so.
4. Where the source says that somebody is in danger or a child is involved, the case is listed first.
5. A name is kept with its case, and in no index.
6. A new part makes its case unread again, and opens it again, whatever was decided of the parts before; unless a
   reviewer muted the case and nobody is in danger (``likeness.muting``).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.answers import CHILD, DANGER, says_yes
from keys.sealing.display import one_line
from keys.sealing.followup import form_answers
from keys.sealing.values import ID_BYTES
from reviewer import clocks, limits
from reviewer.answer_words import answers_text
from reviewer.consent import consent_to_text
from reviewer.followups import OPENS_AGAIN, follow, read_followup
from reviewer.likeness.muting import is_muted, keeps_quiet
from reviewer.likeness.signing import sign
from reviewer.mailboxes import add_receipt, claim_mailbox, is_same_source, take_mailbox
from reviewer.row_opening import Unopened
from reviewer.source_names import keep_names
from reviewer.values import CHILD_LABEL, FOUND_WANTING, ArrivalState, Disposition, MailboxKind, Severity, Status
from reviewer.vault.lost_words_rows import case_of, moved_from
from reviewer.vault.rows import ArrivalRow, AttachmentRow, CaseRow, LabelRow, MessageRow
from reviewer.vault.words_index import add_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from keys.sealing.canonical import JSON
    from reviewer.row_opening import Opened, OpenedFile
    from reviewer.vault.vault import Change

_FOUND_AGAIN = (
    "It came from the mailbox of case {old}, whose words were lost as case {new} says: one of the two may be posing. "
    "If case {new} is: lost-words {new} --undo --posing"
)
_APART = "It bears the number of the report of case {case} and is not of its source: somebody may be posing."


@dataclass(frozen=True)
class Arrived:
    """One row of the door, as a bundle names it; ``bundle_id`` is of the first that did."""

    id: bytes
    bundle_id: int
    size: int
    sha256: str


def file_row(change: Change, arrived: Arrived, found: Opened | Unopened) -> ArrivalState:
    """Write a row and all that it brought; returns how it was found."""
    arrival = change.rows.get(ArrivalRow, arrived.id) or ArrivalRow(id=arrived.id, day=change.day)
    arrival.bundle_id, arrival.size, arrival.sha256 = arrived.bundle_id, arrived.size, arrived.sha256
    arrival.problem = found.problem
    change.rows.add(arrival)
    if isinstance(found, Unopened):
        arrival.state = found.state
        return found.state
    arrival.part = found.submission.part
    if found.is_decoy:
        arrival.state, arrival.proof = ArrivalState.DECOY, found.submission.decoy
        take_mailbox(change, found.submission.mailbox, MailboxKind.DECOY)
        return ArrivalState.DECOY
    arrival.state = ArrivalState.OPENED
    _file_part(change, arrival, found)
    return ArrivalState.OPENED


def _file_part(change: Change, arrival: ArrivalRow, found: Opened) -> None:
    slip = found.submission.mailbox
    mailbox = take_mailbox(change, slip, MailboxKind.REAL)
    followup = read_followup(found, is_own=mailbox is not None)
    answers = found.answers if followup is None else form_answers(found.answers)
    arrival.answers = json.dumps(dict(answers), ensure_ascii=False) if answers else None
    if slip is not None and mailbox is None:
        claim_mailbox(arrival, slip, found.digests)
    case = _case(change, arrival, found)
    arrival.case_id = case.id
    arrival.problem = arrival.problem or _came_from_before(change.rows, mailbox)
    change.rows.flush()
    keep_names(change, case, arrival, (one.name for one in (*found.inner, found.submission)))
    follow(change, case, arrival, found, followup)
    if (followup and followup.act) in OPENS_AGAIN and not is_muted(change.rows, case.id):
        _open_again(change, case)
    if arrival.answers:
        add_words(change.rows, case.id, "answer", case.id, answers_text(arrival.answers))
    file_content(change, arrival, case, found.texts, found.files)
    if mailbox is not None and found.digests:
        add_receipt(change, mailbox, found.digests)


def _came_from_before(rows: Session, mailbox: bytes | None) -> str | None:
    """What reviewers must know of a row from a mailbox whose words were lost, as somebody said."""
    move = None if mailbox is None else moved_from(rows, mailbox)
    return None if move is None else _FOUND_AGAIN.format(old=move.old_case, new=move.new_case)


def file_content(
    change: Change, arrival: ArrivalRow, case: CaseRow, texts: Iterable[str], files: Iterable[OpenedFile]
) -> None:
    """Put into a case what was found in one of its rows, when it came or later."""
    for text in texts:
        _file_text(change, arrival, case, text)
    for file in files:
        _file_attachment(change, arrival, case, file)


def _case(change: Change, arrival: ArrivalRow, found: Opened) -> CaseRow:
    submission, mailbox = found.submission, None
    if submission.mailbox is not None and arrival.claim is None:
        mailbox = submission.mailbox.address
    first = change.rows.scalar(select(CaseRow).where(CaseRow.report == submission.report))
    case = first
    if first is not None and not first.destroyed and not is_same_source(change.rows, first, submission.mailbox):
        case, arrival.problem = None, arrival.problem or _APART.format(case=first.id)
    if case is None and mailbox is not None:
        case = change.rows.scalar(case_of(mailbox))
    if case is None or case.destroyed:
        return _new_case(change, found, mailbox, known_report=first is not None)
    _add_part(change, case, found)
    return case


def _new_case(change: Change, found: Opened, mailbox: bytes | None, *, known_report: bool) -> CaseRow:
    submission = found.submission
    case = CaseRow(
        report=submission.report if not known_report else secrets.token_bytes(ID_BYTES),
        public_id=secrets.token_bytes(ID_BYTES),
        status=Status.NEW,
        severity=Severity.UNSET,
        unread=True,
        disposition=Disposition.OPEN,
        lane=submission.lane,
        language=submission.language,
        consent=consent_to_text(found.consent),
        first_day=change.day,
        last_day=change.day,
        preview="",
        parts=1,
        files=len(submission.files),
        mailbox=mailbox,
        destroyed=False,
    )
    change.rows.add(case)
    change.rows.flush()
    list_first(change, case, found.answers)
    clocks.start(change.rows, case)
    return case


def _add_part(change: Change, case: CaseRow, found: Opened) -> None:
    case.parts += 1
    case.files += len(found.submission.files)
    if not keeps_quiet(change, case, found.answers):
        case.last_day, case.unread = change.day, True
    list_first(change, case, found.answers)


def list_first(change: Change, case: CaseRow, answers: Mapping[str, JSON]) -> None:
    """Put the case before the others if the source says that it cannot wait; a person may put it back."""
    if says_yes(answers, DANGER):
        case.severity = Severity.DANGER
    if says_yes(answers, CHILD) and change.rows.get(LabelRow, (CHILD_LABEL, case.id)) is None:
        change.rows.add(LabelRow(label=CHILD_LABEL, case_id=case.id))


def _open_again(change: Change, case: CaseRow) -> None:
    """Nobody has decided about the new part: what was decided before is no answer to it."""
    reopened: dict[str, tuple[str | None, str | None]] = {}
    if case.status in FOUND_WANTING:
        reopened["status"] = (case.status, Status.ASSESSING.value)
        case.status = Status.ASSESSING
    if case.disposition != Disposition.OPEN:
        reopened |= {"disposition": (case.disposition, Disposition.OPEN.value), "reason": (case.reason, None)}
        case.disposition, case.reason, case.outcome = Disposition.OPEN, None, None
    if reopened:
        change.record("new part", case.id, **reopened)


def _file_text(change: Change, arrival: ArrivalRow, case: CaseRow, text: str) -> None:
    message = MessageRow(case_id=case.id, arrival_id=arrival.id, day=change.day, text=text)
    change.rows.add(message)
    change.rows.flush()
    add_words(change.rows, case.id, "message", message.id, text)
    sign(change.rows, message)
    case.preview = _preview(_first_text(change, case))


def _first_text(change: Change, case: CaseRow) -> str:
    """The longest text of the first bundle with one: its rows stand in no order, and an addition is short."""
    query = select(ArrivalRow.bundle_id, MessageRow.text).join(ArrivalRow, ArrivalRow.id == MessageRow.arrival_id)
    texts = change.rows.execute(query.where(MessageRow.case_id == case.id).order_by(MessageRow.id)).all()
    first = min(bundle for bundle, _text in texts)
    return max((text for bundle, text in texts if bundle == first), key=len)


def _file_attachment(change: Change, arrival: ArrivalRow, case: CaseRow, file: OpenedFile) -> None:
    stored = file.stored
    attachment = AttachmentRow(
        case_id=case.id,
        arrival_id=arrival.id,
        file=stored.file,
        seed=stored.seed,
        original_name=file.original_name,
        size=stored.size,
        sha256=stored.sha256,
        sealed_sha256=stored.sealed_sha256,
        problem=file.problem,
    )
    change.rows.add(attachment)
    change.rows.flush()
    add_words(change.rows, case.id, "file", attachment.id, file.original_name)


def _preview(text: str) -> str:
    """The beginning of a text on one line, with nothing that could move a cursor."""
    shown = " ".join(one_line(text[: 4 * limits.PREVIEW_CHARACTERS]).split())
    return shown if len(shown) <= limits.PREVIEW_CHARACTERS else shown[: limits.PREVIEW_CHARACTERS - 1] + "…"
