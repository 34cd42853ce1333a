"""Judges the pages of a door: same for everybody, our keys, and nothing that runs or fetches? Pure.

Rules:
1. A page is the same for everybody but for what is drawn anew for each visit (``page_reading.py``); the eight words are
   never the same for two.
2. Its headers are those of our pages, each once: the policy to the letter, the kind of the text, no other header.
3. Every key that is shown is one of the public bundle that may be used today (``page_keys.py``). What should be shown
   and is not is told.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from reviewer.online.page_keys import KeysShown, OurKeys, key_of_file, keys_of_page, missing
from reviewer.online.page_reading import Page, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewer.online.tor_web import Answer

PAGE_KIND = "text/html; charset=utf-8"
FILE_KINDS = frozenset({"text/plain", "application/pgp-keys"})
_POLICY = re.compile(
    r"default-src 'none'; img-src data:; style-src 'sha256-[A-Za-z0-9+/=]{44}'(?: 'sha256-[A-Za-z0-9+/=]{44}')*;"
    r" form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FIXED = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Headers that every answer of ours has."""
_MORE = frozenset(
    {"connection", "content-disposition", "content-length", "content-security-policy", "content-type", "date"}
    | {"permissions-policy", "retry-after", "server", "transfer-encoding", "vary", "x-robots-tag"}
)
"""Headers that an answer may have: none of them sends a browser elsewhere, or makes it remember or fetch."""
_SENDS_ELSEWHERE = frozenset({"location", "onion-location", "refresh", "alt-svc"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        pages: digest by path, as every circuit saw it.
        keys: our keys that were shown: age recipients, fingerprints of OpenPGP keys.
        wrong: sentences; empty if nothing is.
    """

    pages: Mapping[str, str]
    keys: frozenset[str]
    wrong: tuple[str, ...]


def judge(seen: Sequence[Mapping[str, Answer]], ours: OurKeys, known: Mapping[str, str] | None = None) -> Verdict:
    """Judge what several circuits saw.

    Args:
        seen: for each circuit, the answers by path.
        ours: the keys that may be used today.
        known: digests by path that an earlier check found right; what changed since is told.
    """
    wrong: list[str] = []
    pages: dict[str, str] = {}
    shown: set[str] = set()
    for path in sorted({path for circuit in seen for path in circuit}):
        answers = [circuit[path] for circuit in seen if path in circuit]
        if len(answers) < len(seen) or len({answer.status for answer in answers}) > 1:
            told = ["some circuits get another answer than others."]
        else:
            told = _one_path(answers, pages, path)
        keys = [_keys(answer, ours) for answer in answers]
        told += [one for key in keys for one in key.wrong]
        shown.update(*(key.ours for key in keys))
        wrong += [f"{path}: {one}" for one in told]
    wrong += dict.fromkeys(one for circuit in seen for one in _offered(circuit, ours))
    wrong += missing(shown, ours)
    if known is not None:
        wrong += _changes(known, pages)
    return Verdict(pages, frozenset(shown), tuple(dict.fromkeys(wrong)))


def is_page(answer: Answer) -> bool:
    """Tell whether a browser shows an answer as a page."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower() not in FILE_KINDS


def _one_path(answers: Sequence[Answer], pages: dict[str, str], path: str) -> list[str]:
    wrong = [one for answer in answers for one in _headers(answer)]
    if answers[0].status != HTTPStatus.OK:
        wrong.append(f"It is not there ({answers[0].status}).")
    read = [_read(answer) for answer in answers]
    wrong += [one for page in read for one in page.wrong]
    if len({page.digest for page in read}) > 1:
        wrong.append("different visitors see different pages.")
    else:
        pages[path] = read[0].digest
    drawn = [page.words for page in read if page.words]
    if len(set(drawn)) < len(drawn):
        wrong.append("Two visitors got the same eight words.")
    return wrong


def _read(answer: Answer) -> Page:
    if is_page(answer):
        return read_page(answer.body)
    return Page(hashlib.sha256(answer.body).hexdigest())


def _keys(answer: Answer, ours: OurKeys) -> KeysShown:
    return keys_of_page(read_page(answer.body), ours) if is_page(answer) else key_of_file(answer.body, ours)


def _offered(circuit: Mapping[str, Answer], ours: OurKeys) -> Iterator[str]:
    """Compare the keys that stand on a page with those in the files that it offers."""
    for path, answer in circuit.items():
        if not is_page(answer):
            continue
        files = [link for link in read_page(answer.body).links if link in circuit and not is_page(circuit[link])]
        beside = _keys(answer, ours).ours
        for file in sorted(files):
            if not _keys(circuit[file], ours).ours <= beside:
                yield f"{path}: It offers {file}, with another key than the one that it shows. Do not seal to it."


def _headers(answer: Answer) -> list[str]:
    given, wrong = answer.headers, []
    if not _POLICY.fullmatch(given.get("content-security-policy", "")):
        wrong.append("Its policy does not forbid scripts and what comes from elsewhere.")
    if (kind := given.get("content-type", "")) not in FILE_KINDS | {PAGE_KIND}:
        wrong.append(f"It is of a kind that our pages are not: {kind[:80]}")
    if _SENDS_ELSEWHERE & given.keys():
        wrong.append("It sends its readers elsewhere.")
    wrong += [f"Its header {name} is not as ours is." for name, value in _FIXED.items() if given.get(name) != value]
    strange = given.keys() - _FIXED.keys() - _MORE - _SENDS_ELSEWHERE
    return wrong + [f"It has a header that our pages do not have: {name[:80]}" for name in sorted(strange)]


def _changes(known: Mapping[str, str], pages: Mapping[str, str]) -> list[str]:
    changed = [path for path in pages if path in known and pages[path] != known[path]]
    return [
        *(f"{path}: not as it was at the last check." for path in changed),
        *(f"{path}: was there at the last check, and is not now." for path in sorted(known.keys() - pages.keys())),
        *(f"{path}: was not there at the last check." for path in sorted(pages.keys() - known.keys())),
    ]
