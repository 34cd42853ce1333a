"""Takes a page apart, and takes it in one way only: what two browsers could read differently is told. Pure.

Rules:
1. A page is written in a narrow form of HTML, that of our templates: the elements and attributes listed here, each
   value once and in double quotes, references with their semicolon, UTF-8, and no comment. Of what is left every
   browser makes the same.
2. It fetches nothing, runs nothing, and sends forms and links to itself only.
3. Its style sheets write no text of their own.
4. From visit to visit it may differ only in what is drawn anew for each: hidden values, and eight words of one of our
   lists.
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from functools import cache

from keys.sealing.codename_list import WordList
from keys.sealing.codename_lists import SHIPPED
from keys.sealing.limits import CODENAME_WORDS
from keys.sealing.values import Codename

WORDS_CLASS = "words"
"""How the list of the eight words is marked."""
_EMPTY_ICON = "data:,"
_INSIDE = re.compile(r"/(?:[\w-]+(?:\.[a-z]+)?(?:/[\w-]+(?:\.[a-z]+)?)*/?)?(?:#[\w-]+)?", re.ASCII)
_ON_THIS_PAGE = re.compile(r"#[\w-]+", re.ASCII)
_TOKEN = re.compile(r'<(/?)([a-zA-Z][^\s<>/"\'=]*)((?:[ \n]+[^\s<>/"\'=]+(?:="[^"<>]*")?)*)[ \n]*>')
_ATTRIBUTE = re.compile(r'([^\s<>/"\'=]+)(?:="([^"<>]*)")?')
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|#[0-9]{2,6}|#x[0-9A-Fa-f]{2,5});")
_START = re.compile(r"<!doctype html>\s*", re.IGNORECASE)
_RAW = frozenset({"style", "title", "textarea"})
"""Between their tags a browser sees no other tag, so none of ours has a ``<`` there."""
_ELEMENTS = re.compile(
    r"a|article|bdi|body|br|button|code|dd|details|div|dl|dt|fieldset|footer|form|h[123]|head|header|html|input|label"
    r"|legend|li|link|main|meta|nav|ol|option|p|section|select|span|strong|style|summary|textarea|title|ul"
)
_ATTRIBUTES = re.compile(
    r"action|aria-(?:current|describedby|invalid|label|labelledby)|auto(?:capitalize|complete|correct)|charset|checked"
    r"|class|content|dir|download|enctype|for|href|hreflang|id|inputmode|lang|maxlength|method|name|open|readonly|rel"
    r"|required|role|rows|selected|spellcheck|target|translate|type|value"
)
_ONLY = {
    "charset": {"utf-8"},
    "enctype": {"multipart/form-data"},
    "method": {"post"},
    "rel": {"icon"},
    "target": {"_blank"},
    "type": {"checkbox", "file", "hidden", "radio", "text"},
}
"""Attributes that may say nothing else."""
_STYLE_FETCHES = re.compile(r"url\s*\(|image-set|@import|@font-face", re.IGNORECASE)
_STYLE_WRITES = re.compile(r"attr\s*\(|@counter-style|symbols\s*\(", re.IGNORECASE)
_STYLE_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_HARMLESS_STRING = re.compile(r"[\"'](?:\\20[0-9]{2})?[\"']")
"""A space of some width (U+2002) beside the number of a word."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page is made of.

    Attributes:
        digest: SHA-256 of everything but what is drawn anew for each visit, in hex.
        links: paths inside the service that it leads to.
        shown: what its visitor can read or copy, markup dropped: the running text first, then each value.
        copied: what stands in fields that are there to be copied from.
        words: the eight words, if it shows any.
        names: names that stand apart from the text (``<bdi>``): of the organisation, then of a desk where there are
            several.
        wrong: sentences about what a page of ours never has.
    """

    digest: str
    links: frozenset[str] = frozenset()
    shown: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def read_page(body: bytes) -> Page:
    """Take a page apart."""
    parts = _Parts()
    try:
        parts.take(body.decode())
    except UnicodeDecodeError:
        return Page(hashlib.sha256(body).hexdigest(), wrong=("It holds bytes that are no text (UTF-8).",))
    return parts.page()


def is_inside(address: str) -> bool:
    """Tell whether every browser takes an address for a path of the same service."""
    return _INSIDE.fullmatch(address) is not None


class _Parts:
    """Collects what stays the same, where links go, what is shown, and what should not be there."""

    def __init__(self) -> None:
        self._fixed: list[str] = []
        self._links: set[str] = set()
        self._text: list[str] = []
        self._values: list[str] = []
        self._copied: list[str] = []
        self._words: list[str] = []
        self._names: list[str] = []
        self._lists = 0
        self._wrong: list[str] = []
        self._in_words = False
        self._in_name = False

    def page(self) -> Page:
        if self._lists:
            self._check_words()
        digest = hashlib.sha256("\n".join(self._fixed).encode()).hexdigest()
        return Page(
            digest,
            frozenset(self._links),
            ("".join(self._text), *self._values),
            tuple(self._copied),
            tuple(self._words),
            tuple(self._names),
            tuple(self._wrong),
        )

    def take(self, text: str) -> None:
        start = _START.match(text)
        at = start.end() if start else 0
        while at < len(text):
            if text[at] != "<":
                end = _next_tag(text, at)
                self._data(text[at:end])
                at = end
                continue
            found = _TOKEN.match(text, at)
            if found is None:
                self._odd(text[at:])
                return
            closing, name, attributes = found.groups()
            at = found.end()
            if closing:
                self._end(name, attributes)
            else:
                at = self._begin(name, attributes, text, at)

    def _odd(self, text: str) -> None:
        """Give up: from here on nobody knows what a browser makes of it."""
        self._fixed.append(text)
        self._wrong.append(f"It is not written as our pages are; browsers may read it in several ways: {text[:60]}")

    def _begin(self, name: str, attributes: str, text: str, at: int) -> int:
        """Take a start tag and, of an element that holds text alone, that text; return where to go on."""
        if not _ELEMENTS.fullmatch(name):
            self._wrong.append(f"It has a <{name}>.")
        given = self._attributes(attributes)
        self._check(name, given)
        self._values += [self._plain(given[one]) for one in sorted(given) if (name, one) != ("input", "value")]
        if given.get("type") == "hidden":
            given.pop("value", None)
        elif "value" in given:
            self._values.append(self._plain(given["value"]))
        if name == "ol" and WORDS_CLASS in given.get("class", "").split():
            self._in_words = True
            self._lists += 1
        if name == "bdi":
            self._names.append("")
            self._in_name = True
        self._fixed.append(f"<{name} {sorted(given.items())}>")
        return self._inner(name, given, text, at) if name in _RAW else at

    def _inner(self, name: str, given: dict[str, str], text: str, at: int) -> int:
        end = _next_tag(text, at)
        inner = text[at:end]
        if not text.startswith(f"</{name}>", end):
            self._odd(text[end:])
            return len(text)
        if name == "style":
            self._style(inner)
        else:
            self._data(inner)
        if name == "textarea" and "readonly" in given:
            self._copied.append(self._plain(inner))
        return end

    def _end(self, name: str, attributes: str) -> None:
        if attributes:
            self._wrong.append(f"The end of its <{name}> is not written as ours are.")
        self._in_words = self._in_words and name != "ol"
        self._in_name = self._in_name and name != "bdi"
        self._fixed.append(f"</{name}>")

    def _data(self, text: str) -> None:
        plain = self._plain(text)
        if self._in_words:
            self._words += plain.split()
            return
        self._fixed.append(plain)
        self._text.append(plain)
        if self._in_name:
            self._names[-1] += plain

    def _plain(self, text: str) -> str:
        if "&" in _REFERENCE.sub("", text) or "\0" in text or "\r" in text:
            self._wrong.append("It has signs that browsers may read in more than one way.")
        return html.unescape(text)

    def _attributes(self, text: str) -> dict[str, str]:
        given: dict[str, str] = {}
        for name, value in _ATTRIBUTE.findall(text):
            if name in given:
                self._wrong.append(f"It gives {name} twice in one element.")
            elif not _ATTRIBUTES.fullmatch(name):
                self._wrong.append(f"It has an attribute that our pages do not have: {name}.")
            given.setdefault(name, value)
        return given

    def _check(self, name: str, given: dict[str, str]) -> None:
        for one, allowed in _ONLY.items():
            if given.get(one, "") not in allowed | {""}:
                self._wrong.append(f"It has a <{name}> whose {one} is none of ours: {given[one][:80]}")
        if name == "meta" and given.get("name", "viewport") != "viewport":
            self._wrong.append(f"It has a <meta> that our pages do not have: {given['name'][:80]}")
        for address in (given[one] for one in ("href", "action") if one in given):
            self._address(name, html.unescape(address))

    def _address(self, name: str, address: str) -> None:
        if name == "link":
            if address != _EMPTY_ICON:
                self._wrong.append(f"It fetches something: {address[:80]}")
        elif is_inside(address):
            self._links.add(address.partition("#")[0])
        elif not _ON_THIS_PAGE.fullmatch(address):
            self._wrong.append(f"It leads elsewhere: {address[:80]}")

    def _style(self, text: str) -> None:
        self._fixed.append(text)
        if _STYLE_FETCHES.search(text):
            self._wrong.append("Its style fetches something.")
        left = _STYLE_STRING.sub("", text)
        strings = _STYLE_STRING.findall(text)
        if _STYLE_WRITES.search(text) or "\\" in left or not all(map(_HARMLESS_STRING.fullmatch, strings)):
            self._wrong.append("Its style writes a text of its own.")

    def _check_words(self) -> None:
        drawn = Codename(tuple(self._words))
        if self._lists > 1 or len(self._words) != CODENAME_WORDS or not any(words.has_all(drawn) for words in _lists()):
            self._wrong.append("Where the eight words should stand is something else.")


def _next_tag(text: str, at: int) -> int:
    found = text.find("<", at)
    return len(text) if found < 0 else found


@cache
def _lists() -> tuple[WordList, ...]:
    return tuple(map(WordList.load, SHIPPED))
