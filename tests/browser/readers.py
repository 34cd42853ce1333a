"""Two kinds of readers: Chromium driven by Playwright, Firefox ESR driven by Marionette.

They read without JavaScript as sources do; with it only where a checker has to run in the page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.marionette import Marionette

SCREENSHOTS = Path(__file__).parent / "screenshots"
TALL_PIXELS = 900
END_OF_PAGE = "footer li:last-child a"
"""Every page of ours ends with it; none that a browser shows by itself has it."""
PAGE_SECONDS = 90


@dataclass(frozen=True)
class Placed:
    """Where an element stands on the page and how large its letters are, all in CSS pixels."""

    left: float
    top: float
    width: float
    height: float
    letters: float

    @property
    def right(self) -> float:
        """Return where it ends."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Return where it ends."""
        return self.top + self.height


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
        """Click, and wait for the page that follows, until all of it is there."""

    def unfold(self, target: str) -> None:
        """Click on what opens a part of the same page."""

    def back(self) -> None:
        """Go one page back in the history."""

    def reload(self) -> None:
        """Load the page once more."""

    def title(self) -> str:
        """Return what stands in the list of windows."""

    def resize(self, width: int) -> None:
        """Make the window so wide."""

    def measure(self, selector: str) -> list[Placed]:
        """Say where the elements of that CSS selector stand."""

    def value(self, field: str) -> str:
        """Return what a control would send, also one that nobody sees."""

    def run(self, expression: str, before: str = "") -> Any:
        """Run JavaScript, where it is on: some statements, then an expression whose value is returned, awaited."""

    def photograph(self, name: str) -> Path:
        """Keep a picture of the whole page."""


def picture(reader: str, name: str) -> Path:
    """Return where a screenshot goes."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS / f"{reader}-{name}.png"


def _pixels(size: str) -> float:
    return float(size.removesuffix("px"))


def _function(expression: str, before: str) -> str:
    return f"async () => {{ {before}\nreturn await ({expression}); }}"


class ChromiumReader:
    """Chromium."""

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
        with self._page.expect_navigation():
            self._page.locator(target).first.click()

    def unfold(self, target: str) -> None:
        self._page.locator(target).first.click()

    def back(self) -> None:
        self._page.go_back()

    def reload(self) -> None:
        self._page.reload()

    def title(self) -> str:
        return self._page.title()

    def resize(self, width: int) -> None:
        self._page.set_viewport_size({"width": width, "height": TALL_PIXELS})

    def measure(self, selector: str) -> list[Placed]:
        found = []
        for element in self._page.locator(selector).all():
            box = element.bounding_box()
            assert box, f"{selector} is not to be seen"
            letters = element.evaluate("element => getComputedStyle(element).fontSize")
            found.append(Placed(box["x"], box["y"], box["width"], box["height"], _pixels(letters)))
        return found

    def value(self, field: str) -> str:
        return self._page.locator(field).input_value()

    def run(self, expression: str, before: str = "") -> Any:
        return self._page.evaluate(_function(expression, before))

    def photograph(self, name: str) -> Path:
        path = picture(self.name, name)
        self._page.screenshot(path=path, full_page=True)
        return path


class FirefoxReader:
    """Firefox ESR."""

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
        clicked = self._marionette.find(target)
        self._marionette.ask("WebDriver:ElementClick", id=clicked)
        deadline = time.monotonic() + PAGE_SECONDS
        while self._marionette.is_there(clicked) or not self._marionette.find_all(END_OF_PAGE):
            assert time.monotonic() < deadline, f"no page of ours came after {target}: {self.see()}"
            time.sleep(0.1)

    def unfold(self, target: str) -> None:
        self._marionette.ask("WebDriver:ElementClick", id=self._marionette.find(target))

    def back(self) -> None:
        self._marionette.ask("WebDriver:Back")

    def reload(self) -> None:
        self._marionette.ask("WebDriver:Refresh")

    def title(self) -> str:
        return str(self._marionette.ask("WebDriver:GetTitle"))

    def resize(self, width: int) -> None:
        self._marionette.ask("WebDriver:SetWindowRect", width=width, height=TALL_PIXELS)

    def measure(self, selector: str) -> list[Placed]:
        found = []
        for element in self._marionette.find_all(selector):
            box = self._marionette.ask("WebDriver:GetElementRect", id=element)
            letters = self._marionette.ask("WebDriver:GetElementCSSValue", id=element, propertyName="font-size")
            found.append(Placed(box["x"], box["y"], box["width"], box["height"], _pixels(letters)))
        return found

    def value(self, field: str) -> str:
        element = self._marionette.find(field)
        return str(self._marionette.ask("WebDriver:GetElementProperty", id=element, name="value"))

    def run(self, expression: str, before: str = "") -> Any:
        tell = "arguments[arguments.length - 1]"
        script = f"const tell = {tell}; ({_function(expression, before)})().then(tell, error => tell(String(error)));"
        return self._marionette.ask("WebDriver:ExecuteAsyncScript", script=script, args=[])

    def photograph(self, name: str) -> Path:
        path = picture(self.name, name)
        path.write_bytes(self._marionette.screenshot())
        return path
