"""Two kinds of readers without JavaScript: Chromium driven by Playwright, Firefox ESR driven by Marionette."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.marionette import Marionette

SCREENSHOTS = Path(__file__).parent / "screenshots"
TALL_PIXELS = 900


class Reader(Protocol):
    """A person at a browser."""

    name: str

    def go(self, url: str) -> None:
        """Open an address."""

    def see(self) -> str:
        """Return the text of the page."""

    def type(self, field: str, text: str) -> None:
        """Type into the control of that CSS selector."""

    def choose(self, field: str, file: Path) -> None:
        """Pick a file."""

    def press(self, target: str) -> None:
        """Click, and wait for the page that follows."""

    def resize(self, width: int) -> None:
        """Make the window so wide."""

    def photograph(self, name: str) -> Path:
        """Keep a picture of the whole page."""


def picture(reader: str, name: str) -> Path:
    """Return where a screenshot goes."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS / f"{reader}-{name}.png"


class ChromiumReader:
    """Chromium, JavaScript off."""

    name = "chromium"

    def __init__(self, page: Page) -> None:
        self._page = page

    def go(self, url: str) -> None:
        self._page.goto(url)

    def see(self) -> str:
        return self._page.locator("body").inner_text()

    def type(self, field: str, text: str) -> None:
        self._page.locator(field).fill(text)

    def choose(self, field: str, file: Path) -> None:
        self._page.locator(field).set_input_files(file)

    def press(self, target: str) -> None:
        self._page.locator(target).first.click()
        self._page.wait_for_load_state("load")

    def resize(self, width: int) -> None:
        self._page.set_viewport_size({"width": width, "height": TALL_PIXELS})

    def photograph(self, name: str) -> Path:
        path = picture(self.name, name)
        self._page.screenshot(path=path, full_page=True)
        return path


class FirefoxReader:
    """Firefox ESR, JavaScript off."""

    name = "firefox"

    def __init__(self, marionette: Marionette) -> None:
        self._marionette = marionette

    def go(self, url: str) -> None:
        self._marionette.ask("WebDriver:Navigate", url=url)

    def see(self) -> str:
        return str(self._marionette.ask("WebDriver:GetElementText", id=self._marionette.find("body")))

    def type(self, field: str, text: str) -> None:
        element = self._marionette.find(field)
        self._marionette.ask("WebDriver:ElementClear", id=element)
        self._marionette.ask("WebDriver:ElementSendKeys", id=element, text=text)

    def choose(self, field: str, file: Path) -> None:
        self._marionette.ask("WebDriver:ElementSendKeys", id=self._marionette.find(field), text=str(file))

    def press(self, target: str) -> None:
        self._marionette.ask("WebDriver:ElementClick", id=self._marionette.find(target))

    def resize(self, width: int) -> None:
        self._marionette.ask("WebDriver:SetWindowRect", width=width, height=TALL_PIXELS)

    def photograph(self, name: str) -> Path:
        path = picture(self.name, name)
        path.write_bytes(self._marionette.screenshot())
        return path
