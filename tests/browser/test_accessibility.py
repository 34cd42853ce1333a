"""axe-core finds nothing to complain about in either browser, and nothing runs out of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.source_client import at
from deploy.rehearsal.steps_desk import REPLY
from tests.browser.axe import complaints, sideways

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from deploy.rehearsal.journey import Journey
    from deploy.rehearsal.stage import Stage
    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor]

PAGES = ("/", at("write"), at("return"), at("about"), at("how-to"), at("left"), "/nothing-here")
ARABIC = [pytest.param(at(page, "ar"), marks=pytest.mark.long) for page in ("", "write", "return", "about", "how-to")]
"""In Chromium every page of every language is looked at in ``tests/intake/source/test_every_language.py``."""
WINDOWS = [(browser, width) for browser in ("chromium", "firefox") for width in (320, 390, 1280)]


@pytest.fixture(scope="module", params=WINDOWS, ids=lambda window: f"{window[0]}-{window[1]}")
def page(request: pytest.FixtureRequest, open_door: Stage) -> Reader:
    browser, width = request.param
    reader: Reader = request.getfixturevalue(f"scripted_{browser}")
    reader.resize(width)
    reader.go(f"http://{open_door.onion}{at('left')}")
    assert reader.run("window.innerWidth") == width
    return reader


@pytest.mark.parametrize("path", [*PAGES, *ARABIC])
def test_axe_finds_nothing(page: Reader, open_door: Stage, path: str) -> None:
    page.go(f"http://{open_door.onion}{path}")
    assert complaints(page) == []
    assert sideways(page) == 0


def test_axe_would_complain_if_there_were_something(page: Reader, open_door: Stage) -> None:
    page.go(f"http://{open_door.onion}{at('left')}")
    page.run("document.documentElement.removeAttribute('lang')")
    assert "html-has-lang" in " ".join(complaints(page))


def turned_round(words: str) -> str:
    """Return eight words that are nobody's."""
    return " ".join(reversed(words.split()))


def test_axe_finds_nothing_on_the_pages_after_a_form(page: Reader, open_door: Stage) -> None:
    page.go(f"http://{open_door.onion}{at('write')}")
    page.press('form[action$="/write"] button')
    assert "There was nothing in the form" in page.see()
    assert complaints(page) == [], "an empty form"
    page.type("#message", "Words for a box.")
    words = page.value("input[name=codename]")
    page.press('form[action$="/write"] button')
    assert "We have it" in page.see()
    assert complaints(page) == [], "the receipt"
    page.go(f"http://{open_door.onion}{at('return')}")
    for typed, told in (("three short words", "These are not eight words"), (turned_round(words), "do not open a box")):
        page.type("#codename", typed)
        page.press('form[action$="/return"] button')
        assert told in page.see()
        assert complaints(page) == [], told
    page.type("#codename", words)
    page.press('form[action$="/return"] button')
    assert "Your box" in page.see()
    assert complaints(page) == [], "the box"
    assert sideways(page) == 0
    page.type("#message", "One more thing.")
    page.press('form[action$="/box/add"] button')
    assert "We have it" in page.see()
    assert complaints(page) == [], "what was added"
    page.press('form[action$="/box/leave"] button')


def test_axe_finds_nothing_in_a_box_with_a_letter(page: Reader, journey: Journey) -> None:
    page.go(f"http://{journey.stage.onion}{at('return')}")
    page.type("#codename", journey.stage.codename)
    page.press('form[action$="/return"] button')
    assert REPLY in page.see()
    assert complaints(page) == []
    assert sideways(page) == 0
    page.press('form[action$="/box/leave"] button')


@pytest.mark.parametrize("width", [320, 1280])
def test_every_control_can_be_reached_and_seen_by_keyboard(chromium: Browser, open_door: Stage, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(f"http://{open_door.onion}{at('write')}", timeout=60_000)
    count = page.locator("a[href], button, input:not([type=hidden]), textarea, summary").count()
    reached = set()
    for _ in range(count + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(document.activeElement.id || document.activeElement.outerHTML)"))
        style = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.boxShadow; })()"
        )
        assert style != "nonenone" or page.evaluate("document.activeElement === document.body")
    page.close()
    assert "message" in reached
    assert "file1" in reached
