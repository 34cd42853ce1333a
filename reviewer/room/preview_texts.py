"""Texts, web pages and mails as plain text, cut into pages. Stands alone; the standard library does the reading.

Rules:
1. Nothing is fetched, run or filled in: of a web page the words stay, of a link its address, of a picture its place.
   A text in XML (SVG too) is shown as it is written: nothing parses it. So is a web page that cannot be parsed.
2. Of a mail its usual fields, its text, and a line for each file in it. A part as a web page stands for the text only
   where there is no plain one.
3. Only the beginning of a very long file is read, and that is noted.
"""

from __future__ import annotations

import email
import email.policy
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from reviewer.room.preview_kinds import letters_of
from reviewer.room.preview_page import Asked, Opened, Page, TroubleError

if TYPE_CHECKING:
    from email.message import EmailMessage

KINDS = frozenset({"text", "html", "mail"})
_FIELDS = ("From", "Reply-To", "To", "Cc", "Date", "Subject")
_FIELD_LETTERS = 2000
_NAME_LETTERS = 200
_ADDRESS_LETTERS = 500
_PARTS = 200
_SKIPPED = frozenset({"script", "style", "template", "noscript", "svg", "math"})
_LINES = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figure", "footer"),
        *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
        *("table", "title", "tr", "ul"),
    )
)


def open_text(kind: str, data: bytes, asked: Asked) -> Opened:
    """Return a text in pages; raises TroubleError."""
    most = asked.mail if kind == "mail" else asked.text
    notes = ["only-beginning"] if len(data) > most else []
    data = data[:most]
    if kind == "mail":
        text = _mail(data)
    else:
        found = letters_of(data)
        if found is None:
            raise TroubleError("damaged")
        text = found[0] if kind == "text" else _words(found[0])
        notes += ["guessed-letters"] if found[1] else []
    pages = _pages(text, asked.letters)
    return Opened(len(pages), lambda number: Page(text=pages[number - 1]), tuple(notes))


def _pages(text: str, letters: int) -> list[str]:
    """Cut at the end of a line, if one is in the second half of a page."""
    pages, at = [], 0
    while at < len(text):
        ends = at + letters
        if ends < len(text):
            line = text.rfind("\n", at + letters // 2, ends)
            ends = ends if line < 0 else line + 1
        pages.append(text[at:ends])
        at = ends
    return pages or [""]


class _Words(HTMLParser):
    """Collects what a web page says."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._skipping: list[str] = []
        self._goes_to: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipping.append(tag)
        if self._skipping:
            return
        given = dict(attrs)
        if tag in _LINES:
            self.said.append("\n")
        elif tag == "a":
            self._goes_to.append(given.get("href") or "")
        elif tag == "img":
            self.said.append(f"[{(given.get('alt') or 'img')[:_NAME_LETTERS]}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._skipping:
            del self._skipping[self._skipping.index(tag) :]
        elif tag in _LINES and not self._skipping:
            self.said.append("\n")
        elif tag == "a" and self._goes_to and (address := self._goes_to.pop()):
            self.said.append(f" <{address[:_ADDRESS_LETTERS]}>")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.said.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def _words(page: str) -> str:
    reader = _Words()
    try:
        reader.feed(page)
        reader.close()
    except AssertionError:  # what the library raises where a declaration is wrong
        return page
    lines = (" ".join(line.split()) for line in "".join(reader.said).split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


def _mail(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.default)
    said = [f"{name}: {_field(message, name)}" for name in _FIELDS if name in message]
    plain: list[str] = []
    pages: list[str] = []
    files: list[str] = []
    for number, part in enumerate(message.walk()):
        if number >= _PARTS:
            files.append("...")
            break
        kind = part.get_content_type()
        if part.is_multipart() or kind == "message/rfc822":
            continue
        if kind in {"text/plain", "text/html"} and not part.is_attachment():
            (plain if kind == "text/plain" else pages).append(_body(part))
        else:
            files.append(_file(part))
    return "\n".join([*said, "", *(plain or map(_words, pages)), "", *files]).rstrip("\n") + "\n"


def _field(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message[name]).split())[:_FIELD_LETTERS]
    except Exception:  # noqa: BLE001 - the library's reader of fields raises what it likes
        return "?"


def _body(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _file(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    size = len(payload) if isinstance(payload, bytes) else 0
    try:
        name = part.get_filename() or "?"
    except Exception:  # noqa: BLE001 - likewise
        name = "?"
    return f"[{' '.join(name.split())[:_NAME_LETTERS]}, {part.get_content_type()[:_NAME_LETTERS]}, {size}]"
