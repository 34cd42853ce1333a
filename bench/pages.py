"""What each source page weighs on the wire, and how many requests a first report takes."""

from __future__ import annotations

from bench.door import real_door
from bench.figures import Figure
from bench.unix_http import Answer, ask, form_at, submit
from bench.visiting import further_requests
from deploy.rehearsal.source_client import at

SUBJECT = "Source pages: bytes on the wire, headers included, nothing compressed"
FIRST_VISIT = ("/", at("write"), at("about"), at("how-to"), at("return"), at("left"))
PAGE_LIMIT = 14_000
SECUREDROP = 148_197
"""A whole first SecureDrop submission, cached, in bytes, measured on its own development server."""


def _figure(name: str, answer: Answer) -> Figure:
    requests = 1 + further_requests(answer.html)
    reached = answer.wire <= PAGE_LIMIT and requests <= 2
    return Figure(
        SUBJECT, f"{name}, requests: {requests}", answer.wire, "bytes", wanted="<= 14,000 in <= 2", reached=reached
    )


def measure() -> list[Figure]:
    """Load every page, send a report, come back with its words."""
    with real_door() as served:
        figures = [_figure(path, ask(served.socket, "GET", path)) for path in FIRST_VISIT]
        first = [ask(served.socket, "GET", "/"), ask(served.socket, "GET", at("write"))]
        form = form_at(served.socket)
        form.fill("message", "A report.")
        receipt = submit(served.socket, form)
        figures.append(_figure("the receipt", receipt))
        figures.append(_figure("a page that is not there", ask(served.socket, "GET", "/nothing")))
        whole = [*first, receipt]
    total = sum(answer.wire for answer in whole)
    requests = sum(1 + further_requests(answer.html) for answer in whole)
    figures.append(
        Figure(
            SUBJECT,
            f"a whole first report, {len(whole)} pages, {requests} requests",
            total,
            "bytes",
            "bytes, 20 requests: SecureDrop",
            SECUREDROP,
            "3 page loads",
            len(whole) == 3,
        )
    )
    return figures
