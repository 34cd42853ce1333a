"""What a check of the pages notices, case by case."""

from __future__ import annotations

import pytest

from reviewer.online.page_check import judge, read_page
from reviewer.online.tor_web import Answer

KEY = "age1pq1qqqqqqqqqqqqqqqqqqqq"
OTHER = "age1pq1zzzzzzzzzzzzzzzzzzzz"
POLICY = {
    "content-security-policy": "default-src 'none'; form-action 'self'",
    "content-type": "text/html; charset=utf-8",
}


def page(text: str = "", key: str = KEY, **headers: str) -> Answer:
    body = f"<!doctype html><p>{text}</p><textarea>{key}</textarea>"
    return Answer(200, {**POLICY, **{name.replace("_", "-"): value for name, value in headers.items()}}, body.encode())


def wrong(*answers: Answer, known: dict[str, str] | None = None) -> str:
    return "\n".join(judge([{"/": answer} for answer in answers], {KEY}, known).wrong)


def test_two_visitors_who_see_the_same_find_nothing_wrong() -> None:
    verdict = judge([{"/": page()}, {"/": page()}], {KEY})
    assert verdict.wrong == ()
    assert verdict.keys == {KEY}


def test_what_is_drawn_for_each_visit_may_differ() -> None:
    form = '<input type="hidden" name="token" value="{}"><ol class="words"><li>{}</li></ol>'
    assert wrong(page(form.format("a", "otter")), page(form.format("b", "river"))) == ""


def test_everything_else_may_not() -> None:
    assert "different visitors" in wrong(page("Monday"), page("Tuesday"))


def test_a_word_outside_the_list_of_words_may_not_differ() -> None:
    assert "different visitors" in wrong(page('<ol class="words"></ol>otter'), page('<ol class="words"></ol>river'))


def test_a_visible_field_may_not_differ() -> None:
    assert "different visitors" in wrong(page('<input type="text" value="a">'), page('<input type="text" value="b">'))


def test_a_wrong_key_is_told_and_so_is_a_missing_one() -> None:
    found = wrong(page(key=OTHER), page(key=OTHER))
    assert "A key that is not ours" in found
    assert "No page shows the key" in found


def test_a_wrong_key_beside_ours_is_told() -> None:
    assert "A key that is not ours" in wrong(page(OTHER), page(OTHER))


@pytest.mark.parametrize(
    "evil",
    [
        "<script>1</script>",
        "<SCRIPT SRC=/x.js></SCRIPT>",
        '<iframe src="/x"></iframe>',
        '<base href="/elsewhere/">',
        '<meta http-equiv="refresh" content="0;url=/x">',
        '<p onclick="x()">',
        '<p style="background:url(/x)">',
        "<style>@import '/x'</style>",
        "<style>p{background:URL ( /x)}</style>",
        '<a href="https://example.org/">',
        '<a href="//example.org/">',
        '<a href="/\\example.org/">',
        '<a href="javascript:x()">',
        '<form action="http://example.org/">',
        '<button formaction="//example.org">',
        '<img src="data:image/png;base64,AA">',
        '<img srcset="http://example.org/x 1x">',
        '<video poster="http://example.org/x">',
        '<a ping="http://example.org/" href="/">',
    ],
)
def test_what_runs_or_fetches_or_leads_elsewhere_is_told(evil: str) -> None:
    assert wrong(page(evil), page(evil)) != ""


@pytest.mark.parametrize("good", ['<a href="/en/write#files">', '<a href="#files">', '<link rel="icon" href="data:,">'])
def test_links_inside_the_door_are_right(good: str) -> None:
    assert wrong(page(good), page(good)) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"content_security_policy": ""},
        {"content_security_policy": "default-src 'none'; script-src 'self'"},
        {"onion_location": "http://elsewhere.onion/"},
        {"location": "/elsewhere"},
    ],
)
def test_headers_that_would_allow_it_are_told(headers: dict[str, str]) -> None:
    assert wrong(page(**headers), page(**headers)) != ""


def test_a_page_that_only_one_visitor_gets_is_told() -> None:
    verdict = judge([{"/": page(), "/x": page()}, {"/": page()}], {KEY})
    assert verdict.wrong == ("/x: some circuits get another answer than others.",)


def test_another_status_for_one_visitor_is_told() -> None:
    assert "another answer" in wrong(page(), Answer(503, POLICY, page().body))


def test_files_are_compared_byte_by_byte() -> None:
    headers = {**POLICY, "content-type": "application/octet-stream"}
    assert wrong(Answer(200, headers, KEY.encode()), Answer(200, headers, KEY.encode())) == ""
    assert "different visitors" in wrong(Answer(200, headers, KEY.encode()), Answer(200, headers, f"{KEY}\n".encode()))


def test_what_changed_since_the_last_check_is_told() -> None:
    before = dict(judge([{"/": page("old"), "/gone": page()}] * 2, {KEY}).pages)
    found = judge([{"/": page("new"), "/more": page()}] * 2, {KEY}, before).wrong
    assert found == (
        "/: not as it was at the last check.",
        "/gone: was there at the last check, and is not now.",
        "/more: was not there at the last check.",
    )


def test_nothing_is_told_when_nothing_changed() -> None:
    before = dict(judge([{"/": page()}] * 2, {KEY}).pages)
    assert wrong(page(), page(), known=before) == ""


def test_a_page_names_the_paths_it_leads_to() -> None:
    links = '<a href="/en/">x</a><a href="/en/write#a">y</a><form action="/en/return"></form>'
    assert read_page(links).links == {"/en/", "/en/write", "/en/return"}
