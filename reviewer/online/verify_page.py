"""Visits a door as several strangers would, over circuits of their own, and compares what each of them sees."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from reviewer.errors import ReviewerError
from reviewer.online.page_check import Verdict, judge, read_page
from reviewer.online.tor_web import Answer, followed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date

    from keys.sealing.public_bundle import PublicBundle
    from reviewer.online.tor_web import Web

FIRST = "/"
MOST_PAGES = 200
"""A door has a dozen pages a language; more is something else."""


def verify_page(
    web: Web,
    ours: Collection[str],
    *,
    circuits: int,
    known: Mapping[str, str] | None = None,
    progress: Callable[[int], object] = lambda _pages: None,
) -> Verdict:
    """Visit all pages that the first one leads to, over each circuit; ``progress`` is told of every page."""
    seen = [dict(_visited(web, secrets.token_hex(8), progress)) for _ in range(circuits)]
    return judge(seen, ours, known)


def usable_keys(bundle: PublicBundle, today: date) -> frozenset[str]:
    """Return the recipients that pages may show today."""
    return frozenset(
        epoch.recipient
        for desk in bundle.receiving_desks
        for epoch in desk.epochs
        if epoch.not_before <= today <= epoch.not_after
    )


def _visited(web: Web, circuit: str, progress: Callable[[int], object]) -> Iterable[tuple[str, Answer]]:
    waiting, met = [FIRST], {FIRST}
    while waiting:
        path = waiting.pop(0)
        answer = followed(web, path, circuit)
        progress(1)
        if path == FIRST and answer.status != HTTPStatus.OK:
            raise ReviewerError(f"The first page answers {answer.status}.", "Is this the right address?")
        yield path, answer
        for link in sorted(_links(answer) - met):
            met.add(link)
            waiting.append(link)
        if len(met) > MOST_PAGES:
            raise ReviewerError("This service has far too many pages for a door.", "Is this the right address?")


def _links(answer: Answer) -> frozenset[str]:
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return frozenset()
    return read_page(answer.body.decode(errors="replace")).links
