"""What a check of the pages notices, case by case."""

from __future__ import annotations

from datetime import date
from textwrap import wrap

import pytest

from keys.opening.openpgp_keys import make_openpgp_key
from keys.sealing.codename_lists import WordLists
from keys.sealing.openpgp_packets import read_public_key
from reviewer.online.page_check import judge
from reviewer.online.page_keys import OurKeys
from reviewer.online.page_reading import read_page
from reviewer.online.tor_web import Answer
from tests.intake.world import OPENPGP
from tests.reviewer.online.socks_web import HEADERS

KEY = "age1pq1qqqqqqqqqqqqqqqqqqqq"
OTHER = "age1pq1zzzzzzzzzzzzzzzzzzzz"
OURS = OurKeys(frozenset({KEY}))
BOTH = OurKeys(frozenset({KEY}), frozenset({OPENPGP}))
HEAD = {name.lower(): value for name, value in HEADERS.items()}
WORDS, OTHER_WORDS = (
    "".join(f"<li>{word}</li>" for word in WordLists.load().draw("ar").expose().split()) for _ in range(2)
)


def page(text: str = "", key: str = KEY, **headers: str) -> Answer:
    body = f"<!doctype html><p>{text}</p><textarea readonly>{key}</textarea>"
    return Answer(200, {**HEAD, **{name.replace("_", "-"): value for name, value in headers.items()}}, body.encode())


def wrong(*answers: Answer, known: dict[str, str] | None = None) -> str:
    return "\n".join(judge([{"/": answer} for answer in answers], OURS, known).wrong)


def test_two_visitors_who_see_the_same_find_nothing_wrong() -> None:
    verdict = judge([{"/": page()}, {"/": page()}], OURS)
    assert verdict.wrong == ()
    assert verdict.keys == {KEY}


def test_what_is_drawn_for_each_visit_may_differ() -> None:
    form = '<input type="hidden" name="token" value="{}"><ol class="words">{}</ol>'
    assert wrong(page(form.format("a", WORDS)), page(form.format("b", OTHER_WORDS))) == ""


def test_everything_else_may_not() -> None:
    assert "different visitors" in wrong(page("Monday"), page("Tuesday"))


def test_a_word_outside_the_list_of_words_may_not_differ() -> None:
    words = f'<ol class="words">{WORDS}</ol>'
    assert "different visitors" in wrong(page(f"{words}otter"), page(f"{words}river"))


@pytest.mark.parametrize(
    "instead",
    [
        "<li>Seal to another key</li>",
        WORDS.replace("<li>", "<li>please ", 1),
        WORDS + "<li>river</li>",
        "<li>call us now under number five five five</li>",
        "",
        f'{WORDS}</ol><ol class="words">{WORDS}',
    ],
)
def test_where_the_eight_words_stand_nothing_else_can_be_said(instead: str) -> None:
    shown = page(f'<ol class="words">{instead}</ol>')
    assert "Where the eight words should stand is something else." in wrong(shown, page())


def test_two_visitors_never_get_the_same_eight_words() -> None:
    shown = page(f'<ol class="words">{WORDS}</ol>')
    assert "same eight words" in wrong(shown, shown)


def test_a_visible_field_may_not_differ() -> None:
    assert "different visitors" in wrong(page('<input type="text" value="a">'), page('<input type="text" value="b">'))


def test_a_wrong_key_is_told_and_so_is_a_missing_one() -> None:
    found = wrong(page(key=OTHER), page(key=OTHER))
    assert "A key that is not ours" in found
    assert "No page shows the key" in found


def test_a_wrong_key_beside_ours_is_told() -> None:
    assert "A key that is not ours" in wrong(page(OTHER), page(OTHER))


@pytest.mark.parametrize(
    "written",
    [
        OTHER.upper(),
        OTHER.replace("age1pq1", "age1&#112;q1"),
        OTHER.replace("age1pq1", "age<strong></strong>1pq1"),
        OTHER.replace("age1pq1", "age1&#xad;pq1"),
        OTHER.replace("age1pq1", "\N{FULLWIDTH LATIN SMALL LETTER A}ge1pq1"),
        f'<input type="text" value="{OTHER}">',
        f'<p aria-label="{OTHER}">',
        f"<textarea readonly>{KEY} {KEY}</textarea>",
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        "1111 2222 3333 4444 5555 6666 7777 8888 9999 aaaa",
        "1111 2222 3333 4444 5555\n6666 7777 8888 9999 aaaa",
        "0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_a_wrong_key_is_told_however_it_is_written(written: str) -> None:
    assert wrong(page(written), page(written)) != ""


def test_another_openpgp_key_is_told_wherever_it_stands() -> None:
    evil = make_openpgp_key("The Open Door", "Main desk", date(2026, 11, 20)).public
    for text in (evil, evil.replace("-----BEGIN", "-----&#66;EGIN"), evil.replace("-----END", "-----"), evil.lower()):
        verdict = judge([{"/": page(text)}] * 2, BOTH)
        assert any("OpenPGP key" in one and "Do not seal" in one for one in verdict.wrong)
        assert "No page shows the OpenPGP key of the desk." in verdict.wrong
    file = Answer(200, {**HEAD, "content-type": "application/pgp-keys"}, evil.encode())
    assert any("not exactly one of our keys" in one for one in judge([{"/": page(), "/k": file}] * 2, BOTH).wrong)


def test_our_openpgp_key_is_known_by_all_of_it() -> None:
    fingerprint = read_public_key(OPENPGP).fingerprint
    text = f"{' '.join(wrap(fingerprint, 4))}</p><textarea readonly>{OPENPGP}</textarea>"
    verdict = judge([{"/": page(text)}] * 2, BOTH)
    assert verdict.wrong == ()
    assert verdict.keys == {KEY, fingerprint}
    more = OPENPGP.replace("\n=", "\nAAAA\n=", 1)
    assert any("OpenPGP key that is not ours" in one for one in judge([{"/": page(more)}] * 2, BOTH).wrong)


def test_keys_are_missed_only_where_files_are_taken_that_were_sealed_before() -> None:
    assert judge([{"/": page("", "")}], OurKeys(frozenset({KEY}), expected=False)).wrong == (
        "/: A field to copy from holds something else than one key of ours.",
    )


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
        '<a href="/%09/example.org/">',
        '<a href="/\t/example.org/">',
        '<link rel="stylesheet" href="/x.css">',
        '<link rel="icon" href="/x">',
        '<meta name="referrer" content="unsafe-url">',
        '<p style="background:red">',
        '<svg><a href="/x">',
        '<input type="image" src="/x">',
        '<style>p::before{content:"age1pq1zzz"}</style>',
        "<style>p::before{content:attr(class)}</style>",
        "<style>p::before{c\\6fntent:counter(x)}</style>",
    ],
)
def test_what_runs_or_fetches_or_leads_elsewhere_is_told(evil: str) -> None:
    assert wrong(page(evil), page(evil)) != ""


@pytest.mark.parametrize(
    "twofold",
    [
        '<a href="http://example.org/" href="/write">x</a>',
        '<form method="post" action="http://example.org/" action="/write"></form>',
        '<!--><form method="post" action="http://example.org/"></form><!-- -->',
        "<!-- a comment -->",
        "<![CDATA[x]]>",
        "<?x?>",
        "<p>\x00</p>",
        "<p>a &lt b</p>",
        "<p>&notit;</p>",
        "<p>a < b</p>",
        "<a href=/write>x</a>",
        "<a href='/write'>x</a>",
        '<a href="/write"class="x">x</a>',
        "<br/>",
        "</p class>",
        "<title><p></title>",
        "<textarea><form></textarea>",
        "<textarea>",
        "<style>p{}</style >",
        "<p",
    ],
)
def test_what_browsers_could_read_in_two_ways_is_told(twofold: str) -> None:
    assert wrong(page(twofold), page(twofold)) != ""


def test_a_page_that_is_no_utf8_is_told() -> None:
    utf16 = Answer(200, HEAD, "\N{BYTE ORDER MARK}<script>".encode("utf-16-be"))
    assert "no text (UTF-8)" in wrong(utf16, utf16)


@pytest.mark.parametrize("good", ['<a href="/en/write#files">', '<a href="#files">', '<link rel="icon" href="data:,">'])
def test_links_inside_the_door_are_right(good: str) -> None:
    assert wrong(page(good), page(good)) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"content_security_policy": ""},
        {"content_security_policy": "default-src 'none'; script-src 'self'"},
        {"content_security_policy": HEAD["content-security-policy"].replace(" form-action 'self';", "")},
        {"content_security_policy": HEAD["content-security-policy"] + "; Script-Src *"},
        {"content_security_policy": "x " + HEAD["content-security-policy"]},
        {"content_type": "Text/HTML"},
        {"content_type": "text/html; charset=utf-7"},
        {"content_type": "application/xhtml+xml"},
        {"x_content_type_options": ""},
        {"onion_location": "http://elsewhere.onion/"},
        {"location": "/elsewhere"},
        {"refresh": "0;url=http://example.org/"},
        {"alt_svc": 'h2="elsewhere.onion:443"'},
        {"set_cookie": "who=1"},
        {"link": "</x>; rel=preload"},
        {"content_encoding": "gzip"},
    ],
)
def test_headers_that_would_allow_it_are_told(headers: dict[str, str]) -> None:
    assert wrong(page(**headers), page(**headers)) != ""


def test_a_page_that_only_one_visitor_gets_is_told() -> None:
    verdict = judge([{"/": page(), "/x": page()}, {"/": page()}], OURS)
    assert verdict.wrong == ("/x: some circuits get another answer than others.",)


def test_another_status_for_one_visitor_is_told() -> None:
    assert "another answer" in wrong(page(), Answer(503, HEAD, page().body))


def test_a_page_that_is_not_there_for_anybody_is_told() -> None:
    assert "It is not there (404)." in wrong(*[Answer(404, HEAD, page().body)] * 2)


def test_files_are_compared_byte_by_byte() -> None:
    headers = {**HEAD, "content-type": "text/plain"}
    assert wrong(Answer(200, headers, KEY.encode()), Answer(200, headers, KEY.encode())) == ""
    assert "different visitors" in wrong(Answer(200, headers, KEY.encode()), Answer(200, headers, f"{KEY}\n".encode()))


@pytest.mark.parametrize("content", [b"", b"# a note\n" + KEY.encode(), OTHER.encode(), b"\x99\x01", KEY.encode() * 2])
def test_a_file_is_one_of_our_keys_and_nothing_else(content: bytes) -> None:
    file = Answer(200, {**HEAD, "content-type": "text/plain"}, content)
    assert "not exactly one of our keys" in wrong(file, file)


def test_what_changed_since_the_last_check_is_told() -> None:
    before = dict(judge([{"/": page("old"), "/gone": page()}] * 2, OURS).pages)
    found = judge([{"/": page("new"), "/more": page()}] * 2, OURS, before).wrong
    assert found == (
        "/: not as it was at the last check.",
        "/gone: was there at the last check, and is not now.",
        "/more: was not there at the last check.",
    )


def test_nothing_is_told_when_nothing_changed() -> None:
    before = dict(judge([{"/": page()}] * 2, OURS).pages)
    assert wrong(page(), page(), known=before) == ""


def test_a_page_names_the_paths_it_leads_to() -> None:
    links = '<a href="/en/">x</a><a href="/en/write#a">y</a><form action="/en/return"></form>'
    assert read_page(links.encode()).links == {"/en/", "/en/write", "/en/return"}
