"""What two real browsers show after a visit, when the server was started anew, and when the cookie's time was up.

The same visit over tor is in ``tests/browser/test_traces.py``; here a clock can be moved and a server be changed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import running_firefox
from tests.browser.readers import ChromiumReader
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.browser.readers import Reader
    from tests.intake.source.conftest import Site

pytestmark = pytest.mark.browser

SECRET = "The treasurer keeps the second invoice at home."


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class Served:
    """A source app behind an address of this machine; it can be started anew, on the same store."""

    def __init__(self, make_site: Callable[..., Site]) -> None:
        self._make = make_site
        self.site = make_site()
        self._server = make_server("127.0.0.1", 0, self._app, handler_class=_Quiet)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def restart(self) -> None:
        self.site = self._make()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return self.site.app({**environ, "REMOTE_ADDR": self.site.circuit}, start_response)


@pytest.fixture
def served(make_site: Callable[..., Site]) -> Iterator[Served]:
    running = Served(make_site)
    yield running
    running.close()


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Each browser in turn, without JavaScript."""
    if request.param == "firefox":
        with running_firefox(tmp_path_factory.mktemp("firefox"), {"network.proxy.type": 0}, scripts=False) as firefox:
            yield firefox
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield ChromiumReader(browser.new_page(java_script_enabled=False))
        browser.close()


def open_box(reader: Reader, served: Served) -> str:
    """Send a report, come back with its words, add something; the browser then shows what was added."""
    served.site.take_new_circuit()
    reader.go(served.address + at("report.write"))
    words = reader.value("input[name=codename]")
    reader.type("#message", SECRET)
    reader.press('form[action$="/write"] button')
    reader.go(served.address + at("box.come_back"))
    reader.type("#codename", words)
    reader.press('form[action$="/return"] button')
    assert reader.title() == "Notes"
    reader.type("#message", SECRET)
    reader.press('form[action$="/box/add"] button')
    assert "We have it" in reader.see()
    return words


def assert_says_nothing(reader: Reader, words: str) -> None:
    seen = reader.see()
    assert reader.title() == "Goodbye"
    assert SECRET not in seen
    assert not [word for word in words.split() if word in seen.split()]


def look_back(reader: Reader, words: str, pages: int) -> None:
    """Press Back through the pages of the visit, and Reload on each."""
    for _ in range(pages):
        for look in (reader.back, reader.reload):
            look()
            assert_says_nothing(reader, words)
    for look in (reader.back, reader.reload):
        look()
        assert reader.title() == "Come back"
        assert reader.value("#codename") == ""


@pytest.mark.parametrize("restarted", [False, True], ids=["", "after a restart"])
def test_after_leaving_back_and_reload_say_nothing(reader: Reader, served: Served, *, restarted: bool) -> None:
    words = open_box(reader, served)
    reader.press('form[action$="/box/leave"] button')
    if restarted:
        served.restart()
    assert_says_nothing(reader, words)
    look_back(reader, words, pages=2)


@pytest.mark.parametrize("restarted", [False, True], ids=["its time is up", "after a restart"])
def test_when_a_visit_ended_by_itself_back_and_reload_say_nothing(
    reader: Reader, served: Served, *, restarted: bool
) -> None:
    words = open_box(reader, served)
    if restarted:
        served.restart()
    else:
        served.site.clock.pass_by(minutes=31)
    reader.reload()
    assert_says_nothing(reader, words)
    look_back(reader, words, pages=1)
