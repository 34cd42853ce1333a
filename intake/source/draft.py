"""What a source wrote into a form, read and checked once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from intake.form.answering import PREFIX as QUESTION
from intake.form.answering import Filled, read_filled
from intake.form.model import FIRST_PAGE, UNKNOWN
from intake.source.form_stream import FormRules
from intake.source.limits import (
    LONGEST_CHOICE,
    MESSAGE_FIELD_BYTES,
    NAME_FIELD_BYTES,
    NEVER_FIELD_BYTES,
    PRACTICE_WORD,
)
from intake.source.naming import NO_NAME, GivenName
from intake.source.questions import question_parts, sealed_words
from intake.source.refusals import Reason, Refusal
from keys.sealing import limits
from keys.sealing.answers import ABOUT_US, YES, answers_to_json
from keys.sealing.canonical import to_canonical
from keys.sealing.codename import CodenameError
from keys.sealing.display import one_line
from keys.sealing.folding import fold
from keys.sealing.names import cut
from keys.sealing.submission import Audience, Consent, IfSilent
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intake.form.model import Section
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
    NEVER = "never"
    IF_SILENT = "if_silent"
    REACH = "reach"
    NAME_APART = "name_apart"
    PRACTICE = "practice"
    DESK = "desk"
    PAGE = "page"
    OPENED = "opened"
    AGAIN = "again"
    GO = "go"
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
        Name.NEVER: NEVER_FIELD_BYTES,
        Name.IF_SILENT: limits.OTHER_FIELD_BYTES,
        Name.NAME_APART: limits.OTHER_FIELD_BYTES,
        Name.PRACTICE: limits.OTHER_FIELD_BYTES,
    }
    return FormRules(
        fields=fields | ({Name.MESSAGE: MESSAGE_FIELD_BYTES, Name.REACH: NAME_FIELD_BYTES} if arrival else {}),
        repeated=frozenset({Name.CONSENT}),
        file_fields=frozenset(({Name.FILE} if arrival else set()) | ({Name.SEALED_FILE} if presealed else set())),
        files=limits.FILES_PER_SUBMISSION,
        file_bytes=at.config.limits.submission_bytes,
        too_long={Name.MESSAGE: Reason.TEXT_TOO_LONG, Name.REACH: Reason.NAME_TOO_LONG},
        questions=question_parts(at.form),
        last=frozenset({Name.PRACTICE}),
    )


def more_rules(at: Services) -> FormRules:
    """Return what the form on a receipt may hold: answers, and one file a lane."""
    first = report_rules(at)
    carried = dict.fromkeys((Name.DESK, Name.PAGE, Name.OPENED, Name.AGAIN, Name.GO), limits.OTHER_FIELD_BYTES)
    fields = {name: limit for name, limit in first.fields.items() if name not in {Name.MESSAGE, Name.REACH}}
    return replace(first, fields=fields | carried, files=len(first.file_fields))


@dataclass(frozen=True, slots=True)
class Draft:
    """A form's fields.

    Attributes:
        token: which form it is, and whether it is fresh.
        consent: who may see what comes of it.
        message: the text; empty if there is none.
        answers: to the questions of the form, as they stand in ``submission.json``.
        filled: the same as it was filled in.
        name: what the source gives of themselves.
        desk: who opens it; empty for the desk that opens all others.
        practised: whether the word that was typed for practice is the right one; ``None`` if none was typed.
    """

    token: FormToken
    consent: Consent
    message: Plaintext = field(repr=False)
    answers: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    filled: Filled = field(default_factory=Filled, repr=False)
    name: GivenName = NO_NAME
    desk: str = ""
    practised: bool | None = None

    @property
    def has_message(self) -> bool:
        """Whether there is more than white space."""
        return bool(self.message.expose().strip())

    @property
    def says_something(self) -> bool:
        """Whether there is anything in the source's own words."""
        return self.has_message or self.filled.in_words or bool(self.name.text)

    def practised_with(self, typed: bytes, codename: Codename) -> Draft:
        """Return the same with the word that came after the files."""
        return replace(self, practised=_practised(typed.decode(errors="replace"), codename))

    def at_desk(self, desk: str) -> Draft:
        """Return the same for a desk that was chosen before."""
        return replace(self, desk=desk)

    def without_answers(self) -> Draft:
        """Return the same with the answers left on the page."""
        return replace(self, answers={}, filled=Filled())

    @property
    def name_to_keep(self) -> bytes | None:
        """The form's name, for the form that is handed back; ``None`` if it was no form of ours."""
        return self.token.name if self.token.ours else None

    @property
    def consent_to_keep(self) -> Consent | None:
        """What was chosen, for the same; a choice on a form that is not ours may be somebody else's."""
        return self.consent if self.token.ours else None

    @property
    def filled_to_keep(self) -> Filled:
        """The answers, for the same; of a form that is not ours only what was typed in words, as of its text."""
        if self.token.ours:
            return self.filled
        typed = self.filled.typed.items()
        return Filled(typed={name: said for name, said in typed if max(map(len, said)) > LONGEST_CHOICE})

    @property
    def fits(self) -> bool:
        """Whether the text keeps to its limit."""
        return len(self.message.expose()) <= limits.MESSAGE_BYTES

    @property
    def answers_fit(self) -> bool:
        """Whether the answers do."""
        return len(to_canonical(dict(self.answers))) <= limits.ANSWERS_BYTES


def read_draft(
    form: Form, fields: Mapping[str, list[bytes]], at: Services, sections: Sequence[Section] | None = None
) -> Draft:
    """Read the fields that every form with a message has; ``Refusal`` if they are none of ours.

    What may concern us does not go to our groups; a source who wants that all the same can say so in the mailbox.

    Args:
        form: which form it should be.
        fields: as they came.
        at: the services.
        sections: whose questions were asked; those of the first page where nothing is said.
    """
    message = text_of(fields, Name.MESSAGE).replace("\r\n", "\n")
    filled = _filled(fields, at, at.form.asked(FIRST_PAGE) if sections is None else sections)
    consent = _consent(fields)
    if may_be_about_us(filled):
        consent = replace(consent, may_see=consent.may_see - {Audience.LEADS})
    return Draft(
        token=at.tokens.read(form, text_of(fields, Name.TOKEN), at.clock()),
        consent=consent,
        message=Plaintext(message.encode()),
        answers=answers_to_json(filled.answers),
        filled=filled,
        name=given_name(fields),
        desk=at.form.desk_for(filled.chosen),
        practised=_practised(text_of(fields, Name.PRACTICE), form.codename),
    )


def given_name(fields: Mapping[str, list[bytes]]) -> GivenName:
    """Read the name, and whether it is to be kept apart."""
    return GivenName.typed(text_of(fields, Name.REACH), text_of(fields, Name.NAME_APART))


def may_be_about_us(filled: Filled) -> bool:
    """Whether the source says that it is about someone in the organisation, or that it may be."""
    return not {YES, UNKNOWN}.isdisjoint(filled.chosen.get(ABOUT_US, ()))


def _filled(fields: Mapping[str, list[bytes]], at: Services, sections: Sequence[Section]) -> Filled:
    typed = {
        name: tuple(_text(value).replace("\r\n", "\n") for value in values)
        for name, values in fields.items()
        if name.startswith(QUESTION)
    }
    return read_filled(sections, typed, sealed_words(at.config.door.languages[0]))


def _consent(fields: Mapping[str, list[bytes]]) -> Consent:
    never = " ".join(one_line(text_of(fields, Name.NEVER)).split())
    return Consent(
        _audiences(fields),
        originals=bool(text_of(fields, Name.ORIGINALS)),
        never=cut(never, limits.OTHER_FIELD_BYTES),
        if_silent=IfSilent.FORWARD if text_of(fields, Name.IF_SILENT) else IfSilent.HOLD,
        name_apart=bool(text_of(fields, Name.NAME_APART)),
    )


def _practised(typed: str, codename: Codename) -> bool | None:
    """Compare the practised word as a typed codename is read: case, accents and spaces do not count."""
    if not typed.strip():
        return None
    return fold(typed) == fold(codename.expose().split(" ")[PRACTICE_WORD - 1])


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
