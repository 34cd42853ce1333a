"""A picture of every page in every state: English and Arabic, phone and desktop, light and dark, no JavaScript.

They are kept in ``tests/browser/screenshots`` to be looked at; the walk is in ``album``. What is checked here is that
no page is missing, and that nothing on any of them runs out of the window or is cut off by its own box.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from flask import template_rendered
from playwright.sync_api import ViewportSize

from intake.leaflet.drawing import draw
from intake.leaflet.kit import clearnet_pages
from intake.source import app as source_app
from intake.source.refusals import Reason
from tests.browser.conftest import running_firefox
from tests.browser.readers import SCREENSHOTS, picture
from tests.intake.leaflet.test_leaflet import DAY, FONTS, LEGAL_AID, SIGNED, leaflet
from tests.intake.source.album import Walk
from tests.intake.source.album_door import SAID, TEXTS, open_site
from tests.intake.source.test_every_language import SCHEMES, complaints, plain_pages
from tests.intake.source.test_in_chromium import AXE, RULES, chromium
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Template
    from playwright.sync_api import Browser, Page

__all__ = ["chromium"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.long]

BOTH = ("en", "ar")
Look = tuple[int, Literal["light", "dark"]]
LOOKS: tuple[Look, ...] = ((390, "light"), (1280, "light"), (320, "dark"))
FIRST_SCREEN = "refused-"
"""Of a form that comes back only its first screen is kept: the rest is the form."""
PARTS = {"base.html", "parts.html", "questions.html"}
"""Templates that are no pages."""
CUT_OFF = """
() => [...document.querySelectorAll('main *, header *, nav *')].filter(one => one.checkVisibility())
  .filter(one => !one.matches('textarea, select, input'))
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
     && getComputedStyle(one).display !== 'inline')
  .map(one => one.outerHTML.slice(0, 120))
"""


def photograph(page: Page, name: str, looks: tuple[Look, ...] = LOOKS) -> None:
    """Keep a page as a phone and a desk show it; nothing on it may run out of the window or of its own box."""
    for width, scheme in looks:
        page.set_viewport_size(ViewportSize(width=width, height=800))
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=picture("album", f"{name}-{width}-{scheme}"), full_page=FIRST_SCREEN not in name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(CUT_OFF) == [], name


@pytest.mark.parametrize("language", BOTH)
def test_every_page_in_every_state_has_a_picture(chromium: Browser, tmp_path: Path, language: str) -> None:
    drawn, seen = set[str](), list[str]()
    page = chromium.new_context(java_script_enabled=False).new_page()
    doors: list[tuple[dict[str, Any], Callable[[Walk], Iterator[str]]]] = [
        ({}, Walk.everything),
        ({"outside": True}, Walk.with_a_desk_outside),
        ({"lanes": frozenset({"presealed"})}, Walk.for_sealed_files_alone),
    ]
    for number, (kind, walk) in enumerate(doors):
        with open_site(tmp_path / str(number), **kind) as (site, address):

            def note(_app: object, template: Template, **_context: object) -> None:
                drawn.add(str(template.name))

            with template_rendered.connected_to(note, site.app):
                for name in walk(Walk(page, site, address, language)):
                    seen.append(name)
                    photograph(page, f"{language}-{name}", LOOKS[:2] if FIRST_SCREEN in name else LOOKS)
    page.context.close()
    templates = Path(source_app.__file__).parent / "templates"
    assert drawn == {file.name for file in templates.iterdir()} - PARTS
    assert len(set(seen)) == len(seen) >= len(Reason) + 40


@pytest.mark.parametrize("language", BOTH)
def test_firefox_has_pictures_of_the_pages_of_a_first_visit(tmp_path: Path, language: str) -> None:
    profile = tmp_path / "firefox"
    profile.mkdir()
    with (
        open_site(tmp_path / "door") as (site, address),
        running_firefox(profile, {"network.proxy.type": 0}, scripts=False) as reader,
    ):
        for width in (390, 1280):
            reader.resize(width)
            for path in plain_pages(site, language):
                if "/box" not in path:
                    reader.go(address + path)
                    reader.photograph(f"album-{path.strip('/').replace('/', '-')}-{width}")
            site.take_new_circuit()
            reader.go(address + at("report.write", language))
            reader.type("#message", SAID[language][0])
            reader.press('form[action$="/write"] button')
            assert reader.photograph(f"album-{language}-receipt-{width}").stat().st_size > 0


def test_the_pages_on_the_ordinary_web_have_pictures_and_axe_finds_nothing_there(
    chromium: Browser, tmp_path: Path
) -> None:
    about = {code: TEXTS["about"][BOTH.index(code)] for code in BOTH}
    page = chromium.new_page()
    for name, content in clearnet_pages([leaflet(code, signed=(SIGNED,)) for code in BOTH], about).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        page.goto((tmp_path / name).as_uri())
        photograph(page, f"clearnet-{name.removesuffix('.html')}")
        page.evaluate(AXE)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert complaints(page, RULES) == [], name
    page.close()


@pytest.mark.parametrize("language", BOTH)
def test_a_leaflet_has_pictures(tmp_path: Path, language: str) -> None:
    file = tmp_path / "leaflet.pdf"
    file.write_bytes(draw(leaflet(language, [LEGAL_AID], (SIGNED,)), FONTS, DAY))
    into = picture("album", f"{language}-leaflet").with_suffix("")
    subprocess.run(["pdftoppm", "-r", "150", "-png", file, into], check=True)
    assert len(list(SCREENSHOTS.glob(f"{into.name}-[12].png"))) == 2
