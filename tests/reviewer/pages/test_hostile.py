"""What strangers wrote on a page: no markup, no hidden direction, no page that never ends; and errors tell nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from keys.sealing.submission import new_report_id
from reviewer.inbox import import_bundle
from reviewer.pages import inbox_pages
from reviewer.triage import Decision, decide
from reviewer.values import Severity
from reviewer.vault.rows import CaseRow
from tests.reviewer.organisation import Source, answered

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from reviewer.pages.desk import Desk
    from reviewer.vault.vault import Vault
    from tests.reviewer.organisation import Organisation
    from tests.reviewer.pages.conftest import Browser

EVIL = (
    "\"><script>alert(1)</script><img src=x onerror=alert(2)>'</textarea></style>"
    "{{ 777*777 }}\x1b[2J\u202egnp.exe\u2066\0&lt;b&gt;"
)
OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]")


class Looked(HTMLParser):
    """What a browser would make of a page: its elements, and attributes that run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers += [name for name, _value in attrs if name.startswith("on") or name == "style"]
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action"}]


@pytest.fixture
def evil(org: Organisation, desk: Vault, tmp_path: Path) -> None:
    """A report of which every word attacks, and a reviewer who typed no better."""
    source, report = Source(), new_report_id()
    org.report(
        EVIL, [(EVIL.replace("/", "_").replace("\0", ""), b"x")], mailbox=source.slip, report=report,
        language="en", answers=answered(where=EVIL.replace("\0", "")),
    )  # fmt: skip
    import_bundle(desk, org.bundle(tmp_path / "evil.bundle"))
    with desk.change() as change:
        note = Decision(note=EVIL, add_labels=("<b>label</b>",), assignee="<i>amina</i>", severity=Severity.DANGER)
        decide(change, 1, note)


@pytest.mark.usefixtures("evil")
def test_nothing_that_a_stranger_wrote_is_markup_or_turns_a_line(browser: Browser) -> None:
    browser.unlock()
    pages = [browser.go(path) for path in ("/", "/cases/all", "/case/1", "/case/1/history")]
    browser.go("/cases/all")
    pages.append(browser.send("/cases/look-for", follow=True, label=EVIL))
    pages.append(browser.send("/cases/look-for", follow=True, label="<b>label</b>"))
    assert "1 case" in browser.text
    pages.append(browser.send("/search", follow=True, query="alert"))
    pages.append(browser.send("/search", follow=True, query=EVIL))
    browser.go("/case/1")
    pages.append(browser.send("/case/1/letter", text=EVIL.replace("\0", "")))
    pages.append(browser.send("/case/1/letter", text=EVIL.replace("\0", ""), back="1"))
    pages.append(browser.send("/case/1/judge", category=EVIL))
    browser.go("/")
    browser.send("/import", typed_path="/" + EVIL.replace("\0", ""))
    browser.wait()
    pages.append(browser.page)
    for page in pages:
        looked = Looked(page)
        assert not looked.tags & {"script", "img", "iframe", "b", "i", "object", "link rel"}, looked.tags
        assert looked.handlers == []
        assert all(address.startswith(("/", "#", "data:,")) for address in looked.addresses)
        assert not OVERRIDES.search(page)
        assert "603729" not in page, "no text is a template"
    assert any("{{ 777*777 }}" in page for page in pages), "and all of it can be read"


@pytest.mark.usefixtures("evil")
def test_no_address_of_a_page_holds_a_word_of_what_was_looked_for(browser: Browser, pages_desk: Desk) -> None:
    """Addresses stand in a browser's history."""
    browser.unlock()
    browser.go("/cases/all")
    browser.send("/search", follow=False, query="alert")
    assert browser.headers["Location"] == "/search/1"
    browser.go("/cases/all")
    browser.send("/cases/look-for", follow=False, assignee="<i>amina</i>", unread="on")
    assert browser.headers["Location"] == "/cases/2"
    browser.go("/cases/all")
    browser.send("/search", follow=False, query="alert")
    assert browser.headers["Location"] == "/search/1", "known already"
    browser.send("/lock") if 'action="/lock"' in browser.page else pages_desk.lock()
    browser.go("/unlock")
    browser.unlock()
    for forgotten in ("/search/1", "/cases/2", "/search/2", "/cases/nothing"):
        browser.go(forgotten)
        assert browser.headers["Location"] == "/cases/all"


def test_what_was_looked_for_first_is_forgotten_first(pages_desk: Desk) -> None:
    for number in range(250):
        pages_desk.remember({"query": str(number)})
    assert pages_desk.remembered("50") is None
    assert pages_desk.remembered("51") == {"query": "50"}


def test_a_case_without_end_comes_in_parts(browser: Browser, org: Organisation, stick: Path) -> None:
    source, report = Source(), new_report_id()
    for number in range(5):
        org.report(f"{number} " + "x" * 99_000, mailbox=source.slip, report=report)
    org.report(files=[(f"{number}.txt", b"") for number in range(50)], mailbox=source.slip, report=report)
    browser.unlock()
    browser.send("/import", path=str(org.bundle(stick / "long.bundle")))
    browser.wait()
    sizes = [len(browser.go(f"/case/1?part={part}")) for part in (1, 2, 3)]
    assert max(sizes) < 300_000
    assert "Part 3 of 3" in browser.text
    for odd in ("0", "-1", "99999999999999999999", "x", ""):
        browser.go(f"/case/1?part={odd}")
        assert browser.status == 200
    for odd in ("0", "-1", "99999999999999999999", "x"):
        for path in ("/cases/all", "/case/1/history"):
            browser.go(f"{path}?page={odd}")
            assert browser.status == 200


def test_ten_thousand_cases_come_by_fifty(browser: Browser, pages_desk: Desk) -> None:
    browser.unlock()
    with pages_desk.vault.change() as change:
        today = pages_desk.vault.today()
        change.rows.execute(
            insert(CaseRow),
            [
                {
                    "id": number, "report": number.to_bytes(16), "public_id": number.to_bytes(16), "status": "new",
                    "severity": number % 4, "unread": True, "disposition": "open", "lane": "arrival", "language": "en",
                    "consent": "{}", "first_day": today, "last_day": today, "preview": "p", "parts": 1, "files": 0,
                    "destroyed": False,
                }
                for number in range(1, 10_001)
            ],
        )  # fmt: skip
    browser.go("/cases/all?page=200")
    assert browser.page.count('href="/case/') == 50
    assert "Page 200 of 200" in browser.text
    assert "new 10000" in browser.text
    assert len(browser.page) < 100_000


def test_a_fault_of_the_program_tells_its_kind_and_no_word_of_a_source(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("the words of a source")

    browser.unlock()
    monkeypatch.setattr(inbox_pages, "list_cases", fail)
    browser.go("/cases/all")
    assert browser.status == 500
    assert "ZeroDivisionError" in browser.text
    assert "the words" not in browser.page + "".join(capfd.readouterr())


def test_what_the_database_refuses_is_no_page_of_python(browser: Browser, pages_desk: Desk) -> None:
    browser.unlock()
    for path, status in (
        ("/case/0", 409),
        ("/case/9999999", 409),
        ("/case/99999999999999999999", 404),
        ("/case/-1", 404),
    ):
        browser.go(path)
        assert browser.status == status, path
        assert "Traceback" not in browser.page


@pytest.mark.usefixtures("evil")
def test_a_text_that_is_refused_is_not_lost(browser: Browser) -> None:
    browser.unlock()
    browser.go("/case/1")
    browser.send("/case/1/letter", text="word " * 6000)
    assert browser.status == 409
    assert "A letter holds 1 to 24000 bytes of text." in browser.text
    assert browser.page.count("word") >= 6000
    browser.send("/case/1/note", note="long " * 5000)
    assert browser.status == 409
    assert browser.page.count("long") >= 5000
    browser.send("/case/1/judge", disposition="closed")
    assert "A case is closed with a reason" in browser.text
    browser.send("/case/1/save", folder="")
    assert "No path was given." in browser.text
    browser.send("/case/1/save", folder="/tmp")
    assert "No file was chosen." in browser.text
    browser.send("/case/1/save", file="1", folder="/nowhere")
    assert "/nowhere is not a folder." in browser.text
    browser.send("/case/1/save", file="99", folder="/tmp")
    assert "No file was chosen." in browser.text, "a file of another case is none of this one"
    browser.send("/case/1/letter", text="  ")
    assert browser.status == 409


@pytest.mark.usefixtures("evil")
def test_a_case_of_danger_that_got_something_new_is_read_before_it_is_closed(
    browser: Browser, pages_desk: Desk
) -> None:
    browser.unlock()
    browser.go("/case/1")
    with pages_desk.vault.change() as change:
        change.rows.execute(update(CaseRow).values(unread=True))
    browser.send("/case/1/judge", disposition="spam")
    assert "Something new came that nobody has read." in browser.text


@pytest.mark.usefixtures("evil")
def test_an_emptied_field_is_cleared_and_an_unchanged_one_is_left(browser: Browser, pages_desk: Desk) -> None:
    browser.unlock()
    browser.go("/case/1")
    browser.send("/case/1/judge", assignee="<i>amina</i>", severity="danger", status="")
    assert "Nothing changed." in browser.text
    browser.send("/case/1/judge", assignee="", severity="danger")
    assert "Changed: assignee." in browser.text


def test_a_disputed_mailbox_is_settled_on_its_page(browser: Browser, org: Organisation, stick: Path) -> None:
    source, other = Source(), Source()
    other.address = source.address
    org.report("mine", mailbox=source.slip)
    org.report("mine too, says another", mailbox=other.slip)
    browser.unlock()
    browser.send("/import", path=str(org.bundle(stick / "two.bundle")))
    browser.wait()
    browser.go("/case/1")
    browser.send("/case/1/settle")
    assert "Settled: letters go to this source again." in browser.text
