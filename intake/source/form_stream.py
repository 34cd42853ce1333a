"""A multipart form, pulled piece by piece: first its fields, then its files, nothing held that has no limit.

Rules:
1. Only fields that a form has, at most once unless it may repeat, each within its own limit; the limit is noticed at
   the byte that breaks it.
2. Files come after all fields that matter for them, in the fields meant for files, at most as many as allowed, their
   sum within the limit.
3. The form must be complete: its last boundary, and the body's declared length.
4. Of a form that is declared too large, or comes while there is no room for files, the fields are read and no file:
   a file never costs the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

from intake.form.answering import PREFIX as QUESTION
from intake.source.body import Body
from intake.source.limits import (
    FIELDS_PER_FORM,
    PART_HEADER_BYTES,
    PART_HEADERS,
    QUESTION_HEADER_BYTES,
    QUESTIONS_BYTES,
)
from intake.source.refusals import Reason, Refusal
from keys.sealing.limits import OTHER_FIELD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MULTIPART = "multipart/form-data"
LONGEST_BOUNDARY = 70
"""RFC 2046, section 5.1.1."""


@dataclass(frozen=True, slots=True)
class FormRules:
    """What one form may hold.

    Attributes:
        fields: longest value of each field, in bytes.
        repeated: fields that may come several times.
        file_fields: fields that hold files.
        files: how many files at most.
        file_bytes: sum of all files at most.
        too_long: reasons other than FIELD_TOO_LONG, by field.
        questions: how many parts may answer questions of the form; these are called ``q_…``, whatever the form asks,
            so that a text survives a form that was changed while its page was open.
        last: fields that may also come after the files, as nothing that is stored depends on them.
    """

    fields: Mapping[str, int]
    repeated: frozenset[str] = frozenset()
    file_fields: frozenset[str] = frozenset()
    files: int = 0
    file_bytes: int = 0
    too_long: Mapping[str, Reason] = field(default_factory=dict)
    questions: int = 0
    last: frozenset[str] = frozenset()

    @property
    def longest_head(self) -> int:
        """The longest that the fields can be, with room for their headers and boundaries."""
        repeated = len(self.repeated) * OTHER_FIELD_BYTES
        questions = QUESTIONS_BYTES + self.questions * QUESTION_HEADER_BYTES if self.questions else 0
        headers = FIELDS_PER_FORM * PART_HEADERS * PART_HEADER_BYTES
        return sum(self.fields.values()) + repeated + headers + questions

    def is_question(self, name: str) -> bool:
        """Whether a field answers a question of the form."""
        return self.questions > 0 and name.startswith(QUESTION)

    @property
    def longest_body(self) -> int:
        """The longest body that can follow these rules."""
        return self.longest_head + self.files * PART_HEADERS * PART_HEADER_BYTES + self.file_bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way; its ``chunks`` must be consumed before the next upload is asked for.

    Attributes:
        field: the form's field.
        name: as the source's browser gave it.
        chunks: its bytes.
    """

    field: str
    name: str
    chunks: Iterator[bytes]


class FormStream:
    """One form from one request.

    Attributes:
        body: of the request.
        last: fields that came after the files, once these were read.
    """

    def __init__(self, environ: Mapping[str, Any], rules: FormRules) -> None:
        self._rules = rules
        boundary = _boundary(environ.get("CONTENT_TYPE", ""))
        self.body = Body(environ, rules.longest_body, rules.longest_head if rules.files else 0)
        self._parser = PushMultipartParser(
            boundary,
            max_header_size=PART_HEADER_BYTES,
            max_header_count=PART_HEADERS,
            max_segment_count=FIELDS_PER_FORM + rules.questions + rules.files,
        )
        self._opening = b"--" + boundary.encode("ascii")
        self._events = self._parsed()
        self._first_file: MultipartSegment | None = None
        self.last: dict[str, bytes] = {}
        self._file_bytes = 0
        self._question_bytes = QUESTIONS_BYTES

    def read_fields(self) -> dict[str, list[bytes]]:
        """Read up to the first file, or to the end of a form without files."""
        values: dict[str, list[bytes]] = {}
        count = 0
        for segment in self._events:
            assert isinstance(segment, MultipartSegment)  # noqa: S101  # the order that the parser promises
            if segment.filename is not None:
                self._first_file = segment
                break
            name = segment.name or ""
            if not self._rules.is_question(name):
                self._check_field(name, values)
                count += 1
            if count > FIELDS_PER_FORM:
                raise Refusal(Reason.TOO_MANY_PARTS)
            values.setdefault(name, []).append(self._value(name))
        return values

    @property
    def has_uploads(self) -> bool:
        """Whether a file part follows; it may be one that the source left empty."""
        return self._first_file is not None

    def uploads(self) -> Iterator[Upload]:
        """Yield the files; parts of file fields that were left empty are passed over."""
        if self.body.head_alone:
            raise Refusal(self.body.head_alone)
        count = 0
        for segment in self._file_segments():
            chunks = self._chunks()
            first = next(chunks, b"")
            if not first and not segment.filename:
                continue
            count += 1
            if count > self._rules.files:
                raise Refusal(Reason.TOO_MANY_PARTS)
            yield Upload(segment.name or "", segment.filename or "", _joined(first, chunks))

    def _file_segments(self) -> Iterator[MultipartSegment]:
        segment: object = self._first_file
        while isinstance(segment, MultipartSegment):
            if segment.filename is None and segment.name in self._rules.last - self.last.keys():
                self.last[segment.name] = self._value(segment.name)
            elif segment.filename is None or segment.name not in self._rules.file_fields:
                raise Refusal(Reason.BROKEN_FORM)
            else:
                yield segment
            segment = next(self._events, None)

    def _check_field(self, name: str, values: Mapping[str, list[bytes]]) -> None:
        if name not in self._rules.fields or (name in values and name not in self._rules.repeated):
            raise Refusal(Reason.BROKEN_FORM)

    def _value(self, name: str) -> bytes:
        limit = self._rules.fields.get(name, self._question_bytes)
        value = bytearray()
        while chunk := next(self._events):
            assert isinstance(chunk, bytes)  # noqa: S101  # as above
            value += chunk
            if len(value) > limit:
                raise Refusal(self._rules.too_long.get(name, Reason.FIELD_TOO_LONG))
        if name not in self._rules.fields:
            self._question_bytes -= len(value)
        return bytes(value)

    def _chunks(self) -> Iterator[bytes]:
        while chunk := next(self._events):
            assert isinstance(chunk, bytes)  # noqa: S101  # as above
            self._file_bytes += len(chunk)
            if self._file_bytes > self._rules.file_bytes:
                raise Refusal(Reason.TOO_LARGE)
            yield chunk

    def _parsed(self) -> Iterator[MultipartSegment | bytes | None]:
        try:
            for chunk in self._from_first_boundary():
                yield from self._parser.parse(chunk)
            self._parser.close()
        except ParserLimitReached as error:
            raise Refusal(Reason.TOO_MANY_PARTS) from error
        except MultipartError as error:
            raise Refusal(Reason.BROKEN_FORM) from error

    def _from_first_boundary(self) -> Iterator[bytes]:
        """Yield the body; ``Refusal`` if anything stands before the first boundary, which a parser would read past."""
        chunks = self.body.chunks()
        first = b""
        while len(first) < len(self._opening) and (more := next(chunks, b"")):
            first += more
        if not first.startswith(self._opening):
            raise Refusal(Reason.BROKEN_FORM)
        yield first
        yield from chunks


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _boundary(content_type: str) -> str:
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != MULTIPART or not boundary or len(boundary) > LONGEST_BOUNDARY or not boundary.isascii():
        raise Refusal(Reason.WRONG_TYPE)
    return str(boundary)
