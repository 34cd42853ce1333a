"""The pages in a real browser: without JavaScript, by keyboard, on a wide and a narrow screen, axe, and pictures."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from keys.sealing.submission import new_report_id
from reviewer.inbox import import_bundle
from reviewer.pages.app import create_app
from reviewer.pages.server import LoopbackServer
from tests.browser.axe import complaints, sideways
from tests.browser.readers import ChromiumReader
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.organisation import Source, answered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from reviewer.pages.desk import Desk
    from reviewer.pages.doorway import Doorway
    from reviewer.vault.vault import Vault
    from tests.reviewer.organisation import Organisation

pytestmark = pytest.mark.browser

ARABIC = "يُلقون النفايات في النهر كل ليلة، قرب الجسر القديم.\nرأيت شاحنة تحمل رقم 4471 (Harbour Waste Ltd) ثلاث مرات."
ENGLISH = "They dump waste in the river at night.\n\nIt began in spring. The lorry comes from the harbour."
WIDTHS = (1280, 390)
CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary"


@pytest.fixture
def address(org: Organisation, desk: Vault, pages_desk: Desk, doorway: Doorway, tmp_path: Path) -> Iterator[str]:
    """Where a desk with two cases is served, as ``khomo-reviewer serve`` prints it."""
    english, arabic, report = Source(), Source(), new_report_id()
    org.report(ENGLISH, mailbox=english.slip, report=report, answers=answered(where="By the old bridge", danger="yes"))
    org.report(files=[("photo of the lorry.jpg", b"\xff\xd8"), ("صورة.png", b"x")], mailbox=english.slip, report=report)
    org.report(ARABIC, mailbox=arabic.slip, language="ar", answers=answered(where="قرب الجسر"))
    import_bundle(desk, org.bundle(tmp_path / "one.bundle"))
    desk.held.close()
    with LoopbackServer() as server:
        server.set_app(create_app(pages_desk, doorway, server.host))
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://{server.host}{doorway.path}"
        server.shutdown()
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "Debian's package chromium is missing"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def _press(page: Page, text: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=text, exact=True).click()


def _walk(page: Page, address: str) -> Iterator[str]:
    """Do a round as a person does, and stop at each page for a look."""
    home = address.split("/enter/", maxsplit=1)[0]
    page.goto(address)
    yield "unlock"
    page.get_by_label("Your passphrase").fill(PASSPHRASE)
    _press(page, "Unlock")
    yield "round"
    page.goto(f"{home}/cases/all")
    yield "inbox"
    page.get_by_label("Search texts").fill("الجسر")
    _press(page, "Search")
    assert page.locator("ol.cases li").count() == 1
    yield "found"
    page.locator("ol.cases a").click()
    assert "قرب الجسر القديم" in page.locator("#texts .words").inner_text()
    yield "case-arabic"
    page.goto(f"{home}/cases/danger")
    page.locator("ol.cases a").click()
    yield "case"
    page.get_by_label("Text of the letter").fill("شكرا لك.\nWhat did you see on 2026-11-03?")
    page.get_by_label("It asks for an answer").check()
    _press(page, "See what the source will see")
    yield "letter"
    page.get_by_label("It must stay").check()
    _press(page, "Put it into the letter")
    assert "Written. It leaves with the next outbox." in page.locator("main").inner_text()
    page.get_by_role("link", name="History").click()
    yield "history"
    page.goto(home)
    page.get_by_label("Or type the path of a folder").fill("/nowhere")
    _press(page, "Write")
    yield "working"
    page.goto(f"{home}/nothing")
    yield "problem"


def test_a_round_without_scripts_is_whole_for_everybody(address: str) -> None:
    """Nothing is fetched from elsewhere; axe finds nothing; no page is too wide; a picture of each."""
    with chromium() as browser:
        plain = browser.new_context(java_script_enabled=False)
        page = plain.new_page()
        asked: list[str] = []
        plain.on("request", lambda request: asked.append(request.url))
        checked = browser.new_context()
        for name in _walk(page, address):
            checked.add_cookies(plain.cookies())  # type: ignore[arg-type]  # as they came
            reader = ChromiumReader(looker := checked.new_page())
            for width in WIDTHS:
                reader.resize(width)
                looker.set_content(page.content()) if name in {"letter", "unlock"} else reader.go(page.url)
                assert complaints(reader) == [], f"{name} at {width}"
                assert sideways(reader) == 0, f"{name} at {width}"
                reader.photograph(f"desk-{name}-{width}")
            looker.close()
        home = address.split("/enter/", maxsplit=1)[0]
        assert {url.startswith((home, "data:")) for url in asked} == {True}


def test_every_control_is_reached_and_seen_by_keyboard(address: str) -> None:
    home = address.split("/enter/", maxsplit=1)[0]
    with chromium() as browser:
        page = browser.new_page()
        page.goto(address)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSPHRASE)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{home}/")
        for path in ("/", "/cases/all", "/case/1"):
            page.goto(home + path)
            wanted = page.locator(CONTROLS).evaluate_all(
                "all => all.filter(one => one.checkVisibility())"
                ".map((one, i) => (one.dataset.i = i, one.type == 'radio' ? -1 : i))"
            )
            reached = set()
            for _ in range(len(wanted) + 3):
                page.keyboard.press("Tab")
                seen = page.evaluate(
                    "(() => { const one = document.activeElement, s = getComputedStyle(one);"
                    " return [Number(one.dataset.i ?? -1), s.outlineStyle != 'none']; })()"
                )
                assert seen[1] or seen[0] == -1, "what has the focus shows it"
                reached.add(seen[0])
            assert {one for one in wanted if one >= 0} <= reached, path
        page.locator("button[accesskey=l]").press("Enter")
        page.wait_for_url(f"{home}/unlock")
        assert "The desk is locked" in page.locator("main").inner_text()
