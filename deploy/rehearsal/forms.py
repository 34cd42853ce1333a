"""Reads the forms of a page and fills them in as a browser does: every control is sent, empty file fields too."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES = 64 * 1024
FILE_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class ChosenFile:
    """A file that a person picked: where it lies and the name that the browser tells."""

    path: Path
    name: str


@dataclass
class Control:
    """One control of a form, in page order."""

    kind: str
    name: str
    value: str = ""
    checked: bool = True
    file: ChosenFile | None = None
    offered: list[str] = field(default_factory=list)


@dataclass
class Form:
    """One form of a page."""

    action: str
    controls: list[Control] = field(default_factory=list)

    def fill(self, name: str, value: str) -> None:
        """Type into the control of that name; raises KeyError when the page has none."""
        next(iter(self._named(name))).value = value

    def tick(self, name: str, value: str, *, on: bool = True) -> None:
        """Tick a box, or clear it."""
        next(control for control in self._named(name) if control.value == value).checked = on

    def press(self, name: str, value: str) -> None:
        """Send the form by this button."""
        next(one for one in self._named(name) if (one.kind, one.value) == ("button", value)).checked = True

    def choose(self, name: str, file: ChosenFile) -> None:
        """Pick a file in the first empty file field of that name."""
        next(control for control in self._named(name) if control.file is None).file = file

    def value(self, name: str) -> str:
        """Return what a control holds."""
        return self._named(name)[0].value

    def _named(self, name: str) -> list[Control]:
        found = [control for control in self.controls if control.name == name]
        if not found:
            raise KeyError(f"the form {self.action} has no field {name!r}")
        return found


class _FormReader(HTMLParser):
    """Collects forms, and the text that people see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._open: Form | None = None
        self._text: Control | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        elif tag in {"style", "script", "title"}:
            self._hidden += 1
        elif self._open is not None and given.get("name") and tag in {"input", "textarea", "button", "select"}:
            self._open.controls.append(self._control(tag, given))
        elif tag == "option" and self._open is not None:
            self._offer(self._open.controls[-1], given)

    def _control(self, tag: str, given: dict[str, str]) -> Control:
        kind = given.get("type", "text") if tag == "input" else tag
        ticked = "checked" in given if kind in {"checkbox", "radio"} else kind != "button"
        control = Control(kind, given["name"], given.get("value", ""), checked=ticked)
        self._text = control if tag == "textarea" else self._text
        return control

    @staticmethod
    def _offer(control: Control, given: dict[str, str]) -> None:
        """Take the option that is selected; where none is, a browser sends the first."""
        if "selected" in given or not control.offered:
            control.value = given.get("value", "")
        control.offered.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._text is not None:
            self._text.value = self._text.value.removeprefix("\n")
            self._text = None
        elif tag in {"style", "script", "title"}:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.value += data
        elif not self._hidden and data.strip():
            self.words.append(" ".join(data.split()))


def read_page(html: str) -> tuple[list[Form], list[str]]:
    """Return the forms of a page, and its visible pieces of text in order."""
    reader = _FormReader()
    reader.feed(html)
    reader.close()
    return reader.forms, reader.words


@dataclass(frozen=True)
class Multipart:
    """The body of a filled form (RFC 7578, with the escapes of the HTML standard); made anew each time it is sent."""

    form: Form
    boundary: str = field(default_factory=lambda: "----formdata-" + secrets.token_hex(16))

    @property
    def content_type(self) -> str:
        """The header's value."""
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def size(self) -> int:
        """Length of the whole body in bytes, without reading the files."""
        return sum(len(head) + _length(body) + 2 for head, body in self._parts()) + len(self._end())

    def __iter__(self) -> Iterator[bytes]:
        for head, body in self._parts():
            yield head
            if isinstance(body, bytes):
                yield body
            else:
                with body.path.open("rb") as source:
                    while chunk := source.read(CHUNK_BYTES):
                        yield chunk
            yield b"\r\n"
        yield self._end()

    def _parts(self) -> Iterator[tuple[bytes, bytes | ChosenFile]]:
        for control in self.form.controls:
            if control.kind == "file":
                name = control.file.name if control.file else ""
                extra = f'; filename="{_escaped(name)}"\r\nContent-Type: {FILE_TYPE}'
                yield self._head(control.name, extra), control.file or b""
            elif control.checked:
                yield self._head(control.name, ""), _newlines(control.value).encode()

    def _head(self, name: str, extra: str) -> bytes:
        disposition = f'Content-Disposition: form-data; name="{_escaped(name)}"{extra}'
        return f"--{self.boundary}\r\n{disposition}\r\n\r\n".encode()

    def _end(self) -> bytes:
        return f"--{self.boundary}--\r\n".encode()


def _length(body: bytes | ChosenFile) -> int:
    return len(body) if isinstance(body, bytes) else body.path.stat().st_size


def _escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
