from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from intake.config import parse_config
from intake.source.app import create_app
from intake.store import Store, StoreSettings
from keys.sealing.submission import Lane
from keys.sealing.submission_reader import read_submission
from tests.intake.world import WRITE, Clock, World, at, config_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from keys.sealing.public_bundle import PublicBundle
    from keys.sealing.submission import Submission

BOUNDARY = "----geckoformboundary5f2b1c"
_circuits = itertools.count(1)


def multipart(parts: Sequence[tuple[str, str | bytes] | tuple[str, str, bytes]]) -> bytes:
    """Write a form as browsers do: (name, value) or (name, file name, content)."""
    body = b""
    for part in parts:
        name, *rest = part
        content = part[-1]
        head = f'Content-Disposition: form-data; name="{name}"'
        if len(rest) > 1:
            head += f'; filename="{rest[0]}"\r\nContent-Type: application/octet-stream'
        data = content.encode() if isinstance(content, str) else content
        body += f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


@dataclass
class Site:
    """One source app on one store, with a browser in front of it."""

    app: Flask
    store: Store
    world: World
    clock: Clock
    folder: Path
    circuit: str = ""

    def __post_init__(self) -> None:
        self.take_new_circuit()
        self.browser: FlaskClient = self.app.test_client()

    def take_new_circuit(self) -> None:
        """Come as somebody else: requests are counted by circuit."""
        self.circuit = f"fc00:dead:beef:4dad::0:{next(_circuits):x}"

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.browser.get(path, environ_base={"REMOTE_ADDR": self.circuit}, **options)

    def post(self, path: str, parts: Sequence[Any], **options: Any) -> TestResponse:
        options.setdefault("data", multipart(parts))
        options.setdefault("content_type", f"multipart/form-data; boundary={BOUNDARY}")
        return self.browser.post(path, environ_base={"REMOTE_ADDR": self.circuit}, **options)

    def form(self, path: str = WRITE) -> dict[str, str]:
        """Load a form and return its hidden fields."""
        return hidden_fields(self.get(path).text)

    def report(self, message: str = "Something happened.", *more: Any, form: Mapping[str, str] | None = None) -> Any:
        """Fill in a form as a browser does and send it."""
        fields = dict(form or self.form())
        return self.post(at("report.write"), [*fields.items(), ("consent", "leads"), ("message", message), *more])

    def rows(self) -> list[Row]:
        """Open every row with the desk's key: first texts, then sealed files, then others."""
        found = []
        for stored in self.store.unacknowledged():
            with self.store.open_blob(stored.id) as blob:
                row = read_submission(blob, [self.world.epoch])
                files = [row.open(file.member).read() for file in row.submission.files]
                found.append(Row(row.submission, row.message.expose() if row.message else None, files))
        return sorted(found, key=lambda row: (row.message is None, row.submission.lane != Lane.PRESEALED))


@dataclass(frozen=True)
class Row:
    """One row, opened."""

    submission: Submission
    message: bytes | None
    files: list[bytes]


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def codename_of(page: str) -> str:
    """Return the words that a page shows."""
    return " ".join(re.findall(r"<li>([a-z]+)</li>", page.split('class="words"')[1].split("</ol>", maxsplit=1)[0]))


def texts(page: str) -> str:
    """Return what a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.rsplit("</style>", maxsplit=1)[-1]))


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    stores: list[Store] = []
    world, clock = World(), Clock()

    def make(
        config: str = "",
        lanes: frozenset[str] = frozenset({"arrival", "presealed"}),
        settings: StoreSettings | None = None,
        languages: Sequence[str] = ("en",),
        bundle: PublicBundle | None = None,
    ) -> Site:
        """Open the store of this test, again if it was open, behind a fresh app; its organisation has a spare desk."""
        for store in stores:
            store.close()
        read = parse_config(config_in(*languages) + config, tmp_path / "config.toml")
        settings = settings or StoreSettings(free_floor_bytes=0)
        stores.append(Store(read.paths.store_dir, settings, today=lambda: clock().date()))
        app = create_app(read, stores[-1], bundle or world.bundle(lanes, spare=True), world.server_key, clock)
        return Site(app, stores[-1], world, clock, tmp_path)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def words(site: Site) -> str:
    """The words of a source who has sent a first report."""
    form = site.form()
    site.report("Hello", form=form)
    return form["codename"]
