"""The pages in a real browser: axe finds nothing, nothing scrolls sideways, no request too many, no script needed."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from intake.source.app import MORE_STYLE
from keys.sealing.codename import MailboxKeys, WordLists
from keys.sealing.letter import CaseState, Entry, EntryKind, Letter, write_letter
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.intake.source.conftest import Site

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST_TARGET = 24
"""WCAG 2.2, success criterion 2.5.8, in CSS pixels."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve a door on loopback; gives its address."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return site.app({**environ, "REMOTE_ADDR": site.circuit}, start_response)

    server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site) as found:
        yield found


def press(target: Locator) -> None:
    """Follow a link or send a form, and wait for the page that answers: a click alone may return before."""
    with target.page.expect_navigation():
        target.click()


def steps(page: Page, address: str, site: Site) -> Iterator[str]:
    """Go through the whole door as a source does; stop at each page."""
    for path in ("/", at("pages.how_to"), at("pages.about"), "/nowhere"):
        page.goto(address + path)
        yield path
    page.goto(address + at("report.write"))
    yield "/write"
    press(page.get_by_role("button", name="Send"))
    yield "/write, with an error"
    words = " ".join(page.locator(".words li").all_inner_texts())
    page.get_by_label("What happened?").fill("They took the files.")
    page.get_by_label("File 1").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 5000})
    press(page.get_by_role("button", name="Send"))
    assert page.get_by_role("heading", level=1).inner_text() == "We have it"
    yield "the receipt"
    press(page.get_by_role("link", name="Come back"))
    yield "/return"
    page.get_by_label("Your eight words").fill("wrong words")
    press(page.get_by_role("button", name="Open my box"))
    yield "/return, with an error"
    put_letter(site, words)
    page.get_by_label("Your eight words").fill(words)
    press(page.get_by_role("button", name="Open my box"))
    assert page.get_by_text("Who signed it?").is_visible()
    yield "/box"
    for folded in ("Add a file", "Add something else", "Change who may see it", "Receipts for what you sent"):
        page.get_by_text(folded).first.click()
    page.get_by_label("Your answer").fill("One more thing.")
    yield "/box, unfolded"
    press(page.get_by_role("button", name="Send this answer"))
    yield "what was added"
    press(page.get_by_role("link", name="Back to your box"))
    press(page.get_by_role("link", name="Give up this box for good"))
    yield "giving the box up"
    press(page.get_by_role("link", name="Back to your box"))
    yield "/box, again"
    press(page.get_by_role("button", name="Leave").first)
    assert page.url == address + at("pages.left")
    yield "/left"


def put_letter(site: Site, words: str) -> None:
    keys = MailboxKeys.derive(WordLists.load().read(words), site.world.bundle().salt)
    entries = (
        Entry(EntryKind.RECEIPT, "2026-W47", "We have it.", ("ab" * 32,)),
        Entry(EntryKind.QUESTION, "2026-W48", "Who signed it?", question="0a" * 16),
    )
    letter = Letter(keys.address, 1, CaseState.QUESTION, entries)
    site.store.replace_letters([(keys.address, write_letter(letter, site.world.desk_key, keys.identity.recipient()))])


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    chromium: Browser, address: str, site: Site, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for name in steps(page, address, site):
        page.evaluate(AXE)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert smallest_target(page) >= SMALLEST_TARGET, name
    context.close()


def smallest_target(page: Page) -> float:
    """Return the least side of what one taps, links inside a sentence left out."""
    targets = page.locator("button:visible, .button:visible, nav a:visible, summary:visible, label.tick:visible")
    boxes = [box for box in (target.bounding_box() for target in targets.all()) if box]
    return min(min(box["width"], box["height"]) for box in boxes)


def test_without_javascript_every_page_is_one_request_and_the_console_stays_empty(
    chromium: Browser, address: str, site: Site
) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    before = 0
    for name in steps(page, address, site):
        asked = [url for url in requests[before:] if not url.startswith("data:")]
        before = len(requests)
        assert all(url.startswith(address) for url in asked)
        assert len(asked) <= 2, name  # two where a form leads to another page
    assert not [text for text in complaints if "Content Security Policy" in text]
    context.close()


FITTING = """
css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
  return [...sheet.cssRules].map(rule => rule.selectorText).filter(one => document.querySelector(one)); }
"""


def test_the_form_of_a_first_report_misses_no_rule_of_the_style_that_it_does_without(
    chromium: Browser, address: str, site: Site
) -> None:
    more = MORE_STYLE.read_text(encoding="utf-8")
    page = chromium.new_page()
    page.goto(address + at("report.write"))
    assert page.evaluate(FITTING, more) == []
    press(page.get_by_role("button", name="Send"))
    assert page.evaluate(FITTING, more) == []
    page.goto(address + at("pages.landing"))
    assert ".plain" in page.evaluate(FITTING, more)
    page.close()


def test_what_was_typed_survives_a_reload_of_the_form_but_never_its_hidden_words(
    chromium: Browser, address: str, site: Site
) -> None:
    page = chromium.new_page(java_script_enabled=False)
    page.goto(address + at("report.write"))
    page.reload()
    shown = " ".join(page.locator(".words li").all_inner_texts())
    assert page.locator("input[name=codename]").input_value() == shown
    page.close()
