"""Words come from the server and forms from its pages: no other site, and nobody else, chooses a source's box."""

from __future__ import annotations

import base64
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from keys.sealing.codename import WordList
from tests.intake.source.conftest import codename_of, hidden_fields, multipart
from tests.intake.source.test_in_chromium import address, chromium
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.intake.source.conftest import Site

__all__ = ["address", "chromium"]

WORDS = WordList.load()
MADE_UP_TOKEN = base64.urlsafe_b64encode(b"a name they know" + bytes(21)).decode().rstrip("=")


@pytest.mark.parametrize("path", [at("report.write"), at("box.come_back"), at("box.add"), at("box.leave")])
@pytest.mark.parametrize("where", ["cross-site", "same-site", "", "strange"])
def test_what_another_site_sends_is_refused_before_it_is_read(site: Site, path: str, where: str) -> None:
    form = site.form()
    answer = site.post(path, [*form.items(), ("message", "Hello")], headers={"Sec-Fetch-Site": where})
    assert answer.status_code == 403
    assert "Another page has sent this" in answer.text
    assert "Set-Cookie" not in answer.headers
    shown = re.findall(r"\w+", answer.text.lower())
    assert not any(shown[at : at + 2] == form["codename"].split()[:2] for at in range(len(shown)))
    assert 'class="words"' not in answer.text
    assert site.rows() == []


@pytest.mark.parametrize("where", ["same-origin", "none"])
def test_what_our_own_pages_and_people_send_is_taken(site: Site, where: str) -> None:
    body = multipart([*site.form().items(), ("message", "Hello")])
    assert site.post(at("report.write"), [], data=body, headers={"Sec-Fetch-Site": where}).status_code == 200


def test_a_link_from_another_site_opens_the_first_page(site: Site) -> None:
    assert site.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("own_token", [True, False])
def test_words_that_somebody_else_chose_are_never_shown_as_ours(site: Site, *, own_token: bool) -> None:
    """From a browser, too, that does not say where a form comes from."""
    theirs = WORDS.draw().expose()
    token = site.form()["token"] if own_token else MADE_UP_TOKEN
    sent = [("token", token), ("codename", theirs), ("consent", "un_body"), ("message", "A long text")]
    page = site.post(at("report.write"), sent)
    assert page.status_code == 409
    assert "eight new words" in page.text
    form = hidden_fields(page.text)
    assert codename_of(page.text) == form["codename"] != theirs
    assert form["token"][:22] != token[:22]
    assert "A long text</textarea>" in page.text
    assert 'value="un_body" checked' not in page.text
    assert site.rows() == []
    assert site.report("A long text", form=form).status_code == 200


def test_nobody_chooses_weak_words(site: Site) -> None:
    word = site.form()["codename"].split()[0]
    assert site.report("Hello", form=site.form() | {"codename": " ".join([word] * 8)}).status_code == 409
    assert site.rows() == []


def test_the_words_of_a_form_may_be_written_in_another_way(site: Site) -> None:
    form = site.form()
    assert site.report("Hello", form=form | {"codename": form["codename"].upper()}).status_code == 200


@contextmanager
def elsewhere(page: str) -> Iterator[str]:
    """Serve a page of another site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.browser
@pytest.mark.parametrize("path", [at("report.write"), at("box.come_back")])
def test_a_browser_without_scripts_is_not_led_into_a_box_of_others(
    site: Site, address: str, chromium: Browser, path: str
) -> None:
    theirs = site.form()
    site.report("their own", form=theirs)
    fields = "".join(f'<input type=hidden name="{name}" value="{value}">' for name, value in theirs.items())
    hidden = fields if path == at("report.write") else fields[fields.index('<input type=hidden name="codename"') :]
    lure = (
        f'<form method=post enctype="multipart/form-data" action="{address}{path}">{hidden}<button>Go</button></form>'
    )
    with elsewhere(lure) as trap, chromium.new_context(java_script_enabled=False) as browser:
        page = browser.new_page()
        page.goto(trap)
        page.get_by_role("button").click()
        assert page.url == address + path
        assert "Another page has sent this" in page.inner_text("main")
        assert browser.cookies() == []
