"""Takes a report in: text first, then files, each sealed while it streams and durable before anybody says "received".

Rules:
1. Nothing in the clear leaves memory; what is in memory is one chunk of a file, or a text within its limit.
2. The text is committed when the first file begins, or at the end. So a file never costs the text.
3. Every file goes to a row of its own: a broken file loses only itself, and those before it are safe already. Each row
   is looked at from outside as a stranger's would be, then committed whole or not at all.
4. A row's name follows from the form and the content, so the same form sent twice is one report.
5. The answers to the form's questions lie in the first row that comes of it.
6. All rows go to the desk that the source's answers ask for, or nowhere.
7. A name lies in the row of the text; where there is no text, in a row like one.
8. The mailbox begins in the same commit as the first row of a first visit; a mailbox that is there is left alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from intake.source.draft import Name
from intake.source.limits import TEXT_ROW_BYTES
from intake.source.naming import kept
from intake.source.presealed import DeskKeys, checked
from intake.source.refusals import OF_ONE_FILE, Reason, Refusal
from intake.source.text_only import refused
from intake.source.translation import current_locale
from intake.store import Commit, NewRow, StoreError, StoreFull
from keys.sealing.age import HYBRID_HEADER_BYTES
from keys.sealing.errors import FormatError
from keys.sealing.row_check import check_row
from keys.sealing.submission import Lane, MailboxSlip, Part, SubmissionHead
from keys.sealing.submission_writer import SubmissionWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake.source.draft import Draft
    from intake.source.form_stream import FormStream, Upload
    from intake.source.services import Services
    from intake.store import Incoming
    from keys.sealing.codename import MailboxKeys
    from keys.sealing.source_name import SourceName
    from keys.sealing.submission import Submission, SubmittedFile


@dataclass(slots=True)
class Received:
    """What is durable so far.

    Attributes:
        message_sha256: the text's digest in hex if it is, else empty.
        files: which files are, in their order.
        answers: whether answers to questions are.
        name: whether the source's name, or how to reach them, is.
        refused: names of files that could not be taken, each for itself.
    """

    message_sha256: str = ""
    files: list[SubmittedFile] = field(default_factory=list)
    answers: bool = False
    name: bool = False
    refused: list[str] = field(default_factory=list)

    @property
    def message(self) -> bool:
        """Whether the text is durable."""
        return bool(self.message_sha256)

    def __bool__(self) -> bool:
        return self.message or self.answers or self.name or bool(self.files)


class Coming(Enum):
    """At what point of a report a form comes in."""

    FIRST = auto()
    ON_THE_RECEIPT = auto()
    ON_RETURN = auto()


_TEXT_PART = {
    Coming.FIRST: Part.MESSAGE,
    Coming.ON_THE_RECEIPT: Part.FOLLOWUP,
    Coming.ON_RETURN: Part.FOLLOWUP,
}
_FILE_PART = {Coming.FIRST: Part.FILES, Coming.ON_THE_RECEIPT: Part.FILES, Coming.ON_RETURN: Part.FOLLOWUP}
_NOT_OURS = {
    Coming.FIRST: Reason.NEW_WORDS,
    Coming.ON_THE_RECEIPT: Reason.RECEIPT_OVER,
    Coming.ON_RETURN: Reason.OTHER_BOX,
}


class Reception:
    """Takes in one form.

    Attributes:
        received: grows while it works; right at any moment, also after a refusal.
    """

    def __init__(
        self, at: Services, draft: Draft, mailbox: MailboxKeys, *, first_visit: bool, more: bool = False
    ) -> None:
        self.received = Received()
        self._at = at
        self._draft = draft
        self._mailbox = mailbox
        self._coming = (Coming.ON_THE_RECEIPT if more else Coming.FIRST) if first_visit else Coming.ON_RETURN

    def take(self, form: FormStream) -> None:
        """Take everything in; ``Refusal`` says why it ended early, ``received`` what is safe nevertheless."""
        if not self._draft.token.ours:
            raise Refusal(_NOT_OURS[self._coming])
        if not self._draft.token.fresh:
            raise Refusal(Reason.EXPIRED)
        if not self._draft.fits:
            raise Refusal(Reason.TEXT_TOO_LONG)
        if not self._draft.answers_fit:
            raise Refusal(Reason.ANSWERS_TOO_LONG)
        name = kept(self._at, self._draft.name)
        try:
            if self._draft.says_something or self._only_answers:
                self._take_text(name)
            if form.has_uploads:
                self._take_files(form)
        except StoreError as error:
            raise refused(error) from error
        if not self.received:
            raise Refusal(Reason.NOTHING_SENT)

    @property
    def _only_answers(self) -> bool:
        """Whether answers that were chosen are worth a row: beside a report that is safe already."""
        return self._coming is Coming.ON_THE_RECEIPT and bool(self._draft.answers)

    def _take_text(self, name: SourceName | None) -> None:
        try:
            self._store_text(name)
        except StoreFull as full:
            raise refused(full, text=True) from full

    def _store_text(self, name: SourceName | None) -> None:
        with self._at.store.incoming(TEXT_ROW_BYTES) as incoming:
            writer = SubmissionWriter(self._at.recipient(self._draft.desk), incoming.write, incoming.digest)
            if self._draft.has_message:
                writer.write_message(self._draft.message.expose())
            head = replace(self._head(Lane.ARRIVAL, _TEXT_PART[self._coming]), name=name)
            taken = self._commit(writer, incoming, head)
        self.received.message_sha256 = taken.message_sha256 or ""
        self.received.name = name is not None

    def _take_files(self, form: FormStream) -> None:
        refusal = None
        for upload in form.uploads():
            expected = form.body.still_to_come
            self._at.store.check_room(expected)
            try:
                self._take_file(upload, expected)
            except Refusal as one:
                if one.reason not in OF_ONE_FILE:
                    raise
                refusal = one
                self.received.refused.append(upload.name)
                for _chunk in upload.chunks:  # what comes after it may be right
                    pass
        if refusal is not None:
            raise refusal

    def _take_file(self, upload: Upload, expected: int) -> None:
        lane = Lane.PRESEALED if upload.field == Name.SEALED_FILE else Lane.ARRIVAL
        with self._at.store.incoming(expected) as incoming:
            writer = SubmissionWriter(self._at.recipient(self._draft.desk), incoming.write, incoming.digest)
            writer.start_file(upload.name)
            for chunk in self._chunks(lane, upload):
                writer.write(chunk)
            file = writer.end_file()
            self._commit(writer, incoming, self._head(lane, _FILE_PART[self._coming]))
        self.received.files.append(file)

    def _chunks(self, lane: Lane, upload: Upload) -> Iterator[bytes]:
        if lane is not Lane.PRESEALED:
            return upload.chunks
        return checked(upload.chunks, DeskKeys.of(self._at, self._draft.desk))

    def _commit(self, writer: SubmissionWriter, incoming: Incoming, head: SubmissionHead) -> Submission:
        sealed = writer.finish(head)
        _check(incoming)
        name = self._draft.name.text if head.name else ""
        row_id = self._draft.token.row_id(_content_digest(sealed.submission, name))
        row = NewRow(row_id, incoming, sealed.size, sealed.sha256)
        keys = self._mailbox
        begins = self._coming is Coming.FIRST and not self.received
        letters = ((keys.address, self._at.filler(keys, self._draft.desk)),) if begins else ()
        self._at.store.commit(Commit((row,), letters))
        self.received.answers |= bool(head.answers and self._draft.filled.answers)
        return sealed.submission

    def _head(self, lane: Lane, part: Part) -> SubmissionHead:
        return SubmissionHead(
            report=self._draft.token.report_id(),
            part=part,
            lane=lane,
            language=str(current_locale()).replace("_", "-"),
            consent=self._draft.consent,
            answers={} if self.received and self._coming is not Coming.ON_RETURN else self._draft.answers,
            mailbox=MailboxSlip(self._mailbox.address, str(self._mailbox.identity.recipient())),
        )


def _content_digest(submission: Submission, name: str) -> bytes:
    """Digest what a row says and holds, and the name in it; equal for the same form filled in the same way."""
    content = [
        submission.lane,
        submission.language,
        submission.consent.to_json(),
        dict(submission.answers),
        submission.mailbox and submission.mailbox.address.hex(),
        submission.message_sha256,
        [(file.original_name, file.size, file.sha256) for file in submission.files],
        name,
    ]
    return hashlib.sha256(json.dumps(content).encode()).digest()


def _check(incoming: Incoming) -> None:
    try:
        check_row(incoming.beginning(HYBRID_HEADER_BYTES), incoming.size)
    except FormatError as error:
        raise Refusal(Reason.FAILED) from error
