"""``submission.json``, version 1: what a report says about itself, inside its envelope.

Rules:
1. Unknown versions, unknown keys and wrong types are refused; ``to_json`` gives one canonical form.
2. Consent starts at "leads only, made safe, wait for me"; everything more was chosen by the source. What several
   parts of a report allow is what every one of them allows (``Consent.and_also``).
   A name is kept apart where the same row's consent asks for that, and only there.
3. The rows of one report share ``report``, which is random and stands nowhere outside the envelope.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from keys.sealing.answers import check_answers
from keys.sealing.canonical import JSON, from_canonical, to_canonical
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import (
    FILES_PER_SUBMISSION,
    ORIGINAL_NAME_BYTES,
    OTHER_FIELD_BYTES,
    SUBMISSION_JSON_BYTES,
)
from keys.sealing.shapes import SHA256
from keys.sealing.source_name import SourceName
from keys.sealing.values import ID_BYTES, MailboxAddress

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
MESSAGE_MEMBER = "message.txt"
FILES_FOLDER = "files/"
JSON_MEMBER = "submission.json"
DECOY_BYTES = 2 * OTHER_FIELD_BYTES
"""A signed note of two short lines."""
_ID = range(ID_BYTES, ID_BYTES + 1)
_RECIPIENT = re.compile(r"age1pq1[a-z0-9]{1,2041}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")


class Lane(StrEnum):
    """How a report came in; it says who could have read it on the way."""

    BROWSER = "browser"
    PRESEALED = "presealed"
    ARRIVAL = "arrival"
    CARRIED = "carried"
    ASSISTED = "assisted"


class Part(StrEnum):
    """What one row holds of a report."""

    MESSAGE = "message"
    FILES = "files"
    FOLLOWUP = "followup"


class Audience(StrEnum):
    """Who may see the case that comes of a report."""

    LEADS = "leads"
    LAWYER = "lawyer"
    JOURNALIST = "journalist"
    AUTHORITY = "authority"
    UN_BODY = "un_body"


class IfSilent(StrEnum):
    """What becomes of a case whose source never comes back."""

    HOLD = "hold"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the source allows.

    Attributes:
        may_see: who beyond the desk may see the case.
        originals: whether files may leave the desk as they came, not only made safe.
        never: in the source's words, who must never see it; one line, empty if nothing was said.
        if_silent: whether the case may go on, within what is allowed, if the source never comes back.
        name_apart: whether the source's name is kept apart from the case, to be opened by two people together.
    """

    may_see: frozenset[Audience] = frozenset({Audience.LEADS})
    originals: bool = False
    never: str = ""
    if_silent: IfSilent = IfSilent.HOLD
    name_apart: bool = False

    def and_also(self, other: Consent) -> Consent:
        """Return what both allow; whom either excludes, and a name that either keeps apart, stays so."""
        forward = self.if_silent is other.if_silent is IfSilent.FORWARD
        return Consent(
            may_see=self.may_see & other.may_see,
            originals=self.originals and other.originals,
            never="; ".join(dict.fromkeys(words for words in (self.never, other.never) if words)),
            if_silent=IfSilent.FORWARD if forward else IfSilent.HOLD,
            name_apart=self.name_apart or other.name_apart,
        )

    def to_json(self) -> dict[str, JSON]:
        """Return what stands in ``submission.json``."""
        return {
            "may_see": [audience.value for audience in sorted(self.may_see)],
            "originals": self.originals,
            "never": self.never,
            "if_silent": self.if_silent.value,
            "name_apart": self.name_apart,
        }


@dataclass(frozen=True, slots=True)
class MailboxSlip:
    """Where the desk leaves letters, and to which ``age1pq1…`` recipient it seals them."""

    address: MailboxAddress
    recipient: str


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """One file: path in the container, name as the source gave it, bytes, SHA-256 in hex."""

    member: str
    original_name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SubmissionHead:
    """What the writer of a submission is told; the rest it computes.

    Attributes:
        report: 16 random bytes that the rows of one report share.
        part: what this row holds of it.
        lane: how it came in.
        language: of the form, BCP 47.
        consent: what the source allows.
        answers: answers to the questions of the form, by field, as ``keys.sealing.answers`` writes them.
        mailbox: where answers go; ``None`` if the source wants none.
        decoy: for a decoy, the server's signed note that says so.
        name: what the source calls themselves, or how they can be reached; ``None`` if they did not say.
    """

    report: bytes
    part: Part
    lane: Lane
    language: str = "en"
    consent: Consent = field(default_factory=Consent)
    answers: Mapping[str, JSON] = field(default_factory=dict)
    mailbox: MailboxSlip | None = None
    decoy: str | None = None
    name: SourceName | None = None

    def __post_init__(self) -> None:
        if self.name is not None and bool(self.name.sealed) is not self.consent.name_apart:
            raise FormatError("A name is kept apart where the consent beside it asks for that, and nowhere else.")


@dataclass(frozen=True, slots=True)
class Submission(SubmissionHead):
    """All of ``submission.json``.

    Attributes:
        files: in the order of the container.
        message_sha256: of ``message.txt``, in hex; ``None`` if the row has no message.
    """

    files: tuple[SubmittedFile, ...] = ()
    message_sha256: str | None = None

    @classmethod
    def of(cls, head: SubmissionHead, files: tuple[SubmittedFile, ...], message_sha256: str | None) -> Submission:
        """Join what the writer was told with what it computed."""
        return cls(
            *(head.report, head.part, head.lane, head.language, head.consent, head.answers, head.mailbox, head.decoy),
            head.name,
            files=files,
            message_sha256=message_sha256,
        )

    def to_json(self) -> bytes:
        """Return the canonical form; ``FormatError`` if a value breaks a limit."""
        data = to_canonical({"version": VERSION, **_head_to_json(self), **_contents_to_json(self)})
        Submission.from_json(data)
        return data

    @classmethod
    def from_json(cls, data: bytes) -> Submission:
        """Read and check; raises ``FormatError``."""
        if len(data) > SUBMISSION_JSON_BYTES:
            raise FormatError(f"{JSON_MEMBER} is longer than {SUBMISSION_JSON_BYTES} bytes.")
        with Fields(from_canonical(data), JSON_MEMBER) as fields:
            if fields.integer("version") != VERSION:
                raise FormatError(f"{JSON_MEMBER} has a version that is not known here.", "Use a newer Khomo.")
            return cls(
                report=fields.binary("report", _ID),
                part=fields.parsed("part", Part),
                lane=fields.parsed("lane", Lane),
                language=fields.parsed("language", _language),
                consent=_consent(fields.take("consent")),
                answers=check_answers(fields.take("answers")),
                mailbox=fields.optional("mailbox", _mailbox),
                decoy=fields.optional("decoy", _decoy),
                name=fields.optional("name", SourceName.from_json),
                files=_files(fields.each("files", _file)),
                message_sha256=fields.optional("message_sha256", _digest),
            )


def new_report_id() -> bytes:
    """Draw what the rows of one report share."""
    return secrets.token_bytes(ID_BYTES)


def _head_to_json(head: SubmissionHead) -> dict[str, JSON]:
    slip = head.mailbox
    return {
        "report": head.report.hex(),
        "part": head.part.value,
        "lane": head.lane.value,
        "language": head.language,
        "consent": head.consent.to_json(),
        "answers": dict(head.answers),
        "mailbox": None if slip is None else {"address": slip.address.hex(), "recipient": slip.recipient},
        "decoy": head.decoy,
        "name": None if head.name is None else head.name.to_json(),
    }


def _contents_to_json(submission: Submission) -> dict[str, JSON]:
    return {
        "files": [
            {"member": one.member, "original_name": one.original_name, "size": one.size, "sha256": one.sha256}
            for one in submission.files
        ],
        "message_sha256": submission.message_sha256,
    }


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError
    return tag


def _consent(value: JSON) -> Consent:
    with Fields(value, "consent") as fields:
        chosen = fields.each("may_see", _audience)
        if list(chosen) != sorted(set(chosen)):
            raise FormatError("The consent names somebody twice, or not in order.")
        return Consent(
            may_see=frozenset(chosen),
            originals=fields.flag("originals"),
            never=fields.parsed("never", _never, OTHER_FIELD_BYTES),
            if_silent=fields.parsed("if_silent", IfSilent),
            name_apart=fields.flag("name_apart"),
        )


def _never(text: str) -> str:
    if one_line(text) != text:
        raise ValueError
    return text


def _audience(value: JSON) -> Audience:
    try:
        return Audience(str(value))
    except ValueError:
        raise FormatError("The consent names somebody whom this version does not know.") from None


def _mailbox(value: JSON) -> MailboxSlip:
    with Fields(value, "mailbox") as fields:
        address = MailboxAddress(fields.binary("address", _ID))
        return MailboxSlip(address, fields.parsed("recipient", _recipient))


def _recipient(text: str) -> str:
    if not _RECIPIENT.fullmatch(text):
        raise ValueError
    return text


def _decoy(value: JSON) -> str:
    if not isinstance(value, str) or len(value.encode()) > DECOY_BYTES:
        raise FormatError(f"The proof of a decoy is not a text of at most {DECOY_BYTES} bytes.")
    return value


def _digest(value: JSON) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise FormatError("A digest is not SHA-256 in hex.")
    return value


def _file(value: JSON) -> SubmittedFile:
    with Fields(value, "file") as fields:
        return SubmittedFile(
            member=fields.parsed("member", _member),
            original_name=fields.text("original_name", ORIGINAL_NAME_BYTES),
            size=fields.integer("size"),
            sha256=_digest(fields.take("sha256")),
        )


def _member(path: str) -> str:
    if not path.startswith(FILES_FOLDER):
        raise ValueError
    return path


def _files(files: tuple[SubmittedFile, ...]) -> tuple[SubmittedFile, ...]:
    if len(files) > FILES_PER_SUBMISSION:
        raise FormatError(f"There are more than {FILES_PER_SUBMISSION} files.")
    return files
