"""Rows in which a source does something without files: a new consent, an opinion, the end of the mailbox.

Rules:
1. Such a row has the size and the look of any text; what it does stands inside its envelope.
2. The end of a mailbox stores a letter that nobody can open in the same commit: the row that tells the desk and the
   letter are there together or not at all. On the disk that is what a first report looks like, and nothing else.
3. The row's name follows from the form and the content, so the same form sent twice is one row.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from intake.source.limits import TEXT_ROW_BYTES
from intake.source.naming import NO_NAME, kept
from intake.source.refusals import Reason, Refusal
from intake.source.text_only import refused
from intake.source.translation import current_locale
from intake.store import Commit, NewRow, StoreError
from keys.sealing import limits
from keys.sealing.age import HYBRID_HEADER_BYTES
from keys.sealing.errors import FormatError
from keys.sealing.followup import Act
from keys.sealing.letter import blank_letter
from keys.sealing.row_check import check_row
from keys.sealing.submission import Consent, Lane, MailboxSlip, Part, SubmissionHead
from keys.sealing.submission_writer import SubmissionWriter

if TYPE_CHECKING:
    from intake.source.form_token import FormToken
    from intake.source.naming import GivenName
    from intake.source.services import Services
    from intake.store import Incoming
    from keys.sealing.codename import MailboxKeys
    from keys.sealing.followup import Followup
    from keys.sealing.submission import Submission

NOBODY = Consent(may_see=frozenset())
"""What a row allows that is about something else."""


@dataclass(frozen=True, slots=True)
class ActRow:
    """What a source does, to which desk it goes, and what they give of themselves with it."""

    followup: Followup
    desk: str = ""
    consent: Consent = NOBODY
    name: GivenName = NO_NAME
    message: str = field(default="", repr=False)


def take_act(at: Services, token: FormToken, keys: MailboxKeys, act: ActRow) -> None:
    """Store the row; ``Refusal`` says why nothing was stored."""
    if not token.ours:
        raise Refusal(Reason.OTHER_BOX)
    if not token.fresh:
        raise Refusal(Reason.EXPIRED)
    if len(act.message.encode()) > limits.MESSAGE_BYTES:
        raise Refusal(Reason.TEXT_TOO_LONG)
    head = replace(_head(token, keys, act), name=kept(at, act.name))
    try:
        _store(at, token, keys, act, head)
    except StoreError as error:
        raise refused(error, text=True) from error


def _store(at: Services, token: FormToken, keys: MailboxKeys, act: ActRow, head: SubmissionHead) -> None:
    with at.store.incoming(TEXT_ROW_BYTES) as incoming:
        writer = SubmissionWriter(at.recipient(act.desk), incoming.write, incoming.digest)
        if act.message.strip():
            writer.write_message(act.message.encode())
        sealed = writer.finish(head)
        _check(incoming)
        row_id = token.row_id(_digest(sealed.submission, act.name.text))
        row = NewRow(row_id, incoming, sealed.size, sealed.sha256)
        ends = act.followup.act is Act.WRITE_OFF
        at.store.commit(Commit((row,), blanks=((keys.address, blank_letter()),) if ends else ()))


def _head(token: FormToken, keys: MailboxKeys, act: ActRow) -> SubmissionHead:
    return SubmissionHead(
        report=token.report_id(),
        part=Part.FOLLOWUP,
        lane=Lane.ARRIVAL,
        language=str(current_locale()).replace("_", "-"),
        consent=act.consent,
        answers=act.followup.to_answers(),
        mailbox=MailboxSlip(keys.address, str(keys.identity.recipient())),
    )


def _digest(submission: Submission, name: str) -> bytes:
    said = [
        submission.language,
        submission.consent.to_json(),
        dict(submission.answers),
        submission.message_sha256,
        name,
    ]
    return hashlib.sha256(json.dumps(said).encode()).digest()


def _check(incoming: Incoming) -> None:
    try:
        check_row(incoming.beginning(HYBRID_HEADER_BYTES), incoming.size)
    except FormatError as error:
        raise Refusal(Reason.FAILED) from error
