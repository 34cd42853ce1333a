"""Judges the pages of a door: same for everybody, our keys, and nothing that runs or fetches? Pure.

Rules:
1. A page may differ from visit to visit only in what is drawn anew for each: hidden values and the eight words.
2. A page fetches nothing, runs nothing, and sends forms and links to itself only; its policy header forbids the rest.
3. Every key that a page shows is one of the public bundle that may be used today. A page that shows none is told.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reviewer.online.tor_web import Answer

WORDS_CLASS = "words"
"""How the list of the eight words is marked."""
_RUNS_OR_FETCHES = frozenset(
    {"script", "iframe", "frame", "object", "embed", "applet", "portal", "base", "video", "audio"}
)
_ADDRESSES = frozenset({"href", "src", "action", "formaction", "srcset", "poster", "data", "ping"})
_KEY = re.compile(rb"age1pq1[02-9ac-hj-np-z]+")
_STYLE_FETCHES = re.compile(r"url\s*\(|@import", re.IGNORECASE)
_EMPTY_ICON = "data:,"
_POLICY = re.compile(r"default-src 'none'")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page is made of.

    Attributes:
        digest: SHA-256 of everything but what is drawn anew for each visit, in hex.
        links: paths inside the service that it leads to.
        wrong: sentences about what a page of ours never has.
    """

    digest: str
    links: frozenset[str]
    wrong: tuple[str, ...]


def read_page(html: str) -> Page:
    """Take a page apart."""
    parts = _Parts()
    parts.feed(html)
    parts.close()
    digest = hashlib.sha256("\n".join(parts.fixed).encode()).hexdigest()
    return Page(digest, frozenset(parts.links), tuple(parts.wrong))


class _Parts(HTMLParser):
    """Collects what stays the same, where links go, and what should not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.fixed: list[str] = []
        self.links: set[str] = set()
        self.wrong: list[str] = []
        self._in_words = False
        self._in_style = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self._in_words = self._in_words or (tag == "ol" and WORDS_CLASS in given.get("class", "").split())
        self._in_style = tag == "style"
        if tag in _RUNS_OR_FETCHES:
            self.wrong.append(f"It has a <{tag}>.")
        if tag == "meta" and "http-equiv" in given:
            self.wrong.append("It sends its readers on by itself, or changes its own rules.")
        self.wrong += [f"It reacts by program: {name}." for name in given if name.startswith("on")]
        for name in _ADDRESSES & given.keys():
            self._address(given[name])
        if _STYLE_FETCHES.search(given.get("style", "")):
            self.wrong.append("Its style fetches something.")
        if tag == "input" and given.get("type") == "hidden":
            given.pop("value", None)
        self.fixed.append(f"<{tag} {sorted(given.items())}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_words = self._in_words and tag != "ol"
        self._in_style = False
        self.fixed.append(f"</{tag}>")

    def handle_data(self, text: str) -> None:
        if self._in_style and _STYLE_FETCHES.search(text):
            self.wrong.append("Its style fetches something.")
        if not self._in_words:
            self.fixed.append(text)

    def _address(self, address: str) -> None:
        if address == _EMPTY_ICON or address.startswith("#"):
            return
        if address.startswith("/") and not address.startswith(("//", "/\\")):
            self.links.add(address.partition("#")[0])
        else:
            self.wrong.append(f"It leads elsewhere: {address[:80]}")


def keys_in(body: bytes) -> frozenset[str]:
    """Return the age recipients that a page or a file shows."""
    return frozenset(found.decode() for found in _KEY.findall(body))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        pages: digest by path, as every circuit saw it.
        keys: our keys that were shown.
        wrong: sentences; empty if nothing is.
    """

    pages: Mapping[str, str]
    keys: frozenset[str]
    wrong: tuple[str, ...]


def judge(
    seen: Sequence[Mapping[str, Answer]], ours: Collection[str], known: Mapping[str, str] | None = None
) -> Verdict:
    """Judge what several circuits saw.

    Args:
        seen: for each circuit, the answers by path.
        ours: the recipients that may be used today.
        known: digests by path that an earlier check found right; what changed since is told.
    """
    wrong: list[str] = []
    pages: dict[str, str] = {}
    shown: set[str] = set()
    for path in sorted({path for circuit in seen for path in circuit}):
        answers = [circuit[path] for circuit in seen if path in circuit]
        wrong += _one_path(path, answers, len(seen), pages)
        shown |= {key for answer in answers for key in keys_in(answer.body)}
    wrong += [f"A key that is not ours: {key[:24]}… Do not seal to it." for key in sorted(shown - set(ours))]
    if not shown & set(ours):
        wrong.append("No page shows the key of the desk.")
    if known is not None:
        wrong += _changes(known, pages)
    return Verdict(pages, frozenset(shown & set(ours)), tuple(dict.fromkeys(wrong)))


def _one_path(path: str, answers: Sequence[Answer], circuits: int, pages: dict[str, str]) -> list[str]:
    if len(answers) < circuits or len({answer.status for answer in answers}) > 1:
        return [f"{path}: some circuits get another answer than others."]
    wrong = [f"{path}: {one}" for answer in answers for one in _headers(answer)]
    read = [_read(answer) for answer in answers]
    wrong += [f"{path}: {one}" for page in read for one in page.wrong]
    if len({page.digest for page in read}) > 1:
        wrong.append(f"{path}: different visitors see different pages.")
    else:
        pages[path] = read[0].digest
    return wrong


def _read(answer: Answer) -> Page:
    if answer.headers.get("content-type", "").startswith("text/html"):
        return read_page(answer.body.decode(errors="replace"))
    return Page(hashlib.sha256(answer.body).hexdigest(), frozenset(), ())


def _headers(answer: Answer) -> list[str]:
    wrong = []
    policy = answer.headers.get("content-security-policy", "")
    if not _POLICY.search(policy) or "script-src" in policy:
        wrong.append("Its policy does not forbid scripts and what comes from elsewhere.")
    if "onion-location" in answer.headers or "location" in answer.headers:
        wrong.append("It sends its readers elsewhere.")
    return wrong


def _changes(known: Mapping[str, str], pages: Mapping[str, str]) -> list[str]:
    changed = [path for path in pages if path in known and pages[path] != known[path]]
    return [
        *(f"{path}: not as it was at the last check." for path in changed),
        *(f"{path}: was there at the last check, and is not now." for path in sorted(known.keys() - pages.keys())),
        *(f"{path}: was not there at the last check." for path in sorted(pages.keys() - known.keys())),
    ]
