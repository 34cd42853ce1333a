"""``case.json``, version 1: what a lead is told of a case. Pure.

Rules:
1. Field names are those of ``FIELDS``; a value is one text, written by a reviewer. Never the source's own words.
2. Everything in it is committed to in the log: see ``values_of``.
3. Numbers, dates and lists are texts in one spelling: 2026-11-20, -1.5, ``a; b``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from caselog.limits import ATTACHMENTS, CASE_JSON_BYTES, FIELD_BYTES
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import FILE_NAME_BYTES
from keys.sealing.names import fold, is_safe_name
from keys.sealing.values import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keys.sealing.canonical import JSON

VERSION = 1
FIELDS = (
    *("title", "summary", "category", "labels", "severity", "status"),
    *("first_day", "last_day", "country", "region", "place", "latitude", "longitude", "geo_precision"),
    *("people_affected", "victims", "perpetrator", "involvement"),
    *("source_type", "reliability", "credibility", "verification", "evidence"),
    *("language", "received", "sensitivity", "may_see", "note"),
)
"""Every field that a case may have, in the order of exports."""

REQUIRED = ("title", "summary", "may_see")
"""``may_see``: the audiences to which the source agreed, ``lawyer; leads``."""

_ID = range(ID_BYTES, ID_BYTES + 1)
_SHA256 = range(32, 33)


class Form(StrEnum):
    """What was done to an attachment before it left the desk."""

    REMADE = "remade"
    STRIPPED = "stripped"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class CaseAttachment:
    """One attachment of a case.

    Attributes:
        name: safe file name, unique in the case.
        form: made anew from pixels, sound or text; stripped of metadata; or as it came.
        media_type: of the file as it is now.
        size: in bytes.
        sha256: in hex.
        description: what a reviewer says that it shows.
    """

    name: str
    form: Form
    media_type: str
    size: int
    sha256: str
    description: str = ""

    def __post_init__(self) -> None:
        if not is_safe_name(self.name):
            raise FormatError("An attachment has an unsafe name.")


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case as one lead is told of it.

    Attributes:
        case: 16 random bytes in hex, the same each time this case is forwarded, to whomever.
        revision: counts from 1 each time it is forwarded.
        fields: by name; those that this lead may see.
        attachments: those that this lead gets.
    """

    case: str
    revision: int
    fields: Mapping[str, str]
    attachments: tuple[CaseAttachment, ...] = ()

    def __post_init__(self) -> None:
        if not set(REQUIRED) <= self.fields.keys() or not self.fields.keys() <= set(FIELDS):
            raise FormatError("A case has title, summary, may_see, and no field that this version does not know.")
        if any(len(value.encode()) > FIELD_BYTES for value in self.fields.values()):
            raise FormatError(f"A field of a case has at most {FIELD_BYTES} bytes.")
        names = {fold(attachment.name) for attachment in self.attachments}
        if len(names) != len(self.attachments) or len(names) > ATTACHMENTS:
            raise FormatError(f"A case has at most {ATTACHMENTS} attachments, and no two of one name.")

    def to_json(self) -> bytes:
        """Return the canonical form; ``FormatError`` if a value breaks a limit."""
        attachments: list[JSON] = [_attachment_to_json(attachment) for attachment in self.attachments]
        head: dict[str, JSON] = {"version": VERSION, "case": self.case, "revision": self.revision}
        data = to_canonical({**head, "fields": dict(self.fields), "attachments": attachments})
        CaseRecord.from_json(data)
        return data

    @classmethod
    def from_json(cls, data: bytes) -> CaseRecord:
        """Read and check; raises ``FormatError``."""
        if len(data) > CASE_JSON_BYTES:
            raise FormatError(f"case.json has more than {CASE_JSON_BYTES} bytes.")
        with Fields(from_canonical(data), "case.json") as fields:
            if fields.integer("version") != VERSION:
                raise FormatError("case.json has a version that is not known here.", "Use a newer Khomo.")
            return cls(
                case=fields.binary("case", _ID).hex(),
                revision=fields.integer("revision", 1),
                fields=_texts(fields.take("fields")),
                attachments=fields.each("attachments", _attachment),
            )


def values_of(record: CaseRecord) -> dict[str, str]:
    """Return every value that the log commits to, by the name of its commitment.

    ``case`` is id and revision; ``field/<name>`` is a field; ``attachment/<name>`` is all that case.json says of it.
    """
    values = {"case": f"{record.case} {record.revision}"}
    values |= {f"field/{name}": value for name, value in record.fields.items()}
    for attachment in record.attachments:
        values[f"attachment/{attachment.name}"] = to_canonical(_attachment_to_json(attachment)).decode()
    return values


def _attachment_to_json(attachment: CaseAttachment) -> dict[str, JSON]:
    return {
        "name": attachment.name,
        "form": attachment.form.value,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "description": attachment.description,
    }


def _attachment(value: JSON) -> CaseAttachment:
    with Fields(value, "attachment") as fields:
        return CaseAttachment(
            name=fields.text("name", FILE_NAME_BYTES),
            form=fields.parsed("form", Form),
            media_type=fields.text("media_type"),
            size=fields.integer("size"),
            sha256=fields.binary("sha256", _SHA256).hex(),
            description=fields.text("description", FIELD_BYTES),
        )


def _texts(value: JSON) -> dict[str, str]:
    if not isinstance(value, dict):
        raise FormatError("The fields of case.json are not an object.")
    texts = {name: text for name, text in value.items() if isinstance(text, str)}
    if len(texts) != len(value):
        raise FormatError("A field of case.json is not a text.")
    return texts
