"""Takes a report in: text first, then files, each sealed while it streams and durable before anybody says "received".

Rules:
1. Nothing in the clear leaves memory; what is in memory is one chunk of a file, or a text within its limit.
2. The text is committed when the first file begins, or at the end. So a file never costs the text.
3. Files go to rows of their own, one a lane: at most three rows come of a form. Each row is looked at from outside as
   a stranger's would be, then committed whole or not at all.
4. A row's name follows from the form and the content, so the same form sent twice is one report.
5. The mailbox begins in the same commit as the first row of a first visit; a mailbox that is there is left alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from flask import request

from intake.server.door import note
from intake.source.draft import Name
from intake.source.limits import TEXT_ROW_BYTES
from intake.source.presealed import checked, openpgp_keys
from intake.source.refusal_pages import reason_of
from intake.source.refusals import Reason, Refusal
from intake.source.text_only import COUNTED_AS
from intake.source.translation import current_locale
from intake.store import Commit, NewRow, StoreError
from keys.sealing.age import HYBRID_HEADER_BYTES
from keys.sealing.errors import FormatError
from keys.sealing.row_check import check_row
from keys.sealing.submission import Lane, MailboxSlip, Part, SubmissionHead
from keys.sealing.submission_writer import SubmissionWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from intake.source.draft import Draft
    from intake.source.form_stream import FormStream, Upload
    from intake.source.services import Services
    from intake.store import Incoming
    from keys.sealing.codename import MailboxKeys
    from keys.sealing.openpgp_packets import PublicKey
    from keys.sealing.submission import Submission, SubmittedFile


@dataclass(slots=True)
class Received:
    """What is durable so far.

    Attributes:
        message_sha256: the text's digest in hex if it is, else empty.
        files: which files are, in their order.
    """

    message_sha256: str = ""
    files: list[SubmittedFile] = field(default_factory=list)

    @property
    def message(self) -> bool:
        """Whether the text is durable."""
        return bool(self.message_sha256)

    def __bool__(self) -> bool:
        return self.message or bool(self.files)


class Reception:
    """Takes in one form.

    Attributes:
        received: grows while it works; right at any moment, also after a refusal.
    """

    def __init__(self, at: Services, draft: Draft, mailbox: MailboxKeys, *, first_visit: bool) -> None:
        self.received = Received()
        self._at = at
        self._draft = draft
        self._mailbox = mailbox
        self._first_visit = first_visit

    def take(self, form: FormStream) -> None:
        """Take everything in; ``Refusal`` says why it ended early, ``received`` what is safe nevertheless."""
        if not self._draft.token.ours:
            raise Refusal(Reason.NEW_WORDS if self._first_visit else Reason.OTHER_BOX)
        if not self._draft.token.fresh:
            raise Refusal(Reason.EXPIRED)
        if not self._draft.fits:
            raise Refusal(Reason.TEXT_TOO_LONG)
        try:
            if self._draft.has_message:
                self._take_message()
            if form.has_uploads:
                self._take_files(form)
        except StoreError as error:
            raise _counted(reason_of(error)) from error
        if not self.received:
            raise Refusal(Reason.NOTHING_SENT)

    def _take_message(self) -> None:
        with self._at.store.incoming(TEXT_ROW_BYTES) as incoming:
            writer = SubmissionWriter(self._at.recipient(), incoming.write, incoming.digest)
            writer.write_message(self._draft.message.expose())
            taken = self._commit(writer, incoming, self._head(Lane.ARRIVAL, Part.MESSAGE))
        self.received.message_sha256 = taken.message_sha256 or ""

    def _take_files(self, form: FormStream) -> None:
        seen: set[Lane] = set()
        for lane, uploads in groupby(form.uploads(), key=_lane):
            if lane in seen:
                raise Refusal(Reason.BROKEN_FORM)
            seen.add(lane)
            expected = form.body.still_to_come
            self._at.store.check_room(expected)
            self._take_row(lane, uploads, expected)

    def _take_row(self, lane: Lane, uploads: Iterable[Upload], expected: int) -> None:
        with self._at.store.incoming(expected) as incoming:
            writer = SubmissionWriter(self._at.recipient(), incoming.write, incoming.digest)
            keys = openpgp_keys(self._at.bundle)
            files = [_take_file(writer, upload.name, _chunks(lane, upload, keys)) for upload in uploads]
            self._commit(writer, incoming, self._head(lane, Part.FILES))
        self.received.files += files

    def _commit(self, writer: SubmissionWriter, incoming: Incoming, head: SubmissionHead) -> Submission:
        sealed = writer.finish(head)
        _check(incoming)
        row_id = self._draft.token.row_id(_content_digest(sealed.submission))
        row = NewRow(row_id, incoming, sealed.size, sealed.sha256)
        keys = self._mailbox
        is_first = self._first_visit and not self.received
        letters = ((keys.address, self._at.filler(keys)),) if is_first else ()
        self._at.store.commit(Commit((row,), letters))
        return sealed.submission

    def _head(self, lane: Lane, part: Part) -> SubmissionHead:
        return SubmissionHead(
            report=self._draft.token.report_id(),
            part=part if self._first_visit else Part.FOLLOWUP,
            lane=lane,
            language=str(current_locale()).replace("_", "-"),
            consent=self._draft.consent,
            answers=self._draft.answers,
            mailbox=MailboxSlip(self._mailbox.address, str(self._mailbox.identity.recipient())),
        )


def _counted(reason: Reason) -> Refusal:
    """Refuse, and count that a limit of the store acted if it did."""
    if reason in COUNTED_AS:
        note(request.environ, COUNTED_AS[reason])
    return Refusal(reason)


def _content_digest(submission: Submission) -> bytes:
    """Digest what a row says and holds; equal for the same form filled in the same way."""
    consent = submission.consent
    content = [
        submission.lane,
        submission.language,
        sorted(consent.may_see),
        consent.originals,
        dict(submission.answers),
        submission.mailbox and submission.mailbox.address.hex(),
        submission.message_sha256,
        [(file.original_name, file.size, file.sha256) for file in submission.files],
    ]
    return hashlib.sha256(json.dumps(content).encode()).digest()


def _check(incoming: Incoming) -> None:
    try:
        check_row(incoming.beginning(HYBRID_HEADER_BYTES), incoming.size)
    except FormatError as error:
        raise Refusal(Reason.FAILED) from error


def _lane(upload: Upload) -> Lane:
    return Lane.PRESEALED if upload.field == Name.SEALED_FILE else Lane.ARRIVAL


def _chunks(lane: Lane, upload: Upload, keys: Sequence[PublicKey]) -> Iterator[bytes]:
    return checked(upload.chunks, keys) if lane is Lane.PRESEALED else upload.chunks


def _take_file(writer: SubmissionWriter, name: str, chunks: Iterator[bytes]) -> SubmittedFile:
    writer.start_file(name)
    for chunk in chunks:
        writer.write(chunk)
    return writer.end_file()
