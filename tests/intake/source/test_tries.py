"""Codenames are tried so often a circuit and no more; what is refused is not read, and nobody else notices."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from intake.server.numbers import SERVER_NUMBERS
from keys.sealing.codename import WordList

if TYPE_CHECKING:
    from tests.intake.source.conftest import Site

MOST = int(SERVER_NUMBERS.rates.tries.split()[0])


def entry_of(site: Site) -> str:
    """Return where codenames are sent, by the links of the pages."""
    first = site.get("/", follow_redirects=True).text
    page = site.get(re.findall(r'href="([^"]*/return)"', first)[0]).text
    [action] = re.findall(r'<form method="post" action="([^"]*/return)"', page)
    return str(action)


def try_codename(site: Site, action: str, words: str = "") -> int:
    return site.post(action, [("codename", words or WordList.load().draw().expose())]).status_code


def test_a_circuit_tries_so_often_and_no_more(site: Site) -> None:
    action = entry_of(site)
    statuses = [try_codename(site, action) for _ in range(MOST + 2)]
    assert statuses == [HTTPStatus.FORBIDDEN] * MOST + [HTTPStatus.TOO_MANY_REQUESTS] * 2


def test_right_words_count_too_so_that_the_limit_tells_nothing(site: Site) -> None:
    receipt = site.report("Hello").text
    words = " ".join(re.findall(r"<li>([a-z]+)</li>", receipt.split('class="words"')[1].split("</ol>")[0]))
    action = entry_of(site)
    statuses = [try_codename(site, action, words) for _ in range(MOST + 1)]
    assert statuses == [HTTPStatus.SEE_OTHER] * MOST + [HTTPStatus.TOO_MANY_REQUESTS]


def test_a_circuit_that_has_tried_too_often_still_reads_and_reports(site: Site) -> None:
    action = entry_of(site)
    for _ in range(MOST + 1):
        try_codename(site, action)
    assert site.get(action).status_code == HTTPStatus.OK
    assert site.report("Hello").status_code == HTTPStatus.OK
    site.take_new_circuit()
    assert try_codename(site, action) == HTTPStatus.FORBIDDEN
