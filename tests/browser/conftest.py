"""Two real browsers that reach the onion through the private network's client."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.many_people import ManyPeople
from tests.browser.marionette import Marionette
from tests.browser.readers import TALL_PIXELS, ChromiumReader, FirefoxReader, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser

    from deploy.rehearsal.private_tor import PrivateTor


@pytest.fixture(scope="session")
def people(private_tor: PrivateTor) -> Iterator[ManyPeople]:
    """Nobody asks for more pages than a person does."""
    port = ManyPeople(private_tor)
    yield port
    port.close()


@pytest.fixture(scope="module")  # a process holds one Playwright at a time, and other tests have theirs
def chromium(private_tor: PrivateTor, people: ManyPeople) -> Iterator[Browser]:
    """Debian's Chromium behind tor; contexts say whether JavaScript is on."""
    program = shutil.which("chromium")
    assert program, "Debian's package chromium is missing"
    proxy = {"server": f"socks5://{private_tor.address}:{people.port}"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            proxy=proxy,  # type: ignore[arg-type]  # a TypedDict
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture
def chromium_reader(chromium: Browser) -> Iterator[ChromiumReader]:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": TALL_PIXELS})
    context.set_default_timeout(60_000)
    yield ChromiumReader(context.new_page())
    context.close()


# What Tor Browser sets, as far as Debian's Firefox has it ("Safest" has no JavaScript either); nothing calls home.
PREFERENCES = {
    "network.dns.blockDotOnion": False,
    "network.proxy.type": 1,
    "network.proxy.socks_version": 5,
    "network.proxy.socks_remote_dns": True,
    "network.proxy.allow_hijacking_localhost": True,
    "dom.security.https_only_mode": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "toolkit.legacyUserProfileCustomizations.stylesheets": True,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "services.settings.server": "",
}


@pytest.fixture(scope="session")
def firefox(
    private_tor: PrivateTor, people: ManyPeople, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FirefoxReader]:
    with running_firefox(tmp_path_factory.mktemp("firefox"), _through(private_tor, people), scripts=False) as reader:
        yield reader


@pytest.fixture(scope="module")
def scripted_firefox(
    private_tor: PrivateTor, people: ManyPeople, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FirefoxReader]:
    """Firefox with JavaScript, for what has to run in a page to look at it."""
    with running_firefox(tmp_path_factory.mktemp("firefox"), _through(private_tor, people), scripts=True) as reader:
        yield reader


@pytest.fixture(scope="module")
def scripted_chromium(chromium: Browser) -> Iterator[ChromiumReader]:
    """Chromium with JavaScript."""
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    yield ChromiumReader(context.new_page())
    context.close()


def _through(network: PrivateTor, people: ManyPeople) -> dict[str, object]:
    return {"network.proxy.socks": network.address, "network.proxy.socks_port": people.port}


@contextmanager
def running_firefox(profile: Path, proxy: Mapping[str, object], *, scripts: bool) -> Iterator[FirefoxReader]:
    """Start Firefox with a profile of its own; ``proxy`` are the preferences that say how it reaches pages."""
    more = {"marionette.port": 0, "javascript.enabled": scripts}  # Firefox picks a port and writes it down
    lines = [f'user_pref("{name}", {_written(value)});' for name, value in {**PREFERENCES, **proxy, **more}.items()]
    (profile / "user.js").write_text("\n".join(lines) + "\n")
    (profile / "chrome").mkdir()
    (profile / "chrome" / "userChrome.css").write_text(":root { min-width: 0 !important; }")  # as narrow as a phone
    program = shutil.which("firefox-esr")
    assert program, "Debian's package firefox-esr is missing"
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    alone = {"HOME": str(profile), "PATH": "/usr/bin:/bin"}
    with (profile / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=alone)
    try:
        marionette = Marionette(_marionette_port(profile))
        yield FirefoxReader(marionette)
        marionette.close()
    finally:
        process.terminate()
        process.wait(30)


def _marionette_port(profile: Path) -> int:
    deadline = time.monotonic() + 60
    while not (written := profile / "MarionetteActivePort").exists() or not written.read_text():
        assert time.monotonic() < deadline, (profile / "said").read_text()
        time.sleep(0.1)
    return int(written.read_text())


def _written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


@pytest.fixture(params=["chromium_reader", "firefox"])
def reader(request: pytest.FixtureRequest) -> Reader:
    """Each browser in turn."""
    found: Reader = request.getfixturevalue(request.param)
    return found
