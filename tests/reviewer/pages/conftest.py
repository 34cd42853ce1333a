"""A browser without scripts at the desk's pages, in process; and a desk with something on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from reviewer.pages.app import create_app
from reviewer.pages.desk import Desk
from reviewer.pages.doorway import Doorway
from tests.reviewer.conftest import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from reviewer.vault.vault import Vault

HOST = "127.0.0.1:40404"
BASE = f"http://{HOST}"
_FORM = re.compile(r'<form method="post" action="([^"]+)".*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_TAG = re.compile(r"<(style|title)>.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass
class Clock:
    """Seconds that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Browser:
    """What a person's browser does: it keeps cookies, follows links, and sends the forms of the page that it shows."""

    app: Flask
    client: FlaskClient
    page: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def go(self, path: str, **headers: str) -> str:
        """Open a page; returns its HTML."""
        return self._shown(self.client.get(path, base_url=BASE, headers=headers))

    def send(self, action: str, *, follow: bool = True, headers: Any = None, **values: Any) -> str:
        """Send a form of the page that is shown; hidden fields go along."""
        found = {unescape(match[1]): match[0] for match in _FORM.finditer(self.page)}
        assert action in found, f"{action} is none of {list(found)}"
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(found[action])}
        return self.post(action, {**hidden, **values}, follow=follow, headers=headers)

    def post(self, action: str, values: Any, *, follow: bool = True, headers: Any = None) -> str:
        """Send whatever a test makes up."""
        return self._shown(
            self.client.post(action, data=values, base_url=BASE, headers=headers, follow_redirects=follow)
        )

    def enter(self, doorway: Doorway) -> None:
        """Open the address that the program prints."""
        self._shown(self.client.get(doorway.path, base_url=BASE, follow_redirects=True))

    def unlock(self, passphrase: str = PASSPHRASE, reviewer: str = "amina") -> None:
        self.send("/unlock", reviewer=reviewer, passphrase=passphrase)

    def wait(self) -> str:
        """Look again, as a person does, until a long work has ended."""
        while "Look now" in self.page:
            self.go("/working")
        return self.text

    @property
    def text(self) -> str:
        """What the page says."""
        return " ".join(unescape(_TAG.sub(" ", self.page)).split())

    def _shown(self, response: TestResponse) -> str:
        self.page, self.status = response.get_data(as_text=True), response.status_code
        self.headers = dict(response.headers)
        return self.page


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pages_desk(desk: Vault, clock: Clock) -> Iterator[Desk]:
    """The organisation's desk, locked, behind pages. What a test puts on it before, it does in ``desk`` itself."""
    behind = Desk(desk.folder, 10, clock)
    yield behind
    behind.lock()


@pytest.fixture
def doorway() -> Doorway:
    return Doorway()


@pytest.fixture
def app(pages_desk: Desk, doorway: Doorway) -> Flask:
    return create_app(pages_desk, doorway, HOST)


@pytest.fixture
def browser(app: Flask, desk: Vault, doorway: Doorway) -> Browser:
    """The one browser, let in; the vault is closed until it unlocks."""
    desk.held.close()
    one = Browser(app, app.test_client())
    one.enter(doorway)
    return one


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder
