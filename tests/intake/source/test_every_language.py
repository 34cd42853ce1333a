"""Every page in every language, in Chromium: WCAG 2.2 AA as far as a machine can tell.

axe-core finds nothing, nothing scrolls sideways (reflow down to 320 px, text at 200 %, wide spacing), what one taps is
24 px large or more, the keyboard reaches everything in the order in which it stands and shows where it is, and forced
colours leave buttons and focus to be seen. New pages are found by themselves: they stand in the app's map of paths.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import pytest

from intake.language_states import LANGUAGES
from tests.intake.source.test_in_chromium import AXE, RULES, SMALLEST_TARGET, address, chromium, put_letter
from tests.intake.source.test_languages import plain_rules
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.intake.source.conftest import Site

__all__ = ["address", "chromium"]  # fixtures

pytestmark = pytest.mark.browser

PAGES_OF_QUESTIONS = 3
"""With "yes" to each, so that every section of the form that ships is seen."""

Scheme = Literal["light", "dark"]
WIDTHS = (320, 390, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
QUICK = [("ar", 390)]
"""English is looked at in ``test_in_chromium`` too; the others run in ``make test-long``."""
WINDOWS = [
    pytest.param(window, marks=() if window in QUICK else pytest.mark.long, id=" ".join(map(str, window)))
    for window in itertools.product(LANGUAGES, WIDTHS)
]
LARGE_TEXT = "html{font-size:200%!important}"
WIDE_TEXT = (
    "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}"
    "p{margin-bottom:2em!important}"
)
"""What WCAG 2.2, success criterion 1.4.12, asks a page to bear."""

TARGETS = """
() => [...document.querySelectorAll('a[href], button, summary, textarea, select, input:not([type=hidden])')]
  .filter(one => one.checkVisibility())
  .filter(one => !(one.tagName === 'A' && [...one.parentElement.childNodes]
      .some(near => near !== one && near.textContent.trim())))
  .map(one => one.closest('label') || one)
  .map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
  .filter(([_, box]) => Math.min(box.width, box.height) < SMALLEST)
  .map(([html, _]) => html)
""".replace("SMALLEST", str(SMALLEST_TARGET))
"""What one taps and is smaller than 24 px; links inside a sentence may be (success criterion 2.5.8)."""

FOCUS_ORDER = """
() => [...document.querySelectorAll('a[href], button, summary, textarea, select, input:not([type=hidden])')]
  .filter(one => one.checkVisibility()).map((one, place) => { one.dataset.place = place; return String(place); })
"""
FOCUSED = """
() => { const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return [one.dataset.place || '', style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2,
          box.bottom > 0 && box.top < innerHeight]; }
"""
UNSEEN = """
() => [...document.querySelectorAll('button, .button, textarea, input[type=file]')].filter(one => one.checkVisibility())
  .filter(one => { const style = getComputedStyle(one);
    return style.borderTopStyle === 'none' || style.color === style.backgroundColor; }).map(one => one.outerHTML)
"""


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A door in every language that there is."""
    return make_site(languages=tuple(LANGUAGES))


def plain_pages(site: Site, language: str) -> list[str]:
    """Return the path of every page that takes nothing but a language."""
    pages = plain_rules(site)
    downloads = [rule for rule in pages if "." in rule.rule.rpartition("/")[2]]
    return [at(rule.endpoint, language) for rule in pages if rule not in downloads]


def press(button: Locator) -> None:
    """Send a form and wait for the page that answers: a click alone may return while the old page still goes."""
    with button.page.expect_navigation():
        button.click()


def steps(page: Page, address: str, site: Site, language: str) -> Iterator[str]:
    """Go through the whole door as a source does; stop at each page."""
    for path in (*plain_pages(site, language), f"/{language}/nowhere"):
        site.take_new_circuit()
        page.goto(address + path)
        yield path
    page.goto(address + at("report.write", language))
    send = page.locator('form[action$="/write"] button').last
    press(send)
    yield "the form, with an error"
    words = page.locator("input[name=codename]").first.input_value()
    page.locator("#message").fill("نص طويل. They took the files.")
    page.locator("#file1").set_input_files({"name": "صور (1).jpg", "mimeType": "image/jpeg", "buffer": b"x" * 5000})
    press(send)
    yield "the receipt"
    for place in range(PAGES_OF_QUESTIONS):
        for question in page.locator('form[action$="/write/more"] select').all():
            question.select_option(index=1)
        press(page.locator('form[action$="/write/more"] button[value=answers]'))
        yield f"page {place} of the questions"
    page.goto(address + at("box.come_back", language))
    page.locator("#codename").fill("wrong words")
    press(page.locator('form[action$="/return"] button'))
    yield "the return, with an error"
    put_letter(site, words)
    page.locator("#codename").fill(words)
    press(page.locator('form[action$="/return"] button'))
    assert page.url == address + at("box.show", language)
    for path in plain_pages(site, language):
        if path.startswith(at("box.show", language) + "/"):
            page.goto(address + path)
            yield path
    page.goto(address + at("box.show", language))
    for folded in page.locator("summary:visible").all():
        folded.click()
    yield "the box, unfolded"
    page.locator("#message").fill("One more thing.")
    press(page.locator('form[action$="/box/add"] button').first)
    yield "what was added"
    site.take_new_circuit()
    page.goto(address + at("box.show", language))
    press(page.locator('form[action$="/box/leave"] button').first)
    assert page.url == address + at("pages.left", language)


def complaints(page: Page, rules: list[str]) -> list[tuple[str, str]]:
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]


@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    chromium: Browser, address: str, site: Site, window: tuple[str, int]
) -> None:
    language, width = window
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme="light")
    page = context.new_page()
    for name in steps(page, address, site, language):
        page.evaluate(AXE)
        assert complaints(page, RULES) == [], name
        page.emulate_media(color_scheme="dark")
        assert complaints(page, ["color-contrast"]) == [], f"{name}, dark"
        page.emulate_media(color_scheme="light")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(TARGETS) == [], name
        assert page.locator("html").get_attribute("dir") == LANGUAGES[language].direction
    context.close()


@pytest.mark.parametrize("language", ["ar", *(pytest.param(one, marks=pytest.mark.long) for one in ("en", "ru"))])
@pytest.mark.parametrize("style", [LARGE_TEXT, WIDE_TEXT], ids=["200 %", "wide"])
def test_larger_and_wider_text_stays_within_the_window(
    chromium: Browser, address: str, site: Site, language: str, style: str
) -> None:
    context = chromium.new_context(viewport={"width": 640, "height": 800}, bypass_csp=True)
    page = context.new_page()
    for path in plain_pages(site, language):
        page.goto(address + path)
        page.add_style_tag(content=style)
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path
    context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("endpoint", ["pages.landing", "report.write", "box.come_back"])
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    chromium: Browser, address: str, site: Site, language: str, endpoint: str
) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto(address + at(endpoint, language))
    order = page.evaluate(FOCUS_ORDER)
    reached = []
    for _ in order:
        page.keyboard.press("Tab")
        place, seen, in_view = page.evaluate(FOCUSED)
        reached.append(place)
        assert seen, page.evaluate("document.activeElement.outerHTML")
        assert in_view
    assert reached == order
    page.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_forced_colours_leave_buttons_fields_and_focus_to_be_seen(
    chromium: Browser, address: str, site: Site, scheme: Scheme
) -> None:
    context = chromium.new_context(forced_colors="active", color_scheme=scheme)
    page = context.new_page()
    for path in plain_pages(site, "en"):
        page.goto(address + path)
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        assert page.evaluate(UNSEEN) == [], path
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)[1], path
    context.close()
