"""A first report over the private Tor network: what somebody new loads, sends and waits for.

Each person opens the first page, goes on to the form and sends it: a text alone, or a text and one file. Beside each
stands a visit to a plain server behind an onion service of its own, on the same network and with the same torrc: as
many pages, and the same bytes both ways. Real and plain visits take turns, so that both have the same machine.

Tor runs when somebody comes, and knows where to find both services; everybody takes new circuits. A person whose
browser does not ask for the language of the report (Tor Browser offers to ask for English only) picks it on the first
page: that is one more page.
"""

from __future__ import annotations

import re
import statistics
import tempfile
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.door import make_organisation
from bench.figures import Figure
from bench.plain_onion import plain_onion
from bench.visiting import Load, Visitor
from deploy.rehearsal.door import Door, write_config
from deploy.rehearsal.private_tor import PrivateTor
from deploy.rehearsal.samples import large_file
from deploy.rehearsal.source_client import at
from deploy.rehearsal.stage import Stage
from deploy.rehearsal.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.rehearsal.forms import ChosenFile, Form
    from deploy.rehearsal.source_client import Page

PEOPLE = 12
"""For each kind of report, and as many plain visits."""
FILE_BYTES = 1_000_000
PAGE_BYTES = 14_000
PAGE_REQUESTS = 2
PAGE_LOADS = 3
BESIDE = "s: plain server"
MESSAGES = {
    "en": "On Tuesday the lorries came again, and nobody weighed them. " * 25,
    "ar": "يوم الثلاثاء جاءت الشاحنات مرة أخرى ولم يزنها أحد. " * 25,
}
ENGLISH = "en-US,en;q=0.5"
ARABIC = "ar,en-US;q=0.7,en;q=0.3"


@dataclass(frozen=True)
class Kind:
    """A kind of first report.

    Attributes:
        title: what it is called.
        language: of the pages and of the text.
        languages: what the browser asks for (``Accept-Language``).
        with_file: whether a file goes with it.
    """

    title: str
    language: str
    languages: str
    with_file: bool = False

    @property
    def picks(self) -> bool:
        """Whether the person has to pick the language on the first page."""
        return not self.languages.startswith(self.language)


KINDS = (
    Kind("English, text only", "en", ENGLISH),
    Kind("English, text and 1 MB", "en", ENGLISH, with_file=True),
    Kind("Arabic, text only", "ar", ARABIC),
    Kind("Arabic, text and 1 MB", "ar", ARABIC, with_file=True),
    Kind("Arabic, text only, language picked by hand", "ar", ENGLISH),
)


class Visit(NamedTuple):
    """What a first report cost, and the same bytes from a plain server; a load a page, in their order."""

    real: Sequence[Load]
    plain: Sequence[Load]


def _link(page: Page, ending: str) -> str:
    """Return where the first link goes that ends so; raises LookupError."""
    found = re.search(rf'<a\b[^>]*href="([^"]*{re.escape(ending)})"', page.html)
    if found is None:
        raise LookupError(f"{page.path} has no link that ends in {ending}")
    return found[1]


def _report(person: Visitor, kind: Kind, file: ChosenFile) -> Form:
    """Go from the first page to the receipt; returns the form as it was sent."""
    page = person.get("/")
    if kind.picks:
        page = person.get(_link(page, at(language=kind.language)))
    form = person.get(_link(page, at("write", kind.language))).form(at("write", kind.language))
    form.fill("message", MESSAGES[kind.language])
    form.tick("consent", "leads")
    if kind.with_file:
        form.choose("file", file)
    receipt = person.submit(form)
    receipt.codename()
    if kind.with_file and file.name not in receipt.html:
        raise RuntimeError(f"the file did not arrive:\n{receipt.text}")
    return form


def _same_bytes(person: Visitor, loads: Sequence[Load], form: Form) -> None:
    """Load pages of the same sizes from the plain server, and send it the same form."""
    *pages, receipt = loads
    for page in pages:
        person.get(f"/{page.down}")
    person.submit(replace(form, action=f"/{receipt.down}"))


def visit(stage: Stage, plain: str, kind: Kind, file: ChosenFile) -> Visit:
    """Let somebody new report, and somebody else fetch and send the same bytes."""
    person = Visitor.over(stage.network, stage.onion, kind.languages)
    form = _report(person, kind, file)
    other = Visitor.over(stage.network, plain, kind.languages)
    _same_bytes(other, person.loads, form)
    return Visit(person.loads, other.loads)


def page_names(kind: Kind) -> tuple[str, ...]:
    """Return what the pages are called, in their order."""
    return ("first page", "first page, picked", "form", "receipt") if kind.picks else ("first page", "form", "receipt")


def _counts(subject: str, kind: Kind, visits: Sequence[Visit]) -> list[Figure]:
    """Return how many pages, requests and bytes; the most of any person where there is a goal."""
    loads = max(len(visit.real) for visit in visits)
    most = PAGE_LOADS + kind.picks
    wanted = f"<= {PAGE_LOADS}" + (" and one to pick it" if kind.picks else "")
    requests = max(sum(load.requests for load in visit.real) for visit in visits)
    down = [sum(load.down for load in visit.real) for visit in visits]
    up = [sum(load.up for load in visit.real) for visit in visits]
    return [
        Figure(subject, "page loads", loads, "", wanted=wanted, reached=loads <= most),
        Figure(subject, "requests", requests, ""),
        Figure(subject, "all pages, down", statistics.median(down), "bytes"),
        Figure(subject, "all requests, up", statistics.median(up), "bytes"),
        *(
            _weight(subject, name, [visit.real[number] for visit in visits])
            for number, name in enumerate(page_names(kind))
        ),
    ]


def _weight(subject: str, name: str, loads: Sequence[Load]) -> Figure:
    """Return what a page weighs for whom it weighs most."""
    size, requests = max(load.down for load in loads), max(load.requests for load in loads)
    reached = size <= PAGE_BYTES and requests <= PAGE_REQUESTS
    wanted = f"<= {PAGE_BYTES:,} in <= {PAGE_REQUESTS}"
    return Figure(subject, f"{name}, requests: {requests}", size, "bytes", wanted=wanted, reached=reached)


def _times(subject: str, kind: Kind, visits: Sequence[Visit]) -> list[Figure]:
    """Return the seconds of each page and of the whole beside those of the plain server."""
    figures = [
        _time(subject, name, [visit.real[number] for visit in visits], [visit.plain[number] for visit in visits])
        for number, name in enumerate(page_names(kind))
    ]
    whole, plain = ([sum(load.seconds for load in one) for one in some] for some in zip(*visits, strict=True))
    title = f"to the receipt, median of {len(visits)}"
    figures.append(Figure(subject, title, statistics.median(whole), "s", BESIDE, statistics.median(plain)))
    figures.append(Figure(subject, "to the receipt, worst", max(whole), "s", BESIDE, max(plain)))
    return figures


def _time(subject: str, name: str, real: Sequence[Load], plain: Sequence[Load]) -> Figure:
    taken = [load.seconds for load in real]
    middle = statistics.median(load.seconds for load in plain)
    return Figure(subject, name, statistics.median(taken), "s", BESIDE, middle, worst=max(taken))


def measured(stage: Stage, people: int) -> list[Figure]:
    """Measure through an open door; everybody comes alone, the kinds of reports in turns."""
    with plain_onion(stage.network) as plain, tempfile.TemporaryDirectory(prefix="khomo-bench-") as folder:
        file = large_file(Path(folder), FILE_BYTES)
        visit(stage, plain, KINDS[0], file)  # tor learns where both are
        turns = [[visit(stage, plain, kind, file) for kind in KINDS] for _ in range(people)]
    figures = []
    for kind, visits in zip(KINDS, zip(*turns, strict=True), strict=True):
        subject = f"A first report over the private Tor network: {kind.title}"
        figures += [*_counts(subject, kind, visits), *_times(subject, kind, visits)]
    return figures


def measure() -> list[Figure]:
    """Boot a network, open a door on it and measure; takes two to three minutes."""
    with PrivateTor.boot() as network, tempfile.TemporaryDirectory(prefix="khomo-bench-") as name:
        stage = Stage.build(Path(name), Teller(StringIO()))
        stage.network = network
        make_organisation(stage.machine("ceremony"))
        write_config(stage)
        door = Door(stage)
        try:
            door.open()
            return measured(stage, PEOPLE)
        finally:
            door.close()
