"""What the source does: reads the first page, sends a report with files, comes back with eight words."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from deploy.rehearsal.samples import make_samples
from deploy.rehearsal.socks import Socks
from deploy.rehearsal.source_client import Page, SourceClient, at

if TYPE_CHECKING:
    from deploy.rehearsal.forms import ChosenFile
    from deploy.rehearsal.samples import Samples
    from deploy.rehearsal.stage import Stage


class PageError(Exception):
    """The door answered with another page than it should; the message holds its words."""


def visit(stage: Stage) -> SourceClient:
    """Come over Tor, as somebody new."""
    return SourceClient(Socks.through(stage.network, secrets.token_hex(8)), stage.onion)


def right_page(page: Page) -> Page:
    """Return a page that came with status 200; raises PageError."""
    if page.status != HTTPStatus.OK:
        raise PageError(f"{page.path} answered {page.status}:\n{page.text}")
    return page


def send(source: SourceClient, message: str, files: tuple[ChosenFile, ...], audience: str = "leads") -> Page:
    """Fill in the form and send it; the page after it is the receipt."""
    form = right_page(source.get(at("write"))).form("/write")
    form.fill("message", message)
    form.tick("consent", audience)
    for file in files:
        form.choose("file", file)
    return right_page(source.submit(form))


def report(stage: Stage) -> Samples:
    """Send the report of the rehearsal."""
    samples = make_samples(stage.machine("source"))
    source = visit(stage)
    landing = right_page(source.get("/"))
    stage.teller.happened(f"The first page came over Tor: {len(landing.html.encode()):,} bytes, no script, no image.")
    receipt = send(source, samples.message, samples.files)
    stage.codename = receipt.codename()
    paper = stage.machine("source") / "paper.txt"
    paper.write_text(stage.codename + "\n")
    stage.teller.happened(f"Sent: a message and {', '.join(file.name for file in samples.files)}.")
    stage.teller.happened(
        f"The page after it says {receipt.text.splitlines()[1]!r} and shows eight words. "
        "With them the source comes back."
    )
    stage.teller.happened(f"Written on paper (here: {stage.shown(paper)}): {stage.codename}")
    return samples


def open_box(stage: Stage, codename: str) -> Page:
    """Come back with eight words; the page holds the letter."""
    source = visit(stage)
    form = right_page(source.get(at("return"))).form("/return")
    form.fill("codename", codename)
    return right_page(source.submit(form))


def read_letter(stage: Stage, expected: str) -> None:
    """Come back another day, with capitals and too many spaces, and read the desk's answer."""
    page = open_box(stage, "  ".join(stage.codename.title().split()))
    if expected not in page.text:
        raise PageError(f"the letter does not hold the desk's words:\n{page.text}")
    stage.teller.happened(
        "The eight words were typed with capitals and double spaces, and were understood. The letter says:"
    )
    stage.teller.output(page.text.split("Your box\n")[-1].split("Your answer")[0])
