"""What a source wrote into a form, read and checked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from intake.source.form_stream import FormRules
from intake.source.limits import MESSAGE_FIELD_BYTES
from intake.source.refusals import Reason, Refusal
from keys.sealing import limits
from keys.sealing.codename import CodenameError
from keys.sealing.submission import Audience, Consent
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intake.source.form_token import Form, FormToken
    from intake.source.services import Services
    from keys.sealing.canonical import JSON
    from keys.sealing.values import Codename


class Name(StrEnum):
    """Names of the fields, as they stand in the templates."""

    TOKEN = "token"  # noqa: S105  # the name of a field
    CODENAME = "codename"
    CONSENT = "consent"
    ORIGINALS = "originals"
    MESSAGE = "message"
    SEALED_FILE = "sealed"
    FILE = "file"


def report_rules(at: Services) -> FormRules:
    """Return what a report form, or one that adds to a report, may hold."""
    arrival, presealed = at.lanes.arrival, at.lanes.presealed
    fields: dict[str, int] = {
        Name.TOKEN: limits.OTHER_FIELD_BYTES,
        Name.CODENAME: limits.CODENAME_FIELD_BYTES,
        Name.CONSENT: limits.OTHER_FIELD_BYTES,
        Name.ORIGINALS: limits.OTHER_FIELD_BYTES,
    }
    return FormRules(
        fields=fields | ({Name.MESSAGE: MESSAGE_FIELD_BYTES} if arrival else {}),
        repeated=frozenset({Name.CONSENT}),
        file_fields=frozenset(({Name.FILE} if arrival else set()) | ({Name.SEALED_FILE} if presealed else set())),
        files=limits.FILES_PER_SUBMISSION,
        file_bytes=at.config.limits.submission_bytes,
        too_long={Name.MESSAGE: Reason.TEXT_TOO_LONG},
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A form's fields.

    Attributes:
        token: which form it is, and whether it is fresh.
        consent: who may see what comes of it.
        message: the text; empty if there is none.
        answers: to the questions of the form, as they stand in ``submission.json``.
    """

    token: FormToken
    consent: Consent
    message: Plaintext = field(repr=False)
    answers: Mapping[str, JSON] = field(default_factory=dict, repr=False)

    @property
    def has_message(self) -> bool:
        """Whether there is more than white space."""
        return bool(self.message.expose().strip())

    @property
    def name_to_keep(self) -> bytes | None:
        """The form's name, for the form that is handed back; ``None`` if it was no form of ours."""
        return self.token.name if self.token.ours else None

    @property
    def consent_to_keep(self) -> Consent | None:
        """What was chosen, for the same; a choice on a form that is not ours may be somebody else's."""
        return self.consent if self.token.ours else None

    @property
    def fits(self) -> bool:
        """Whether the text keeps to its limit."""
        return len(self.message.expose()) <= limits.MESSAGE_BYTES


def read_draft(form: Form, fields: Mapping[str, list[bytes]], at: Services) -> Draft:
    """Read the fields that every form with a message has; ``Refusal`` if they are none of ours."""
    message = text_of(fields, Name.MESSAGE).replace("\r\n", "\n")
    return Draft(
        token=at.tokens.read(form, text_of(fields, Name.TOKEN), at.clock()),
        consent=Consent(_audiences(fields), originals=bool(text_of(fields, Name.ORIGINALS))),
        message=Plaintext(message.encode()),
    )


def read_codename(fields: Mapping[str, list[bytes]], at: Services) -> Codename:
    """Read the codename that the form carried; where it has none, new words, for which no form is ours yet."""
    try:
        return at.words.read(text_of(fields, Name.CODENAME))
    except CodenameError:
        return at.words.draw()


def text_of(fields: Mapping[str, list[bytes]], name: str) -> str:
    """Return the text of a field, empty if it is not there; ``Refusal`` if it is no text."""
    return _text(fields.get(name, [b""])[0])


def _text(value: bytes) -> str:
    if b"\0" in value:
        raise Refusal(Reason.NOT_TEXT)
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Refusal(Reason.NOT_TEXT) from error


def _audiences(fields: Mapping[str, list[bytes]]) -> frozenset[Audience]:
    try:
        return frozenset(Audience(_text(value)) for value in fields.get(Name.CONSENT, []))
    except ValueError as error:
        raise Refusal(Reason.BROKEN_FORM) from error
