"""The pages as a browser gets them: weight, headers, words, languages."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from intake.courier.exporting import Exporter
from intake.source.refusals import Reason
from intake.source.silence import Silence
from intake.source.words import FORM_BACK, REFUSALS, shown_name, size_text, week_text
from intake.store.chains import Arrival
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.manifest import Acknowledgement
from tests.intake.source.conftest import texts
from tests.intake.world import at
from tests.readability import grade

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from intake.store import StoreHealth
    from tests.intake.source.conftest import Site

SEAL = (at("seal.seal"), at("seal.with_age"), at("seal.with_openpgp"))
FIRST_VISIT = ("/", at("report.write"), at("box.come_back"), at("pages.about"), at("pages.how_to"), *SEAL)
ON_THE_WIRE = 14_000


def every_page(site: Site) -> list[TestResponse]:
    """Load every page that there is, by the way that leads to it."""
    pages = [site.get(path) for path in (*FIRST_VISIT, at("pages.left"), "/nowhere")]
    form = site.form()
    pages.append(site.report("Hello", ("file", "a.pdf", b"one"), form=form))
    pages.append(site.report(""))
    pages.append(site.post(at("box.come_back"), [("codename", "wrong words")]))
    site.post(at("box.come_back"), [("codename", form["codename"])])
    pages.append(site.get(at("box.show")))
    added = site.form(at("box.show"))
    pages.append(site.post(at("box.add"), [*added.items(), ("message", "More.")]))
    pages.append(site.post(at("box.leave"), []))
    return pages


def wire_bytes(page: TestResponse) -> int:
    """Return what a page weighs, its headers included, uncompressed."""
    head = sum(len(f"{name}: {value}\r\n") for name, value in page.headers.items())
    return head + len("HTTP/1.1 200 OK\r\n\r\n") + len(page.data)


@pytest.mark.parametrize("path", FIRST_VISIT)
def test_a_page_of_a_first_visit_is_one_light_request(site: Site, path: str) -> None:
    page = site.get(path)
    assert wire_bytes(page) <= ON_THE_WIRE
    assert not re.search(r"<(script|img|iframe|object|video|audio)\b|@import|url\(", page.text)
    assert re.findall(r"<link[^>]*>", page.text) == ['<link rel="icon" href="data:,">']


def test_the_receipt_and_the_box_are_light_too(site: Site) -> None:
    assert all(wire_bytes(page) <= ON_THE_WIRE for page in every_page(site))


def test_every_answer_has_every_header(site: Site) -> None:
    for page in every_page(site):
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "ETag" not in page.headers
        assert "Last-Modified" not in page.headers


def styles_of(page: TestResponse) -> list[str]:
    return re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)


def test_the_policy_names_the_style_sheets_that_stand_in_the_page_and_no_other_source(site: Site) -> None:
    page = site.get("/")
    digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles_of(page)]
    policy = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": " ".join(f"'sha256-{digest}'" for digest in digests),
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert len(digests) == 2
    assert "style=" not in re.sub(r"<style>.*?</style>", "", page.text, flags=re.DOTALL)


def test_every_page_has_the_same_style_but_the_form_of_a_first_report_which_has_a_part_of_it(site: Site) -> None:
    whole = styles_of(site.get("/"))
    assert styles_of(site.get(at("report.write"))) == styles_of(site.report("")) == whole[:1]
    for page in every_page(site):
        if page.status_code not in {303, 422} and page.request.path != at("report.write"):
            assert styles_of(page) == whole, page.request.path


def test_titles_tell_a_bystander_nothing(site: Site) -> None:
    for page in every_page(site):
        if page.status_code != 303:
            title = page.text.split("<title>")[1].split("</title>")[0]
            assert re.fullmatch(r"(Problem \S )?(Start|Write|Come back|About|How to|Done|Problem|Notes|Goodbye)", title)


# Markup.


class Outline(HTMLParser):
    """Notes what screen readers need."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.headings: list[int] = []
        self.landmarks: list[str] = []
        self.targets: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids += [found["id"]] if "id" in found else []
        if tag == "label":
            self.labels |= {found["for"]} if "for" in found else set()
        if tag in {"textarea", "select"} or (tag == "input" and found["type"] not in {"hidden", "checkbox"}):
            self.fields.append(found["id"])
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag in {"header", "main", "footer", "nav"}:
            self.landmarks.append(tag)
        self.targets |= {found[name] for name in ("aria-labelledby", "aria-describedby") if name in found}
        if found.get("href", "").startswith("#"):
            self.targets.add(found["href"][1:])
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_page_has_sound_markup(site: Site) -> None:
    for page in every_page(site):
        if page.status_code == 303:
            continue
        outline = Outline(page.text)
        assert outline.open == []
        assert len(set(outline.ids)) == len(outline.ids)
        assert set(outline.fields) <= outline.labels
        assert outline.targets <= set(outline.ids)
        assert outline.headings[0] == 1
        assert outline.headings.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in zip(outline.headings, outline.headings[1:], strict=False))
        assert {"header", "main", "footer", "nav"} == set(outline.landmarks)


def test_an_error_summary_comes_before_the_form_and_leads_to_the_field(site: Site) -> None:
    page = site.report("").text
    assert page.index('role="alert"') < page.index("<form")
    assert 'href="#message"' in page


# Words.


def paragraphs(page: str) -> str:
    """Return the running text of a page, one block a line."""
    main = re.sub(r"<(textarea|ol class=\"words\"|style)\b.*?</\w+>", "", page.split("<main>")[1], flags=re.DOTALL)
    return html.unescape(
        re.sub(r"<[^>]+>", "", re.sub(r"</?(p|li|h\d|dt|dd|label|a|button|summary)\b[^>]*>", "\n", main))
    )


def test_every_page_reads_like_grade_8_or_lower(site: Site) -> None:
    for page in every_page(site):
        if page.status_code != 303:
            assert grade(paragraphs(page.text)) <= 8, page.request.path
    with site.app.test_request_context():
        assert grade("\n".join(f"{text.title}\n{text.advice}" for text in REFUSALS.values())) <= 8


def test_the_first_page_says_who_when_whom_to_call_now_and_what_this_way_in_means(site: Site) -> None:
    page = texts(site.get("/").text)
    assert "We are five groups." in page
    assert "We open the box every Monday and Thursday." in page
    assert "0800 1234" in page
    assert "Legal aid line +999 555 0100 Free, day and night." in page
    assert "While they come in, the server can see them." in page


def test_every_reason_to_refuse_has_its_page() -> None:
    assert set(REFUSALS) == set(Reason)
    assert set(Reason) > FORM_BACK
    assert all(400 <= text.status < 600 for text in REFUSALS.values())


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason in FORM_BACK])
@pytest.mark.parametrize("page", [at("report.write"), at("box.show")])
def test_a_form_that_comes_back_leads_to_the_part_that_it_is_about(site: Site, page: str, reason: Reason) -> None:
    form = site.form()
    site.report(form=form)
    site.post(at("box.come_back"), [("codename", form["codename"])])
    assert f'id="{REFUSALS[reason].place}"' in site.get(page).text


def test_the_how_to_leads_to_the_key_of_today(site: Site) -> None:
    assert f'href="{at("seal.seal")}"' in site.get(at("pages.how_to")).text
    assert str(site.world.epoch.recipient()) in site.get(at("seal.with_age")).text


WAITS = "A report has been in the box for 14 days, and we do not know yet that our reviewers have it."


def test_a_desk_that_has_been_silent_for_long_is_told_of(site: Site) -> None:
    site.report("Hello")
    site.clock.pass_by(days=13)
    assert "Our answer may be late" not in site.get("/").text
    site.clock.pass_by(days=1)
    assert WAITS in texts(site.get("/").text)


def test_a_damaged_row_that_waits_alone_makes_the_page_say_nothing_untrue_about_the_others(site: Site) -> None:
    site.report("Hello")
    damaged = site.store.unacknowledged()[0]
    blob = site.store.gate.current().files.find(damaged.id)
    assert blob is not None
    blob.write_bytes(b"damaged")
    site.report("Taken out")
    exported = Exporter(site.store, site.world.server_key).export(site.folder)
    assert (exported.rows, exported.left_out) == (1, 1)
    chain = site.store.chains.outgoing()
    assert chain is not None
    position = ChainPosition(ChainId.begin("desk-one", Direction.TO_SERVER), 1, "ab" * 32)
    site.store.chains.accept(Arrival("main", position, Acknowledgement(chain.chain, 1), ()), ["main"])
    site.clock.pass_by(days=14)
    page = texts(site.get("/").text)
    assert WAITS in page
    assert "taken out" not in page


def test_the_store_is_asked_for_its_health_now_and_then_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[StoreHealth] = []
    health = site.store.health

    def ask() -> StoreHealth:
        asked.append(health())
        return asked[-1]

    monkeypatch.setattr(site.store, "health", ask)
    silence = Silence(site.store, lambda: 14, site.clock)
    for _ in range(3):
        silence.worrying_days()
        site.clock.pass_by(minutes=9)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 kB"), (1500, "1.5 kB"), (20_400, "20 kB"),
     (3_200_000, "3.2 MB"), (2 * 1024**3, "2.1 GB"), (10**13, "10000 GB")],
)  # fmt: skip
def test_sizes_are_told_as_file_managers_do(site: Site, size: int, text: str) -> None:
    with site.app.test_request_context():
        assert size_text(size) == text


@pytest.mark.parametrize(
    ("week", "text"),
    [
        ("2026-W01", "week of December 29, 2025"),
        ("2026-W47", "week of November 16, 2026"),
        ("2026-W53", "week of December 28, 2026"),
        ("2025-W53", "2025-W53"),
        ("0000-W01", "0000-W01"),
    ],
)
def test_weeks_are_told_by_their_monday(site: Site, week: str, text: str) -> None:
    with site.app.test_request_context():
        assert week_text(week) == text


def test_names_with_signs_that_a_screen_obeys_are_shown_safely() -> None:
    assert shown_name("صورة.jpg") == "صورة.jpg"
    assert shown_name("Prüfung\u00a02.pdf") == "Prüfung\u00a02.pdf"
    assert shown_name("evil\u202egpj.exe") == "evil\ufffdgpj.exe"
    assert shown_name("") == "file"


def test_who_seals_a_file_is_told_where_the_program_comes_from_and_what_is_too_old(site: Site) -> None:
    page = texts(site.get(at("seal.with_age")).text)
    for said in (
        "the package age, from Debian 14",
        "Homebrew",
        "age-encryption.org",
        "Versions before 1.3 do not know",
    ):
        assert said in page
    assert "age-encryption.org" not in "".join(re.findall(r'href="[^"]*"', site.get(at("seal.with_age")).text))


def test_the_language_of_the_page_is_marked(site: Site) -> None:
    assert '<html lang="en" dir="ltr">' in site.get("/").text
