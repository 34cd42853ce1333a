"""Visits a door as several strangers would, over circuits of their own, and compares what each of them sees."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from keys.sealing.openpgp_packets import read_public_key
from keys.sealing.submission import Lane
from reviewer.errors import ReviewerError
from reviewer.online.page_check import Verdict, is_page, judge
from reviewer.online.page_keys import OurKeys
from reviewer.online.page_reading import read_page
from reviewer.online.tor_web import FIRST, Answer, followed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from keys.sealing.public_bundle import Desk, PublicBundle
    from reviewer.online.tor_web import Web

MOST_PAGES = 200
"""A door has a dozen pages a language; more is something else."""


def verify_page(
    web: Web,
    ours: OurKeys,
    *,
    circuits: int,
    known: Mapping[str, str] | None = None,
    progress: Callable[[int], object] = lambda _pages: None,
) -> Verdict:
    """Visit all pages that the first one leads to, over each circuit; ``progress`` is told of every page."""
    seen = [dict(_visited(web, secrets.token_hex(8), progress)) for _ in range(circuits)]
    return judge(seen, ours, known)


def usable_keys(bundle: PublicBundle, today: date) -> OurKeys:
    """Return the keys that pages may show today."""
    receiving = bundle.receiving_desks
    age = frozenset[str]().union(*(_recipients(desk, today) for desk in receiving))
    openpgp = frozenset(desk.openpgp for desk in receiving if desk.openpgp)
    several: dict[str, frozenset[str]] = {}
    for desk in receiving if len(receiving) > 1 else ():
        fingerprint = {read_public_key(desk.openpgp).fingerprint} if desk.openpgp else set[str]()
        several[desk.name] = several.get(desk.name, frozenset()) | _recipients(desk, today) | fingerprint
    return OurKeys(age, openpgp, Lane.PRESEALED in bundle.policy.lanes, several)


def _recipients(desk: Desk, today: date) -> frozenset[str]:
    return frozenset(epoch.recipient for epoch in desk.epochs if epoch.not_before <= today <= epoch.not_after)


def _visited(web: Web, circuit: str, progress: Callable[[int], object]) -> Iterable[tuple[str, Answer]]:
    waiting, met = [FIRST], {FIRST}
    while waiting:
        path = waiting.pop(secrets.randbelow(len(waiting)))
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
    return read_page(answer.body).links if is_page(answer) else frozenset()
