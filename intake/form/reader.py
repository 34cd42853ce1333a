"""Reads a form file into a ``Form``; every mistake is told in one go, each with its line.

``docs/formats/form.md`` describes the file. Nothing here raises but ``FormError``, whatever the file holds.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.form import limits, values
from intake.form.errors import FormError, Mistake
from intake.form.lines import Lines
from intake.form.meaning import check_meaning
from intake.form.model import FIRST_PAGE, YES_NO_CODES, Choice, Field, Form, Kind, Section, When
from intake.form.table import Notes, Table
from intake.settings import WrongValueError, several, switch, whole
from keys.sealing.system_errors import in_words
from keys.sealing.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from intake.form.model import Texts

VERSION = 1
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_NO_TEXT: Texts = {}
_NOTHING: tuple[str, ...] = ()


def read_form(path: Path) -> Form:
    """Read a form file; raises ``FormError`` with every mistake."""
    right = "a form file; a commented one is intake/form/default.toml"
    try:
        data = path.read_bytes()
    except OSError as error:
        what = in_words(error).message.removeprefix(f"{path} ").rstrip(".")
        raise FormError(path, [Mistake(1, "the file", what, right)]) from error
    if len(data) > limits.FORM_FILE_BYTES:
        wrong = Mistake(1, "the file", "is too long", f"at most {limits.FORM_FILE_BYTES} bytes")
        raise FormError(path, [wrong])
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormError(path, [Mistake(line, "the file", "is not UTF-8", "a text file in UTF-8")]) from error
    return parse_form(text, path)


def parse_form(text: str, path: Path) -> Form:
    """Read the text of a form file; ``path`` is named in mistakes. Raises ``FormError`` with every mistake."""
    try:
        document = tomllib.loads(text)
        notes = Notes(Lines.of(text.replace("\r\n", "\n")))
    except tomllib.TOMLDecodeError as error:
        raise FormError(path, [_no_toml(text, str(error))]) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; lists in lists without end
        raise FormError(path, [Mistake(1, "the file", "cannot be understood", "TOML 1.0")]) from error
    form = _Reader(Table(document, (), "", notes)).form()
    check_meaning(form, notes)
    if notes.mistakes:
        raise FormError(path, sorted(set(notes.mistakes)))
    return form


def _no_toml(text: str, said: str) -> Mistake:
    at = _AT_LINE.search(said)
    line = int(at[1]) if at else text.count("\n") + 1
    what = _AT_LINE.sub("", said).replace("(at end of document)", "at the end of the file").strip().rstrip(".")
    return Mistake(line, "the file", f"is not TOML here: {what}", "TOML 1.0, as in the form that ships")


@dataclass
class _Reader:
    """Reads one file."""

    file: Table
    languages: tuple[str, ...] = ()

    def form(self) -> Form:
        """Read everything."""
        self.file.need("version", _version, VERSION)
        self.languages = self.file.need("languages", several(values.language, at_least=1), _NOTHING)
        sections = tuple(self._sections())
        if not sections:
            self.file.wrong("", "has no section", "at least one [[section]]")
        self.file.close()
        return Form(self.languages, sections)

    def _sections(self) -> Iterator[Section]:
        for table in self.file.tables("section", "section", limits.SECTIONS):
            yield Section(
                id=table.need("id", values.page_name, ""),
                title=table.need("title", values.title(self.languages), _NO_TEXT),
                page=table.take("page", values.page_name, FIRST_PAGE),
                intro=table.take("intro", self._help, None),
                when=_when(table),
                fields=tuple(self._fields(table)),
            )

    def _fields(self, section: Table) -> Iterator[Field]:
        for table in section.tables("field", "field", limits.FIELDS):
            known: Kind | None = table.need("type", values.kind, None)
            kind = known or Kind.SHORT_TEXT
            yield Field(
                id=table.need("id", values.field_id, ""),
                kind=kind,
                label=table.need("label", values.texts(limits.QUESTION, self.languages), _NO_TEXT),
                help=table.take("help", self._help, None),
                required=table.take("required", switch, False),
                choices=self._choices(table, kind),
                countries=self._countries(table, kind),
                longest=_longest(table, kind),
            )
            if known is None:
                table.forgive()

    def _help(self, value: object) -> Texts | None:
        return values.texts(limits.HELP, self.languages)(value)

    def _countries(self, table: Table, kind: Kind) -> tuple[str, ...]:
        if kind is not Kind.PLACE:
            return ()
        found: tuple[str, ...] = table.take("countries", several(values.country), _NOTHING)
        if len(found) > limits.COUNTRIES:
            table.wrong("countries", f"has {len(found)} entries", f"at most {limits.COUNTRIES}; the rest is typed")
        return found

    def _choices(self, table: Table, kind: Kind) -> tuple[Choice, ...]:
        if kind is Kind.YES_NO:
            desk = table.take("desk", values.desk, "")
            return tuple(Choice(code, _NO_TEXT, "" if code == "no" else desk) for code in YES_NO_CODES)
        if kind not in {Kind.CHOICE, Kind.CHOICES}:
            return ()
        parts: tuple[str, ...] = table.take("vocabulary", values.categories, _NOTHING)
        listed = tuple(
            Choice(code, dict.fromkeys(self.languages, label))
            for part in parts
            for code, label in vocabulary().items()
            if code.partition("-")[0] == part
        )
        own = tuple(self._own_choices(table))
        if len(own + listed) < len(("one", "other")):
            table.wrong("", "offers less than two answers", "two or more [[section.field.choice]], or vocabulary")
        return listed + own

    def _own_choices(self, field: Table) -> Iterator[Choice]:
        for table in field.tables("choice", "choice", limits.CHOICES):
            yield Choice(
                code=table.need("code", values.code, ""),
                label=table.need("label", values.title(self.languages), _NO_TEXT),
                desk=table.take("desk", values.desk, ""),
            )


def _version(value: object) -> int:
    if type(value) is not int or value != VERSION:
        raise WrongValueError("is not known to this version", f"{VERSION}; or a newer Khomo")
    return VERSION


def _when(section: Table) -> When | None:
    def read(value: object) -> When:
        right = '{ field = "the id of an earlier question", is = ["yes"] }'
        if not isinstance(value, dict) or value.keys() != {"field", "is"}:
            raise WrongValueError("is no condition", right)
        answers = several(values.code, at_least=1)(value["is"])
        return When(values.field_id(value["field"]), frozenset(answers))

    found: When | None = section.take("when", read, None)
    return found


def _longest(table: Table, kind: Kind) -> int:
    if kind is Kind.SHORT_TEXT:
        return table.take("longest", whole(1, limits.SHORT_TEXT), limits.SHORT_TEXT // 5)
    if kind is Kind.LONG_TEXT:
        return table.take("longest", whole(1, limits.LONG_TEXT), limits.LONG_TEXT // 2)
    return 0
