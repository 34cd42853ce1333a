"""The questions of the form: asked, kept, sealed with their words; none of them stops a report."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from intake.form.files import form_in_use
from intake.source.form_token import Form
from intake.source.questions import YES_NO, YES_NO_WORDS
from intake.source.translation import catalogue_of
from keys.sealing.age import HybridIdentity
from keys.sealing.answers import Answer, Chosen
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Desk
from keys.sealing.submission import Audience, Consent, IfSilent, Lane, Part
from keys.sealing.submission_reader import read_submission
from tests.intake.source.conftest import codename_of, hidden_fields, texts
from tests.intake.source.test_pages import ON_THE_WIRE, Outline, wire_bytes
from tests.intake.world import at
from tests.keys.sealing.reading_answers import answers_from_json
from tests.readability import grade

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from werkzeug.test import TestResponse

    from tests.intake.source.conftest import Row, Site

MORE = at("report.more")
GO = ("go", "answers")
YES = Chosen("yes", "Yes")

FORM = """\
version = 1
languages = ["en"]

[[section]]
id = "first"
title = "First questions"

[[section.field]]
id = "about_us"
type = "yes_no"
label = "Is it about us?"
desk = "outside"

[[section.field]]
id = "danger"
type = "yes_no"
label = "Danger?"
required = true

[[section.field]]
id = "note"
type = "short_text"
label = "A note"

[[section]]
id = "who"
title = "Who is in danger"
page = "next"
when = { field = "danger", is = ["yes"] }

[[section.field]]
id = "who"
type = "long_text"
label = "Who?"
longest = 4000
required = true

[[section]]
id = "rest"
title = "The rest"
page = "next"
intro = "Only what you know."

[[section.field]]
id = "when"
type = "date"
label = "When?"
[[section.field]]
id = "where"
type = "place"
label = "Where?"
countries = ["ZM", "MW"]
[[section.field]]
id = "people"
type = "number"
label = "How many?"
help = "A guess is fine."
[[section.field]]
id = "kinds"
type = "choices"
label = "Of what kind?"
[[section.field.choice]]
code = "a"
label = "Kind A"
[[section.field.choice]]
code = "b"
label = "Kind B"
[[section.field]]
id = "how"
type = "choice"
label = "How?"
[[section.field.choice]]
code = "told"
label = "I was told"
[[section.field.choice]]
code = "saw"
label = "I saw it"

[[section]]
id = "last"
title = "Last"
page = "last"
[[section.field]]
id = "name"
type = "short_text"
label = "Name?"
"""


@pytest.fixture
def asked(make_site: Callable[..., Site], tmp_path: Path) -> Site:
    """A door with a form of its own, and no desk outside."""
    (tmp_path / "form.toml").write_text(FORM.replace('desk = "outside"\n', ""))
    return make_site('[form]\nfile = "form.toml"\n')


def answers_of(row: Row) -> dict[str, Answer]:
    return answers_from_json(row.submission.answers)


def carried(page: TestResponse) -> list[tuple[str, str]]:
    """Return the hidden fields of the form on a receipt."""
    form = page.text.split(f'action="{MORE}"')[1]
    return re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)


def go_on(site: Site, page: TestResponse, *parts: Any) -> TestResponse:
    return site.post(MORE, [*carried(page), *parts])


# On the first page.


def test_answers_lie_in_the_row_of_the_text_with_their_questions(asked: Site) -> None:
    asked.report("Hello", ("q_danger", "no"), ("q_note", " a  note "), ("q_about_us", ""), ("file", "a.pdf", b"one"))
    message, file = asked.rows()
    assert answers_of(message) == {
        "danger": Answer("Danger?", (Chosen("no", "No"),)),
        "note": Answer("A note", "a  note"),
    }
    assert file.submission.answers == {}


def test_a_report_can_be_answers_in_words_alone_but_not_ticks_alone(asked: Site) -> None:
    page = asked.report("", ("q_danger", "yes"))
    assert page.status_code == 422
    assert '<option value="yes" selected>' in page.text
    assert asked.rows() == []
    assert asked.report("", ("q_note", "They burn the files tonight.")).status_code == 200
    (row,) = asked.rows()
    assert (row.message, row.submission.part, row.submission.message_sha256) == (None, Part.MESSAGE, None)


def test_answers_of_a_report_without_text_lie_beside_its_first_file(asked: Site) -> None:
    asked.report("", ("q_danger", "yes"), ("file", "a.pdf", b"one"), ("file", "b.pdf", b"two"))
    found = sorted((row.submission.files[0].original_name, bool(row.submission.answers)) for row in asked.rows())
    assert found == [("a.pdf", True), ("b.pdf", False)]


def test_what_is_required_is_asked_once_more_and_stops_nothing(asked: Site) -> None:
    page = asked.report("Hello")
    assert page.status_code == 200
    assert asked.rows()[0].message == b"Hello"
    assert "You left this open." in page.text
    assert page.text.count("<select") == 1
    assert 'name="q_danger"' in page.text
    page = go_on(asked, page, GO)
    assert "You left this open." not in page.text
    assert "Danger?" not in page.text
    assert "The rest" in page.text
    assert len(asked.rows()) == 1


def test_an_answer_that_comes_late_opens_its_questions_all_the_same(asked: Site) -> None:
    page = go_on(asked, asked.report("Hello"), ("q_danger", "yes"), GO)
    assert "Who is in danger" in page.text
    followup = next(row for row in asked.rows() if row.submission.part is Part.FOLLOWUP)
    assert answers_of(followup) == {"danger": Answer("Danger?", (YES,))}


def test_answers_that_are_too_long_come_back_with_everything(asked: Site) -> None:
    long = "x" * 13_000
    page = asked.report("My text", ("q_note", long), ("q_danger", "yes"))
    assert page.status_code == 413
    assert "Your answers are too long" in page.text
    assert long in page.text
    assert "My text</textarea>" in page.text
    assert '<option value="yes" selected>' in page.text
    assert asked.rows() == []


def test_a_form_that_comes_back_keeps_what_was_typed(asked: Site) -> None:
    form = asked.form()
    asked.clock.pass_by(hours=13)
    more = [("q_note", "<b>my note</b>"), ("never", "my \u202ecousin"), ("if_silent", "yes"), ("name_apart", "yes")]
    page = asked.report("Hello", *more, form=form).text
    assert 'value="&lt;b&gt;my note&lt;/b&gt;"' in page
    assert 'value="my \ufffdcousin"' in page
    assert page.count("<details open>") == 3
    assert re.search(r'name="if_silent" value="yes" checked', page)
    assert re.search(r'name="name_apart" value="yes" checked', page)


def test_of_a_form_that_is_not_ours_words_come_back_and_choices_do_not(asked: Site) -> None:
    note = "a note that somebody wrote for a long time, in words"
    page = asked.report("Hello", ("q_note", note), ("q_danger", "yes"), form={"token": "forged"})
    assert page.status_code == 409
    assert note in page.text
    assert "selected" not in page.text


def test_a_question_that_the_form_no_longer_has_costs_neither_text_nor_answer(asked: Site) -> None:
    assert asked.report("Hello", ("q_gone", "from"), ("q_gone", "before"), ("q_danger", "perhaps")).status_code == 200
    assert answers_of(asked.rows()[0]) == {
        "gone": Answer("gone", "from before"),
        "danger": Answer("Danger?", (Chosen("perhaps", "perhaps"),)),
    }


def test_answers_in_no_text_are_refused_in_words(asked: Site) -> None:
    assert "signs in it that are no text" in asked.report("Hello", ("q_note", b"\xff")).text
    assert asked.rows() == []


# Consent.


def test_nothing_is_asked_for_unless_the_source_asks(asked: Site) -> None:
    asked.report("Hello")
    assert asked.rows()[0].submission.consent == Consent()


def test_wishes_lie_in_every_row(asked: Site) -> None:
    wishes = [("never", "my  cousin,\r\nthe guard"), ("if_silent", "yes"), ("name_apart", "yes"), ("consent", "lawyer")]
    page = asked.report("Hello", *wishes, ("file", "a.pdf", b"one"))
    go_on(asked, page, ("q_danger", "no"), GO, ("file", "b.pdf", b"two"))
    consent = Consent(
        frozenset({Audience.LEADS, Audience.LAWYER}), False, "my cousin, the guard", IfSilent.FORWARD, True
    )
    assert [row.submission.consent for row in asked.rows()] == [consent] * 4


def test_a_name_that_is_too_long_is_cut_at_a_letter(asked: Site) -> None:
    assert asked.report("Hello", ("never", "é" * 600)).status_code == 200
    assert asked.rows()[0].submission.consent.never == "é" * 512


# Pages that follow.


def test_every_kind_of_answer_is_sealed_as_it_was_meant(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "yes"))
    parts = [
        ("q_who", "My sister\r\nand her son"), ("q_when-year", "2025"), ("q_when-month", "3"), ("q_when-day", ""),
        ("q_where", "MW"), ("q_where-region", "the lake"), ("q_people", "1,200"), ("q_kinds", "b"), ("q_kinds", "a"),
        ("q_how", "saw"),
    ]  # fmt: skip
    page = go_on(asked, page, *parts, GO)
    assert page.status_code == 200
    assert "your answers" in page.text
    message, followup = sorted(asked.rows(), key=lambda row: row.submission.part != Part.MESSAGE)
    assert answers_of(followup) == {
        "who": Answer("Who?", "My sister\nand her son"),
        "when": Answer("When?", "2025-03"),
        "where": Answer("Where?", (Chosen("MW", "Malawi"), Chosen("region", "the lake"))),
        "people": Answer("How many?", 1200),
        "kinds": Answer("Of what kind?", (Chosen("b", "Kind B"), Chosen("a", "Kind A"))),
        "how": Answer("How?", (Chosen("saw", "I saw it"),)),
    }
    first, second = message.submission, followup.submission
    assert (first.report, first.mailbox, first.consent) == (second.report, second.mailbox, second.consent)
    assert (second.part, second.lane, second.message_sha256) == (Part.FOLLOWUP, Lane.ARRIVAL, None)


def test_pages_come_one_after_the_other_and_end(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    assert "The rest" in page.text
    assert "Who is in danger" not in page.text
    page = go_on(asked, page, ("q_people", "5"), GO)
    assert "Last" in page.text
    page = go_on(asked, page, ("q_name", "Anna"), GO)
    assert "Send the answers" not in page.text
    assert "Send this file" in page.text
    assert codename_of(page.text) == dict(carried(page))["codename"]


def test_a_required_question_of_a_later_page_is_asked_once_more_too(asked: Site) -> None:
    page = go_on(asked, asked.report("Hello", ("q_danger", "yes")), ("q_people", "5"), GO)
    assert "You left this open." in page.text
    assert 'name="q_people"' not in page.text
    page = go_on(asked, page, GO)
    assert "Last" in page.text


def test_the_receipt_of_a_report_has_one_mailbox_whatever_is_added(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    before = asked.store.letter(keys_of(asked, page).address)
    go_on(asked, page, ("q_people", "5"), GO, ("file", "a.pdf", b"one"))
    assert asked.store.letter(keys_of(asked, page).address) == before


def keys_of(site: Site, page: TestResponse) -> MailboxKeys:
    return MailboxKeys.derive(WordList.load().read(dict(carried(page))["codename"]), site.world.bundle().salt)


# Files, one by one.


def test_files_go_one_by_one_into_the_same_report_and_the_questions_stay_as_they_were(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    for name in ("a.pdf", "b.pdf"):
        page = go_on(asked, page, ("q_people", "half typed"), ("file", name, name.encode()))
        assert f"{name} (5 bytes)" in texts(page.text)
        assert 'value="half typed"' in page.text
        assert "what you sent before" in page.text
    rows = asked.rows()
    assert len({row.submission.report for row in rows}) == 1
    assert [row.submission.part for row in rows] == [Part.MESSAGE, Part.FILES, Part.FILES]
    assert [row.submission.answers for row in rows[1:]] == [{}, {}]


def test_a_file_that_breaks_off_on_the_receipt_loses_only_itself(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    page = go_on(asked, page, ("q_note", "typed"), ("sealed", "b.age", b"no age"))
    assert page.status_code == 422
    assert "Not taken: b.age" in texts(page.text)
    assert "What you sent before is safe." in page.text
    assert go_on(asked, page, ("file", "c.pdf", b"three")).status_code == 200
    assert [row.files for row in asked.rows()] == [[], [b"three"]]


def test_a_file_and_answers_can_come_together(asked: Site) -> None:
    page = go_on(asked, asked.report("Hello", ("q_danger", "no")), ("q_people", "5"), GO, ("file", "c.pdf", b"three"))
    assert "Last" in page.text
    assert len(asked.rows()) == 3


def test_answers_are_safe_though_the_file_beside_them_is_not(asked: Site) -> None:
    page = go_on(asked, asked.report("Hello", ("q_danger", "no")), ("q_people", "5"), GO, ("sealed", "c.age", b"no"))
    assert page.status_code == 422
    assert "your answers" in page.text
    assert "Last" in page.text
    assert len(asked.rows()) == 2


def test_the_same_addition_twice_is_one(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    for _again in range(2):
        go_on(asked, page, ("q_people", "5"), GO)
        go_on(asked, page, ("file", "c.pdf", b"three"))
    assert len(asked.rows()) == 3


def test_nothing_chosen_is_told_and_changes_nothing(asked: Site) -> None:
    page = go_on(asked, asked.report("Hello", ("q_danger", "no")), ("file", "", b""))
    assert page.status_code == 422
    assert "There was nothing in the form." in page.text
    assert "The rest" in page.text


def test_a_receipt_that_stood_open_for_long_is_renewed_with_what_was_typed(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    asked.clock.pass_by(hours=13)
    page = go_on(asked, page, ("q_people", "55"), GO)
    assert page.status_code == 409
    assert 'value="55"' in page.text
    page = go_on(asked, page, ("q_people", "55"), GO)
    assert page.status_code == 200
    assert len({row.submission.report for row in asked.rows()}) == 1


def test_answers_on_the_receipt_that_are_too_long_come_back_and_cost_nothing(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "yes"))
    long = "é" * 7_000
    page = go_on(asked, page, ("q_who", long), ("q_people", "5"), GO, ("file", "a.pdf", b"one"))
    assert page.status_code == 413
    assert "Your answers are too long" in page.text
    assert "What you sent before is safe." in page.text
    assert long in page.text
    assert len(asked.rows()) == 1
    assert go_on(asked, page, ("q_who", "é" * 4_000), GO).status_code == 200


@pytest.mark.parametrize("spoilt", ["token", "codename", "desk"])
def test_nobody_adds_to_a_report_without_its_receipt(asked: Site, spoilt: str) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    other = WordList.load().draw().expose()
    words = {"token": dict(carried(page))["token"][:-2] + "AA", "codename": other, "desk": "outside"}
    forged = {**dict(carried(page)), spoilt: words[spoilt]}
    answer = asked.post(MORE, [*forged.items(), ("q_people", "5"), GO, ("file", "a", b"x")])
    assert answer.status_code == 409
    assert "Nothing more can be added from that page." in answer.text
    assert len(asked.rows()) == 1


def test_a_token_of_the_first_page_adds_nothing_where_nothing_was_sent(asked: Site) -> None:
    form = asked.form()
    assert asked.post(MORE, [*form.items(), ("file", "a.pdf", b"x")]).status_code == 409
    issued = asked.app.extensions["khomo"].tokens.issue(
        Form("box", WordList.load().read(form["codename"])), asked.clock()
    )
    assert asked.post(MORE, [("token", issued), ("codename", form["codename"]), ("file", "a", b"x")]).status_code == 409
    assert asked.rows() == []


def test_a_page_that_the_form_does_not_know_asks_nothing_and_loses_nothing(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "no"))
    fields = {**dict(carried(page)), "page": "gone", "opened": "gone x", "again": "gone"}
    page = asked.post(MORE, [*fields.items(), ("q_people", "5"), GO])
    assert page.status_code == 200
    assert "Send the answers" not in page.text
    assert answers_of(asked.rows()[-1])["people"].given == "5"


# Practice.


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", ""), (" ", ""), ("right", "was right"), ("RIGHT ", "was right"), ("wrong", "not word 4"), ("x" * 900, "not")],
)  # fmt: skip
def test_practice_never_stops_a_report_and_is_told_kindly(site: Site, typed: str, said: str) -> None:
    form = site.form()
    fourth = form["codename"].split(" ")[3]
    word = typed.replace("right", fourth).replace("RIGHT", fourth.upper())
    page = site.report("Hello", ("practice", word), form=form)
    assert page.status_code == 200
    assert ("for practice" in page.text) == bool(said)
    assert said in texts(page.text)
    assert fourth not in str(site.rows()[0].submission.to_json())


@pytest.mark.parametrize(("word", "said"), [("fourth", "was right"), ("wrong", "is not word 4"), ("", "")])
def test_the_word_for_practice_may_stand_after_the_files_as_on_the_page(site: Site, word: str, said: str) -> None:
    form = site.form()
    typed = form["codename"].split(" ")[3] if word == "fourth" else word
    page = site.report("Hello", ("file", "a.pdf", b"one"), ("sealed", "", b""), ("practice", typed), form=form)
    assert page.status_code == 200
    assert ("for practice" in page.text) == bool(said)
    assert said in texts(page.text)
    assert len(site.rows()) == 2


def test_no_other_field_and_no_second_one_may_stand_after_the_files(site: Site) -> None:
    for late in ([("message", "late")], [("practice", "a"), ("practice", "b")], [("q_danger", "yes")]):
        assert site.report("", ("file", "a.pdf", b"one"), *late).status_code == 400


# The desk.


@pytest.fixture
def two_desks(make_site: Callable[..., Site], tmp_path: Path) -> tuple[Site, HybridIdentity]:
    """A door whose reports about the organisation go to a desk outside, and the key of that desk."""
    (tmp_path / "form.toml").write_text(FORM)
    site = make_site('[form]\nfile = "form.toml"\n')
    outside, key = HybridIdentity.generate(), SigningKey.generate("desk-outside")
    bundle = site.world.bundle()
    epoch = replace(bundle.desks[0].epochs[0], id="outside-one", recipient=str(outside.recipient()))
    desks = (*bundle.desks, Desk("outside", "A desk outside", key.verify_key, (epoch,)))
    services = site.app.extensions["khomo"]
    site.app.extensions["khomo"] = replace(services, current_bundle=lambda: replace(bundle, desks=desks))
    return site, outside


def opened_by(site: Site, identity: HybridIdentity) -> int:
    """Count the rows that a key opens."""
    found = 0
    for stored in site.store.unacknowledged():
        with site.store.open_blob(stored.id) as blob:
            try:
                read_submission(blob, [identity])
            except Exception:  # noqa: BLE001  # it is for somebody else
                continue
            found += 1
    return found


@pytest.mark.parametrize(("said", "ours"), [("yes", 0), ("unknown", 0), ("no", 5), ("", 5)])
def test_every_row_of_a_report_about_us_goes_to_the_desk_outside(
    two_desks: tuple[Site, HybridIdentity], said: str, ours: int
) -> None:
    site, outside = two_desks
    page = site.report("Hello", ("q_about_us", said), ("q_danger", "yes"), ("file", "a.pdf", b"one"))
    assert ("It goes to A desk outside and to no one else." in texts(page.text)) == (not ours)
    page = go_on(site, page, ("q_who", "she"), GO, ("file", "b.pdf", b"two"))
    assert go_on(site, page, ("file", "c.pdf", b"three")).status_code == 200
    assert (opened_by(site, site.world.epoch), opened_by(site, outside)) == (ours, 5 - ours)


def test_what_may_concern_us_goes_to_no_lead_whatever_is_ticked(asked: Site) -> None:
    assert "do not see it" not in asked.report("Hello", ("q_about_us", "no")).text
    asked.take_new_circuit()
    before = len(asked.rows())
    page = asked.report("Hello you", ("q_about_us", "unknown"), ("consent", "journalist"))
    assert "the groups in our coalition do not see it" in page.text
    go_on(asked, page, ("q_danger", "no"), GO)
    seen = [row.submission.consent.may_see for row in asked.rows()]
    assert (seen.count(frozenset({Audience.JOURNALIST})), len(seen)) == (2, before + 2)


def test_where_the_desk_outside_is_closed_nothing_goes_to_ours_and_the_text_comes_back(
    make_site: Callable[..., Site], tmp_path: Path
) -> None:
    (tmp_path / "form.toml").write_text(FORM)
    site = make_site('[form]\nfile = "form.toml"\n')
    page = site.report("About one of you", ("q_about_us", "yes"), ("file", "a.pdf", b"one"))
    assert page.status_code == 503
    assert "what is about us goes to no one of us" in page.text
    assert "About one of you</textarea>" in page.text
    assert site.rows() == []
    assert site.report("About others", ("q_about_us", "no")).status_code == 200


def test_without_text_only_what_decides_about_the_desk_is_asked(make_site: Callable[..., Site], tmp_path: Path) -> None:
    assert "q_" not in make_site("[lanes]\narrival = false\n").get(at("report.write")).text.replace("q_about_us", "")
    (tmp_path / "form.toml").write_text(FORM)
    page = make_site('[lanes]\narrival = false\n[form]\nfile = "form.toml"\n').get(at("report.write")).text
    assert re.findall(r'name="(q_\w+)"', page) == ["q_about_us"]


def test_answers_are_sealed_in_the_first_language_of_the_door(make_site: Callable[..., Site]) -> None:
    assert {code: str(text) for code, text in YES_NO.items()} == YES_NO_WORDS
    site = make_site(languages=("fr", "en"))
    write = at("report.write")
    site.post(write, [*site.form(write).items(), ("message", "Hello"), ("q_child", "no")])
    child = answers_of(site.rows()[0])["child"]
    assert child.question == catalogue_of("fr").ugettext("Is a child involved?") != "Is a child involved?"


# What a page is like.


def test_pages_that_ask_have_sound_markup(asked: Site) -> None:
    page = asked.report("Hello", ("q_danger", "yes"))
    for _page in range(3):
        outline = Outline(page.text)
        assert outline.open == []
        assert len(set(outline.ids)) == len(outline.ids)
        assert set(outline.fields) <= outline.labels
        assert outline.targets <= set(outline.ids)
        assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(outline.headings))
        page = go_on(asked, page, ("q_who", "she"), GO)


def test_what_the_form_that_ships_says_reads_like_grade_8_or_lower() -> None:
    form = form_in_use(None)
    said = [text["en"] for one in form.sections for text in (one.title, one.intro) if text]
    said += [text["en"] for one in form.fields.values() for text in (one.label, one.help) if text]
    assert grade("\n".join(said)) <= 8


def test_the_first_page_tells_of_law_and_authorities_and_of_help_in_its_language(
    make_site: Callable[..., Site],
) -> None:
    country = (
        '[door.honest_belief]\nen = "The law protects."\nfr = "La loi protège."\n'
        '[door.unsafe_authorities]\nen = "Not the hotline."\nfr = "Pas la ligne verte."\n'
        '[[door.danger_contacts]]\nname = "Aide"\nreach = "15"\nonly_in = ["fr"]\n'
    )
    site = make_site(country, languages=("en", "fr"))
    english, french = (texts(site.get(f"/{code}/").text) for code in ("en", "fr"))
    assert "The law and the authorities The law protects. Not the hotline." in english
    assert "La loi protège. Pas la ligne verte." in french
    assert ("Aide 15" in english, "Aide 15" in french) == (False, True)
    assert "The law and the authorities" not in make_site().get("/").text


def test_the_how_to_says_how_to_record_and_what_to_do_when_nothing_moves(site: Site) -> None:
    page = site.get(at("pages.how_to")).text
    assert set(re.findall(r'<h2 id="(\w+)"', page)) >= {"files", "photo", "voice", "slow"}
    assert "100 MB may take 5 to 30 minutes" in page
    assert "New circuit for this site" in page
    for shown in (site.get(at("report.write")).text, site.report("Hello").text):
        assert f'{at("pages.how_to")}#slow"' in shown


# What a page weighs.


def test_every_page_of_the_form_that_ships_is_light(site: Site) -> None:
    answers = [("q_danger", "yes"), ("q_about_us", "yes")]
    page = site.report("Hello", ("practice", "wrong"), *answers, *[("file", f"{n}.pdf", b"x") for n in range(5)])
    seen = 0
    while "Send the answers" in page.text:
        assert wire_bytes(page) <= ON_THE_WIRE
        page = go_on(site, page, GO)
        seen += 1
    assert seen == 3
    assert wire_bytes(page) <= ON_THE_WIRE


@pytest.mark.parametrize("language", ["fr", "es", "pt", "ar"])
def test_the_pages_of_a_report_are_light_in_every_complete_language(
    make_site: Callable[..., Site], language: str
) -> None:
    site = make_site(languages=("fr", "en", "es", "pt", "ar"))
    write, more = (at(name).replace("/en/", f"/{language}/") for name in ("report.write", "report.more"))
    page = site.get(write)
    answers = [("message", "Hello"), ("q_danger", "yes"), ("q_about_us", "yes")]
    assert wire_bytes(page) <= ON_THE_WIRE
    page = site.post(write, [*hidden_fields(page.text).items(), *answers])
    for _page in range(3):
        assert wire_bytes(page) <= ON_THE_WIRE
        form = page.text.split(f'action="{more}"')[1]
        page = site.post(more, [*re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form), GO])


def test_pages_ask_in_their_language_and_answers_are_sealed_in_the_operator_s(make_site: Callable[..., Site]) -> None:
    site = make_site(languages=("en", "fr"))
    write = at("report.write").replace("/en/", "/fr/")
    page = site.post(write, [*site.form(write).items(), ("message", "Bonjour"), ("q_child", "unknown")])
    assert "lisons d\u2019abord" in page.text
    assert answers_of(site.rows()[0])["child"] == Answer("Is a child involved?", (Chosen("unknown", "I do not know"),))
