"""axe-core finds nothing to complain about, and nothing runs out of the window (JavaScript is on for axe only)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.steps_desk import REPLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from deploy.rehearsal.journey import Journey
    from deploy.rehearsal.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.tor]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("/", "/write", "/return", "/about", "/how-to", "/left", "/nothing-here")
WIDTHS = (320, 390, 1280)


@pytest.fixture(scope="module", params=WIDTHS)
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def _complaints(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']} — {json.dumps(node['failureSummary'])}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def _sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _send(page: Page, action: str) -> None:
    """Press the button of a form and wait for the whole page after it."""
    page.locator(f'form[action="{action}"] button').click()
    page.wait_for_load_state("load")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(page: Page, open_door: Stage, path: str) -> None:
    page.goto(f"http://{open_door.onion}{path}")
    assert _complaints(page) == []
    assert _sideways(page) == 0


def test_axe_finds_nothing_on_the_pages_after_a_form(page: Page, open_door: Stage) -> None:
    page.goto(f"http://{open_door.onion}/write")
    _send(page, "/write")
    assert _complaints(page) == [], "an empty form"
    page.locator("#message").fill("Words for a box.")
    words = " ".join(page.locator("ol.words li").all_inner_texts())
    _send(page, "/write")
    assert "We have it" in page.locator("h1").inner_text()
    assert _complaints(page) == [], "the receipt"
    page.goto(f"http://{open_door.onion}/return")
    page.locator("#codename").fill("not eight words")
    _send(page, "/return")
    assert _complaints(page) == [], "wrong words"
    page.locator("#codename").fill(words)
    _send(page, "/return")
    assert "Your box" in page.locator("h1").inner_text()
    assert _complaints(page) == [], "the box"
    assert _sideways(page) == 0


def test_axe_finds_nothing_in_a_box_with_a_letter(page: Page, journey: Journey) -> None:
    page.goto(f"http://{journey.stage.onion}/return")
    page.locator("#codename").fill(journey.stage.codename)
    _send(page, "/return")
    assert REPLY in page.locator("main").inner_text()
    assert _complaints(page) == []
    assert _sideways(page) == 0


def test_every_control_can_be_reached_and_seen_by_keyboard(page: Page, open_door: Stage) -> None:
    page.goto(f"http://{open_door.onion}/write")
    count = page.locator("a[href], button, input:not([type=hidden]), textarea, summary").count()
    reached = set()
    for _ in range(count + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(document.activeElement.id || document.activeElement.outerHTML)"))
        style = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.boxShadow; })()"
        )
        assert style != "nonenone" or page.evaluate("document.activeElement === document.body")
    assert "message" in reached
    assert "file1" in reached
