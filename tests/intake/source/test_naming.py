"""A name, or a way to be reached: asked of nobody, kept apart where that is wished, and never taken otherwise."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from keys.sealing.age import HybridIdentity, NoMatchError, OpeningReader
from keys.sealing.followup import Act, Followup
from keys.sealing.letter import Allowed, CaseState
from keys.sealing.limits import KIB, NAME_BYTES
from keys.sealing.submission import Audience, Consent, Part
from keys.sealing.submission_reader import read_submission
from tests.intake.source.conftest import hidden_fields, texts
from tests.intake.source.test_acts import added, box, done, said, send
from tests.intake.source.test_box import box_with
from tests.intake.world import TODAY, at
from tests.readability import grade

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.sealing.source_name import SourceName
    from keys.sealing.submission import Submission
    from tests.intake.source.conftest import Site

AMINA = "Amina bint Yusuf"
APART = ("name_apart", "yes")
TICK = "Two of you must open it together."
LONG = "x" * (NAME_BYTES + 1)


def reach(text: str | bytes = AMINA) -> tuple[str, str | bytes]:
    return ("reach", text)


def name_in(site: Site) -> SourceName:
    [name] = [one.name for one in submissions(site) if one.name is not None]
    return name


def submissions(site: Site) -> list[Submission]:
    """Open every row, with the spare desk's key too: after a raid it is the one that reports are sealed to."""
    found = []
    for stored in site.store.unacknowledged():
        with site.store.open_blob(stored.id) as blob:
            found.append(read_submission(blob, [site.world.epoch, site.world.spare_epoch]).submission)
    return found


def ticked(page: str) -> bool:
    return bool(re.search(r'name="name_apart" value="yes" checked', page))


@pytest.fixture(params=["none", "in use", "lost", "over"])
def no_spare(request: pytest.FixtureRequest, make_site: Callable[..., Site]) -> Site:
    """A door whose organisation has nobody to keep a name apart: no spare desk, or one that is no spare any more."""
    return without_spare(make_site, request.param)


def without_spare(make_site: Callable[..., Site], why: str = "none") -> Site:
    world = make_site().world
    bundle = world.bundle()
    main, spare = *bundle.desks, world.spare_desk()
    [epoch] = spare.epochs
    desks = {
        "none": (main,),
        "in use": (replace(main, lost=True), spare),
        "lost": (main, replace(spare, lost=True)),
        "over": (main, replace(spare, epochs=(replace(epoch, not_after=TODAY.replace(day=19)),))),
    }[why]
    return make_site(bundle=replace(bundle, desks=desks))


# What is asked.


def test_the_field_is_folded_and_empty_and_the_tick_is_not_set(site: Site) -> None:
    page = site.get(at("report.write")).text
    assert re.search(r'<input type="text" id="reach" name="reach" maxlength="170" [^>]*value="">', page)
    before = page[: page.index('id="reach"')]
    assert before.rindex("<details>") > before.rindex("</details>")
    assert "<details open" not in page
    assert TICK in page
    assert not ticked(page)


def test_the_page_says_what_the_tick_does_and_what_it_does_not(site: Site) -> None:
    page = texts(site.get(at("report.write")).text)
    for told in (
        "We do not need it.",
        "Our server sees it for a moment",
        "With it, who reads your report cannot see your name, unless a second person brings a key.",
        "Without it, they can.",
        "A name in your text, your answers or a file is not kept apart",
    ):
        assert told in page
        assert grade(told) <= 8


def test_what_a_browser_lets_through_fits(site: Site) -> None:
    """A browser counts UTF-16 units: at most three bytes a unit."""
    assert NAME_BYTES >= 170 * 3
    assert site.report("Hello", reach("\u0939" * 170), APART).status_code == 200


def test_where_no_text_comes_in_no_name_is_asked(make_site: Callable[..., Site]) -> None:
    site = make_site(lanes=frozenset({"presealed"}))
    assert 'name="reach"' not in site.get(at("report.write")).text
    fields = [*site.form().items(), reach()]
    assert site.post(at("report.write"), fields).status_code == 400
    assert site.rows() == []


def test_without_a_name_there_is_none(site: Site) -> None:
    for empty in ("", " \r\n \t"):
        site.report("Hello", reach(empty), APART)
        assert [row.submission.name for row in site.rows()] == [None] * len(site.rows())


# What is kept.


def test_a_name_goes_with_the_report_in_the_clear_unless_it_is_to_be_kept_apart(site: Site) -> None:
    page = site.report("Hello", reach(f"  {AMINA}\r\n"))
    assert "your message your name" in texts(page.text)
    assert name_in(site).text == AMINA
    assert not site.rows()[0].submission.consent.name_apart


def test_a_name_that_is_kept_apart_is_opened_by_the_spare_desk_and_by_nobody_else(site: Site) -> None:
    page = site.report("Hello", reach(), APART)
    assert page.status_code == 200
    assert AMINA not in page.text
    name = name_in(site)
    assert (name.text, name.opened([site.world.spare_epoch])) == ("", AMINA)
    assert site.rows()[0].submission.consent == Consent(name_apart=True)
    for other in (site.world.epoch, HybridIdentity.generate()):
        with pytest.raises(NoMatchError):
            name.opened([other])


def test_neither_key_alone_finds_the_name_in_what_the_server_kept(site: Site) -> None:
    site.report("Hello", reach(), APART, ("file", "a.pdf", b"one"))
    kept = b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file())
    assert AMINA.encode() not in kept
    for stored in site.store.unacknowledged():
        with site.store.open_blob(stored.id) as blob:
            container = OpeningReader(io.BytesIO(blob.read()), [site.world.epoch]).read()
            with pytest.raises(NoMatchError):
                read_submission(blob, [site.world.spare_epoch])
        for spelled in (AMINA.encode(), AMINA.encode().hex().encode(), AMINA.encode("utf-16-le")):
            assert spelled not in container


@pytest.mark.parametrize("parts", [[("message", "")], [("message", ""), ("file", "a.pdf", b"one")]])
def test_a_name_without_a_text_lies_in_a_row_like_one(site: Site, parts: list[Any]) -> None:
    page = site.post(at("report.write"), [*site.form().items(), reach(), APART, *parts])
    assert page.status_code == 200
    named = [row for row in site.rows() if row.submission.name is not None]
    assert [(row.message, row.files, row.submission.part) for row in named] == [(None, [], Part.MESSAGE)]
    assert len(site.rows()) == len(parts)


@pytest.mark.parametrize("room", range(-3, 4))
def test_no_size_tells_whether_a_name_was_given(site: Site, room: int) -> None:
    """Also where a file ends close to the end of a size class: a few bytes more would make it the next one."""
    sizes = []
    edge = 128 * KIB - 3_400 + room * 700
    for more in ([], [reach("A")], [reach("A"), APART], [reach("x" * NAME_BYTES), APART]):
        before = {row.id for row in site.store.unacknowledged()}
        site.report("Hello", *more, ("file", "a.pdf", bytes(edge)))
        sizes.append(sorted(row.size for row in site.store.unacknowledged() if row.id not in before))
    assert [len(rows) for rows in sizes] == [2] * 4
    assert sizes[1:] == sizes[:1] * 3


def test_a_full_text_with_full_answers_has_room_for_a_name(site: Site) -> None:
    site.report("x" * 100_000, ("never", '"' * 1024), reach("x" * NAME_BYTES), APART)
    site.report("Hello")
    assert len({row.size for row in site.store.unacknowledged()}) == 1


def test_the_same_form_sent_twice_is_one_report_and_with_another_name_it_is_not_lost(site: Site) -> None:
    form = site.form()
    for _ in range(2):
        site.report("Hello", reach(), APART, form=form)
    assert len(site.rows()) == 1
    site.report("Hello", reach("Amina"), APART, form=form)
    opened = {row.submission.name.opened([site.world.spare_epoch]) for row in site.rows() if row.submission.name}
    assert opened == {AMINA, "Amina"}


def test_what_is_added_on_the_receipt_carries_the_wish_and_no_name(site: Site) -> None:
    receipt = site.report("Hello", reach(), APART)
    assert AMINA not in receipt.text
    fields = hidden_fields(receipt.text)
    assert fields["name_apart"] == "yes"
    assert site.post(at("report.more"), [*fields.items(), ("file", "a.pdf", b"one")]).status_code == 200
    assert [row.submission.name is not None for row in site.rows()] == [True, False]
    assert all(row.submission.consent.name_apart for row in site.rows())
    assert site.post(at("report.more"), [*fields.items(), reach("Amina")]).status_code == 400


# Strange names.


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ('<b>Amina</b> & "co"', '<b>Amina</b> & "co"'),
        ("\u0623\u0645\u064a\u0646\u0629", "\u0623\u0645\u064a\u0646\u0629"),
        ("Amina\u202eanimA", "Amina\ufffdanimA"),
        ("\u2066Amina\u2069", "\ufffdAmina\ufffd"),
        ("Amina\r\nsecond line\tand more", "Amina second line and more"),
        ("Amina\x1b[2J\x9b", "Amina\ufffd[2J\ufffd"),
        ("\u0645\u06cc\u200c\u0631\u0648\u062f", "\u0645\u06cc\u200c\u0631\u0648\u062f"),
    ],
)
@pytest.mark.parametrize("apart", [[], [APART]])
def test_strange_names_are_kept_as_a_screen_can_show_them(site: Site, typed: str, kept: str, apart: list[Any]) -> None:
    assert site.report("Hello", reach(typed), *apart).status_code == 200
    assert name_in(site).opened([site.world.spare_epoch]) == kept


def test_a_name_that_is_no_text_is_refused_in_words(site: Site) -> None:
    for bad in (b"\xff", b"Amina\0"):
        assert "signs in it that are no text" in site.report("Hello", reach(bad), APART).text
    assert site.rows() == []


@pytest.mark.parametrize("apart", [[], [APART]])
@pytest.mark.parametrize("name", [LONG, "\u0635" * 257, "\x01" * 171])
def test_a_name_that_is_too_long_is_refused_and_nothing_is_lost(site: Site, name: str, apart: list[Any]) -> None:
    page = site.report("My text", reach(name), ("never", "my chief"), *apart, ("file", "a.pdf", b"one"))
    assert page.status_code == 413
    assert "Your name is too long for its field." in texts(page.text)
    assert '<a href="#reach">' in page.text
    assert "My text</textarea>" in page.text
    assert 'value="my chief"' in page.text
    assert name.replace("\x01", "\ufffd") in page.text
    assert ticked(page.text) is bool(apart)
    assert site.rows() == []
    again = site.report("My text", reach("Amina"), *apart, form=hidden_fields(page.text))
    assert again.status_code == 200
    assert len(site.rows()) == 1


def test_a_field_that_no_browser_sends_is_refused_with_its_reason(site: Site) -> None:
    page = site.report("Hello", reach("x" * 9_000), APART)
    assert page.status_code == 413
    assert "Your name is too long" in page.text
    assert site.rows() == []


def test_a_form_that_comes_back_keeps_name_and_tick_whatever_it_was(site: Site) -> None:
    form = site.form()
    site.clock.pass_by(hours=13)
    for fields in (form, {"token": "forged"}):
        page = site.report("Hello", reach(), APART, form=fields)
        assert page.status_code == 409
        assert f'value="{AMINA}"' in page.text
        assert ticked(page.text)
    assert site.rows() == []


# Without a spare desk.


def test_where_nobody_can_keep_it_apart_the_tick_is_not_offered_and_the_page_says_so(no_spare: Site) -> None:
    page = no_spare.get(at("report.write")).text
    assert 'name="reach"' in page
    assert 'name="name_apart"' not in page
    assert "we cannot keep it apart right now" in texts(page)
    assert no_spare.report("Hello", reach()).status_code == 200
    assert name_in(no_spare).text == AMINA


def test_a_tick_that_cannot_be_kept_to_is_answered_and_nothing_is_stored_or_lost(no_spare: Site) -> None:
    page = no_spare.report("My text", reach(), APART, ("file", "a.pdf", b"one"))
    assert page.status_code == 409
    assert "We cannot keep a name apart right now. We took nothing" in texts(page.text)
    assert "My text</textarea>" in page.text
    assert f'value="{AMINA}"' in page.text
    assert 'name="name_apart"' not in page.text
    assert submissions(no_spare) == []
    assert no_spare.report("My text", reach(""), form=hidden_fields(page.text)).status_code == 200


def test_a_tick_without_a_name_costs_no_report(no_spare: Site) -> None:
    assert no_spare.report("Hello", APART).status_code == 200
    assert submissions(no_spare)[0].consent.name_apart


# In the box.


def test_a_name_may_be_given_later_with_the_wish_who_may_see_the_case(site: Site, words: str) -> None:
    token = box(site, words)
    page = site.get(at("box.show")).text
    assert 'name="reach"' in page
    assert not ticked(page)
    assert "your wish who may see it" in done(
        site, send(site, "acts.consent", ("consent", "lawyer"), ("reach", AMINA), APART, token=token)
    )
    [row] = added(site)
    assert said(row) == Followup(Act.CONSENT)
    assert row.submission.consent == Consent(frozenset({Audience.LAWYER}), name_apart=True)
    assert name_in(site).opened([site.world.spare_epoch]) == AMINA
    with pytest.raises(NoMatchError):
        name_in(site).opened([site.world.epoch])


def test_in_the_box_too_a_name_is_in_the_clear_without_the_tick(site: Site, words: str) -> None:
    done(site, send(site, "acts.consent", ("reach", AMINA), token=box(site, words)))
    assert name_in(site).text == AMINA


def test_two_names_from_one_page_are_two_rows_of_one_size(site: Site, words: str) -> None:
    token = box(site, words)
    for name in ("A", "B" * 500, "B" * 500):
        done(site, send(site, "acts.consent", ("reach", name), APART, token=token))
    assert len(added(site)) == 2
    assert len({row.size for row in site.store.unacknowledged()}) == 1


def test_what_is_refused_in_the_box_comes_back_with_every_tick(site: Site, words: str) -> None:
    box_with(site, words, CaseState.READING, allowed=Allowed(frozenset({Audience.LEADS})))
    token = box(site, words)
    parts = [("consent", "un_body"), ("originals", "yes"), ("reach", LONG), APART]
    page = send(site, "acts.consent", *parts, token=token)
    assert page.status_code == 413
    assert '<a href="#reach">' in page.text
    assert re.findall(r'value="(\w+)" checked', page.text) == ["un_body", "yes", "yes"]
    assert LONG in page.text
    assert added(site) == []
    over = send(site, "acts.consent", ("reach", "x" * 9_000), token=token)
    assert "Your name is too long" in over.text


def test_a_name_that_was_typed_while_the_visit_ended_comes_back_once_the_words_are_there(
    site: Site, words: str
) -> None:
    token = box(site, words)
    site.clock.pass_by(minutes=31)
    ended = send(site, "acts.consent", ("reach", AMINA), APART, token=token)
    assert (ended.status_code, added(site)) == (403, [])
    fields = hidden_fields(ended.text)
    assert fields == {"reach": AMINA, "name_apart": "yes"}
    wrong = site.post(at("box.enter"), [*fields.items(), ("codename", "wrong words")])
    assert (wrong.status_code, hidden_fields(wrong.text)) == (403, fields)
    page = site.post(at("box.enter"), [*fields.items(), ("codename", words)]).text
    assert f'value="{AMINA}"' in page
    assert ticked(page)
    token = {"token": hidden_fields(page)["token"]}
    done(site, send(site, "acts.consent", ("reach", AMINA), APART, token=token))
    assert name_in(site).opened([site.world.spare_epoch]) == AMINA


def test_in_the_box_too_a_tick_that_cannot_be_kept_to_is_answered(make_site: Callable[..., Site]) -> None:
    site = without_spare(make_site, "in use")
    form = site.form()
    site.report("Hello", form=form)
    token = box(site, form["codename"])
    page = send(site, "acts.consent", ("consent", "lawyer"), ("reach", AMINA), APART, token=token)
    assert page.status_code == 409
    assert "We cannot keep a name apart right now." in page.text
    assert f'value="{AMINA}"' in page.text
    assert len(submissions(site)) == 1


def test_what_is_added_in_the_box_takes_no_name(site: Site, words: str) -> None:
    token = box(site, words)
    assert send(site, "box.add", ("message", "More."), ("reach", AMINA), token=token).status_code == 400
    assert added(site) == []


def test_in_the_box_no_name_is_asked_where_no_text_comes_in(words: str, make_site: Callable[..., Site]) -> None:
    presealed = make_site(lanes=frozenset({"presealed"}))
    token = box(presealed, words)
    assert 'name="reach"' not in presealed.get(at("box.show")).text
    assert send(presealed, "acts.consent", ("reach", AMINA), token=token).status_code == 400
    done(presealed, send(presealed, "acts.consent", ("consent", "lawyer"), token=token))


def test_no_log_line_and_no_cookie_holds_a_name(site: Site, words: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    answer = send(site, "acts.consent", ("reach", AMINA), APART, token=box(site, words))
    assert site.report("Hello", reach(LONG)).status_code == 413
    assert AMINA not in caplog.text
    assert AMINA not in str(answer.headers)
    assert len(answer.headers["Set-Cookie"]) < 4096
