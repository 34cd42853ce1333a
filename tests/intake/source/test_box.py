"""The return visit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from intake.source import mailbox
from intake.source.letter_texts import OUTCOMES
from intake.source.letter_view import digest_words
from intake.source.mailbox import OpenedBox
from intake.source.session import Visits
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.letter import (
    CaseState,
    Entry,
    EntryKind,
    Letter,
    Outcome,
    blank_letter,
    read_letter,
    write_letter,
)
from keys.sealing.notes import SigningKey
from keys.sealing.submission import Audience, Part
from keys.sealing.values import Sealed
from tests.intake.source.conftest import hidden_fields, texts
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

    from tests.intake.source.conftest import Site


def keys_of(site: Site, words: str) -> MailboxKeys:
    return MailboxKeys.derive(WordList.load().read(words), site.world.bundle().salt)


def enter(site: Site, words: str, **more: str) -> TestResponse:
    return site.post(at("box.come_back"), [("codename", words), *more.items()])


def put_letter(
    site: Site,
    words: str,
    *entries: Entry,
    signer: SigningKey | None = None,
    state: CaseState = CaseState.READING,
    **said: Any,
) -> None:
    keys = keys_of(site, words)
    if state is CaseState.CLOSED:
        said = {"outcome": Outcome.CANNOT_TELL} | said
    letter = Letter(keys.address, 1, state, entries, **said)
    sealed = write_letter(letter, signer or site.world.desk_key, keys.identity.recipient())
    site.store.replace_letters([(keys.address, sealed)])


# Coming in.


def test_the_page_warns_before_one_types_what_a_bad_server_would_see(site: Site) -> None:
    page = site.get(at("box.come_back")).text
    assert page.index("Before you type") < page.index("<textarea")
    warning = texts(page.split("<form")[0])
    for said in ("read the letter in your box", "keep your words", "see that one person wrote it all", "not write"):
        assert said in warning
    assert "They could not read what you sent before" in warning


def test_the_field_for_the_words_is_kept_from_the_browsers_memory(site: Site) -> None:
    field = re.search(r'<textarea id="codename"[^>]*>', site.get(at("box.come_back")).text)
    assert field is not None
    for attribute in ('autocomplete="off"', 'autocapitalize="none"', 'spellcheck="false"', 'autocorrect="off"'):
        assert attribute in field[0]


def test_right_words_open_the_box(site: Site, words: str) -> None:
    answer = enter(site, words)
    assert (answer.status_code, answer.headers["Location"]) == (303, at("box.show"))
    page = texts(site.get(at("box.show")).text)
    assert "Not yet read" in page
    assert "have not opened it yet" in page


@pytest.mark.parametrize(
    "change", [str.upper, lambda words: words.replace(" ", "  - "), lambda words: words.replace(" ", "")]
)
def test_words_are_read_as_tired_people_type_them(site: Site, words: str, change: Callable[[str], str]) -> None:
    assert enter(site, change(words)).status_code == 303


def test_wrong_words_and_words_that_are_none_get_the_same_page(site: Site, words: str) -> None:
    unknown = WordList.load().draw().expose()
    eight = "one two three four five six seven eight"
    torn = f"{unknown[:2]} {unknown[2:]}"
    pages = [enter(site, typed) for typed in (unknown, "nonsense", "x" * 200, eight, eight.replace(" ", "-"), torn)]
    assert {page.status_code for page in pages} == {403}
    assert len({page.text for page in pages}) == 1
    assert "These words do not open a box." in pages[0].text
    assert not any("Set-Cookie" in page.headers for page in pages)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["", " \n", "\u202e" * 20, "1. 2. 3."], "You typed no words."),
        (
            ["one two three four five six seven", "one-two", "a b c d e f g h i", "x " * 99],
            "These are not eight words.",
        ),
    ],
)
def test_what_shows_in_the_text_alone_is_told_and_alike_whatever_boxes_there_are(
    site: Site, typed: list[str], told: str
) -> None:
    before = [enter(site, one) for one in typed]
    site.report("Hello")
    pages = [*before, *(enter(site, one) for one in typed)]
    assert {page.status_code for page in pages} == {403}
    assert len({page.text for page in pages}) == 1
    assert told in pages[0].text
    assert not any("Set-Cookie" in page.headers for page in pages)


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_eight_words_of_a_box_that_is_gone_and_of_none_get_one_page_whatever_their_language(
    make_site: Callable[..., Site], language: str
) -> None:
    site = make_site(languages=("en", "fr", "ar"))
    gone = site.form()
    site.report("Hello", form=gone)
    site.store.replace_letters([(keys_of(site, gone["codename"]).address, blank_letter())])
    words = gone["codename"]
    typed = [words, words.upper(), f"x{words}", *(WordList.load(code).draw().expose() for code in ("en", "fr", "ar"))]
    pages = [site.post(at("box.come_back", language), [("codename", one)]) for one in typed]
    assert {page.status_code for page in pages} == {403}
    assert len({page.text for page in pages}) == 1


def test_wrong_words_cost_the_same_work_as_right_ones(site: Site, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    opened: list[bool] = []

    def noted(name: str, step: Callable[..., object]) -> Callable[..., object]:
        def noting(*args: object) -> object:
            steps.append(name)
            if name == "store":
                return step(*args)
            opened.append(False)
            found = step(*args)
            opened[-1] = True
            return found

        return noting

    gone = site.form()
    site.report("Hello", form=gone)
    site.store.replace_letters([(keys_of(site, gone["codename"]).address, blank_letter())])
    monkeypatch.setattr(mailbox, "read_letter", noted("letter", read_letter))
    monkeypatch.setattr(site.store, "letter", noted("store", site.store.letter))
    done = []
    for typed in (words, WordList.load().draw().expose(), "nonsense", gone["codename"]):
        steps.clear()
        enter(site, typed)
        done.append([*steps, *sorted(opened)])
        opened.clear()
    assert done == [["store", "letter", "letter", False, True]] * 4


# The letter.


RECEIPT = Entry(EntryKind.RECEIPT, "2026-W46", "We have it.", ("ab" * 32,))
THANKS = Entry(EntryKind.REPLY, "2026-W47", "Thank you.")
QUESTION = Entry(EntryKind.QUESTION, "2026-W48", "Who <signed> it?", question="0a" * 16)
WHEN = replace(QUESTION, text="When was it?", question="0b" * 16)
PASSED_ON = Entry(EntryKind.FORWARDED, "2026-W49", "", audiences=frozenset({Audience.LEADS, Audience.LAWYER}))


def box_with(site: Site, words: str, state: CaseState, *entries: Entry, **letter: Any) -> str:
    put_letter(site, words, *entries, state=state, **letter)
    enter(site, words)
    return site.get(at("box.show")).text


def in_order(page: str, *places: str) -> bool:
    found = [page.index(place) for place in places]
    return found == sorted(found)


def test_an_open_question_comes_first_with_the_field_for_its_answer_beneath(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.QUESTION, RECEIPT, THANKS, QUESTION)
    says = ("We have a question for you", "Who &lt;signed&gt; it?", "Your answer", "<textarea", "Thank you.")
    assert in_order(page, *says, "Add something else", "Receipts for what you sent")
    assert page.count("<textarea") == page.count(f'action="{at("box.add")}"') == 2
    assert f'name="question" value="{QUESTION.question}"' in page


def test_each_question_has_a_form_of_its_own(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.QUESTION, QUESTION, WHEN)
    assert in_order(page, "When was it?", WHEN.question, "Who &lt;signed&gt; it?", QUESTION.question)
    fields = re.findall(r'<label for="([^"]+)">', page)
    assert len(set(fields)) == len(fields)


def test_a_question_stays_open_until_the_desk_says_that_it_was_answered(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.FORWARDED, RECEIPT, QUESTION, PASSED_ON, THANKS)
    assert in_order(page, "We have a question for you", "Passed on")
    page = box_with(site, words, CaseState.READING, replace(QUESTION, answered=True))
    assert "We have a question for you" not in page
    assert "Who &lt;signed&gt; it?" in page
    assert "We have a question for you" not in box_with(site, words, CaseState.CLOSED, QUESTION)


def test_without_a_question_replies_come_first_then_the_state_then_the_form(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.READING, RECEIPT, THANKS, replace(THANKS, text="Once more."))
    assert in_order(page, "Once more.", "Thank you.", "Being read", "Add something", "Receipts for what you sent")


def test_to_whom_a_case_was_passed_on_and_when_is_said_once(site: Site, words: str) -> None:
    page = texts(box_with(site, words, CaseState.FORWARDED, RECEIPT, PASSED_ON))
    assert page.count("Passed on") == page.count("Your case went to") == 1
    assert "The groups in our coalition A lawyer week of November 30, 2026" in page
    assert "those whom you allowed" not in page
    again = texts(box_with(site, words, CaseState.READING, PASSED_ON))
    assert "Your case went to The groups in our coalition A lawyer week of November 30, 2026" in again


@pytest.mark.parametrize(
    ("state", "here"),
    [
        (CaseState.RECEIVED, "It has reached our desk"),
        (CaseState.READING, "It is being read"),
        (CaseState.QUESTION, "It is being read"),
        (CaseState.FORWARDED, "It is being read"),
        (CaseState.CLOSED, "It is closed"),
    ],
)
def test_the_page_says_how_far_a_report_is_on_its_way(site: Site, words: str, state: CaseState, here: str) -> None:
    page = box_with(site, words, state, RECEIPT)
    assert re.findall(r'<li aria-current="step"><strong>([^<]*)', page) == [here]
    assert in_order(page, "It lies sealed in the box", "It has reached our desk", "It is being read", "It is closed")


@pytest.mark.parametrize("outcome", Outcome)
def test_a_closed_case_has_an_outcome_in_words(site: Site, words: str, outcome: Outcome) -> None:
    page = texts(box_with(site, words, CaseState.CLOSED, RECEIPT, outcome=outcome))
    assert str(OUTCOMES[outcome]) in page
    assert sum(str(text) in page for text in OUTCOMES.values()) == 1


def test_receipts_are_folded_and_said_to_be_no_words_to_write_down(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.RECEIVED, RECEIPT)
    folded = page[page.rindex("<details>") : page.rindex("</details>")]
    assert "What our desk holds is what you sent" in folded
    assert "You need not do anything with these words." in folded
    assert in_order(page, "week of November 9, 2026", digest_words("ab" * 32))
    assert digest_words("ab" * 32) in folded


def test_entries_that_were_left_out_are_counted(site: Site, words: str) -> None:
    put_letter(site, words, THANKS, dropped=2)
    enter(site, words)
    assert "2 older entries are no longer here." in texts(site.get(at("box.show")).text)


def test_a_letter_that_no_desk_signed_is_not_shown(site: Site, words: str) -> None:
    put_letter(site, words, Entry(EntryKind.REPLY, "2026-W48", "a forged text"), signer=SigningKey.generate("desk-one"))
    enter(site, words)
    page = site.get(at("box.show")).text
    assert "a forged text" not in page
    assert "it is not signed by our desk" in page


def test_a_letter_by_the_server_counts_as_not_read_only(site: Site, words: str) -> None:
    put_letter(site, words, Entry(EntryKind.REPLY, "2026-W48", "a forged text"), signer=site.world.server_key)
    enter(site, words)
    assert "a forged text" not in site.get(at("box.show")).text


def test_a_damaged_letter_is_not_shown(site: Site, words: str) -> None:
    site.store.replace_letters([(keys_of(site, words).address, Sealed(bytes(32 * 1024)))])
    enter(site, words)
    assert "We cannot show your letter" in site.get(at("box.show")).text


def test_the_words_to_compare_on_the_receipt_are_those_that_the_letter_shows(site: Site) -> None:
    form = site.form()
    receipt = site.report("Hello", ("file", "b.pdf", b"two"), ("file", "a.pdf", b"one"), form=form).text
    message, *others = (row.submission for row in site.rows())
    digests = {file.original_name: file.sha256 for row in others for file in row.files}
    arrived = (message.message_sha256 or "", digests["b.pdf"], digests["a.pdf"])
    put_letter(site, form["codename"], Entry(EntryKind.RECEIPT, "2026-W48", "", arrived))
    enter(site, form["codename"])
    ten_words = r"(?<=>)(?:[a-z]+ ){9}[a-z]+(?=<)"
    shown = re.findall(ten_words, receipt.split("To compare later")[1])
    assert len(set(shown)) == 3
    assert re.findall(ten_words, site.get(at("box.show")).text) == shown


# Adding.


def test_a_message_and_files_are_added_to_the_same_mailbox_as_a_report_of_their_own(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    answer = site.post(at("box.add"), [*form.items(), ("message", "One more thing."), ("file", "b.pdf", b"two")])
    assert (answer.status_code, answer.headers["Location"]) == (303, at("box.done"))
    page = texts(site.get(at("box.done")).text)
    assert "We have it What is safe with us your message b.pdf (3 bytes)" in page
    added = [row for row in site.rows() if row.submission.part is Part.FOLLOWUP]
    assert {row.message for row in added} == {b"One more thing.", None}
    assert len({row.submission.report for row in site.rows()}) == 2
    assert {row.submission.mailbox for row in site.rows()} == {site.rows()[0].submission.mailbox}


def test_the_letter_stays_as_the_desk_wrote_it_when_something_is_added(site: Site, words: str) -> None:
    put_letter(site, words, Entry(EntryKind.REPLY, "2026-W48", "Thank you."))
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    site.post(at("box.add"), [*form.items(), ("message", "More.")])
    assert "Thank you." in site.get(at("box.show")).text


def test_an_empty_addition_gives_the_box_back(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    page = site.post(at("box.add"), [*form.items(), ("message", ""), ("file", "", b"")])
    assert page.status_code == 422
    assert "There was nothing in the form." in page.text
    assert "Your box" in page.text


def test_an_addition_with_files_that_are_too_large_keeps_the_text(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    big = b"x" * (64 * 1024**2 + 1)
    page = site.post(at("box.add"), [*form.items(), ("message", "More."), ("file", "a.bin", big)])
    assert page.status_code == 413
    assert "We have a part of it" in page.text
    assert b"More." in [row.message for row in site.rows()]


def test_a_broken_addition_gets_a_short_page(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    assert site.post(at("box.add"), [*form.items(), ("message", "a\0b")]).status_code == 400
    page = site.post(at("box.add"), [*form.items(), ("file", "a.bin", b"x"), ("message", "after a file")])
    assert (page.status_code, "a.bin" in page.text, "after a file" in page.text) == (400, True, False)


def test_files_that_are_too_large_give_the_box_back(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    page = site.post(at("box.add"), [*form.items(), ("file", "a.bin", b"x" * (64 * 1024**2 + 1))])
    assert page.status_code == 413
    assert "more than we can take" in page.text
    assert "Your box" in page.text


# The visit.


def test_there_is_no_cookie_before_the_words_were_right(site: Site, words: str) -> None:
    for path in (
        "/",
        at("report.write"),
        at("box.come_back"),
        at("pages.about"),
        at("pages.how_to"),
        at("box.show"),
        at("pages.left"),
    ):
        assert "Set-Cookie" not in site.get(path).headers
    assert "Set-Cookie" in enter(site, words).headers


def test_the_cookie_is_sealed_and_for_the_box_alone(site: Site, words: str) -> None:
    cookie = enter(site, words).headers["Set-Cookie"]
    value, *attributes = cookie.split("; ")
    assert set(attributes) == {"HttpOnly", "SameSite=Strict", f"Path={at('box.show')}"}
    assert len(value) < 4096
    assert not any(word in value for word in words.split())
    assert enter(site, words).headers["Set-Cookie"] != cookie


INSIDE = (at("box.show"), at("box.done"), at("acts.ask_end"), at("box.proof", place="0"))


@pytest.mark.parametrize("path", INSIDE)
def test_without_a_visit_every_page_of_the_box_leads_to_one_that_says_nothing(site: Site, path: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, at("pages.left"))


@pytest.mark.parametrize("path", [at("box.add"), at("acts.consent"), at("acts.opinion"), at("acts.end")])
def test_a_form_of_the_box_that_is_sent_again_after_leaving_shows_nothing_either(
    site: Site, words: str, path: str
) -> None:
    """What the browser kept of a form is no way to see that there was a box, or what was written into it."""
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    site.post(at("box.leave"), [])
    again = site.post(path, [*form.items()])
    assert (again.status_code, again.headers["Location"]) == (303, at("pages.left"))
    assert "Set-Cookie" not in again.headers


@pytest.mark.parametrize("path", INSIDE)
def test_back_and_reload_show_the_same_after_the_cookies_end_and_after_a_restart(
    make_site: Callable[..., Site], site: Site, words: str, path: str
) -> None:
    enter(site, words)
    cookie = site.browser.get_cookie("visit", path=at("box.show"))
    site.clock.pass_by(minutes=31)
    answers = [site.get(path)]
    after = make_site()
    assert cookie is not None
    after.browser.set_cookie("visit", cookie.value, path=at("box.show"))
    answers.append(after.get(path))
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(303, at("pages.left"))}


def test_the_page_after_a_visit_says_nothing_of_it(site: Site) -> None:
    page = texts(site.get(at("pages.left")).text).lower()
    assert not [word for word in ("box", "words", "letter", "visit", "sent") if word in page]


@pytest.mark.parametrize("cookie", ["", "x", "AAAA", "é", "A" * 3000])
def test_a_cookie_that_we_did_not_seal_is_no_visit(site: Site, cookie: str) -> None:
    site.browser.set_cookie("visit", cookie, path=at("box.show"))
    assert site.get(at("box.show")).status_code == 303
    assert site.post(at("box.leave"), []).status_code == 303


def test_a_visit_ends_after_30_minutes_without_a_page(site: Site, words: str) -> None:
    enter(site, words)
    for _ in range(3):
        site.clock.pass_by(minutes=29)
        assert site.get(at("box.show")).status_code == 200
    site.clock.pass_by(minutes=31)
    assert site.get(at("box.show")).status_code == 303


def test_a_visit_ends_after_two_hours_in_any_case(site: Site, words: str) -> None:
    enter(site, words)
    for _ in range(5):
        site.clock.pass_by(minutes=23)
        assert site.get(at("box.show")).status_code == 200
    site.clock.pass_by(minutes=6)
    assert site.get(at("box.show")).status_code == 303


def test_leaving_ends_the_visit_also_for_a_copy_of_its_cookie(site: Site, words: str) -> None:
    enter(site, words)
    copied = site.browser.get_cookie("visit", path=at("box.show"))
    assert copied is not None
    answer = site.post(at("box.leave"), [])
    assert (answer.status_code, answer.headers["Location"]) == (303, at("pages.left"))
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert site.browser.get_cookie("visit", path=at("box.show")) is None
    assert "box" not in texts(site.get(at("pages.left")).text).lower()
    site.browser.set_cookie("visit", copied.value, path=at("box.show"))
    assert site.get(at("box.show")).status_code == 303


def test_leaving_in_one_language_leaves_no_box_open_in_another(make_site: Callable[..., Site]) -> None:
    site = make_site(languages=("en", "fr"))
    source, cover = site.form(), site.form()
    for form in (source, cover):
        site.report(form=form)
    enter(site, cover["codename"])
    site.post(at("box.come_back", "fr"), [("codename", source["codename"])])
    copied = site.browser.get_cookie("visit", path=at("box.show", "fr"))
    assert copied is not None
    enter(site, source["codename"])
    assert site.get(at("box.show", "fr")).status_code == site.get(at("box.show")).status_code == 200
    answer = site.post(at("box.leave"), [])
    assert answer.status_code == 303
    assert sum("Max-Age=0" in one for one in answer.headers.getlist("Set-Cookie")) == 2
    for language in ("en", "fr"):
        assert site.browser.get_cookie("visit", path=at("box.show", language)) is None
        assert site.get(at("box.show", language)).status_code == 303
    site.browser.set_cookie("visit", copied.value, path=at("box.show", "fr"))
    assert site.get(at("box.show", "fr")).status_code == 303, "the server has ended it too"
    enter(site, source["codename"])
    assert site.get(at("box.show")).status_code == 200


def test_a_cookie_that_was_replaced_opens_nothing_after_leaving(site: Site, words: str) -> None:
    enter(site, words)
    first = site.browser.get_cookie("visit", path=at("box.show"))
    assert first is not None
    enter(site, words)
    site.post(at("box.leave"), [])
    site.browser.set_cookie("visit", first.value, path=at("box.show"))
    assert site.get(at("box.show")).status_code == 303


def test_ended_visits_are_forgotten_when_their_cookies_would_have_ended(site: Site, words: str) -> None:
    visits = Visits(site.clock)
    codename = WordList.load().read(words)
    for _ in range(3):
        visits.end(visits.start(codename))
        site.clock.pass_by(hours=2)
    visits.end(visits.start(codename))
    assert len(visits._ended) == 1


def test_a_restart_ends_every_visit(make_site: Callable[..., Site], site: Site, words: str) -> None:
    enter(site, words)
    cookie = site.browser.get_cookie("visit", path=at("box.show"))
    assert cookie is not None
    after = make_site()
    after.browser.set_cookie("visit", cookie.value, path=at("box.show"))
    assert after.get(at("box.show")).status_code == 303


def test_a_text_written_while_the_visit_ended_is_not_lost(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    site.clock.pass_by(minutes=31)
    page = site.post(at("box.add"), [*form.items(), ("message", 'A "long" answer'), ("file", "a.pdf", b"x")])
    assert page.status_code == 403
    assert "Your visit has ended." in page.text
    left_over = hidden_fields(page.text)["message"]
    assert left_over == "A &#34;long&#34; answer"
    wrong = enter(site, "wrong words", message='A "long" answer')
    assert hidden_fields(wrong.text)["message"] == left_over
    page = enter(site, words, message='A "long" answer')
    assert page.status_code == 200
    assert "A &#34;long&#34; answer</textarea>" in page.text
    form = hidden_fields(page.text)
    assert site.post(at("box.add"), [*form.items(), ("message", 'A "long" answer')]).status_code == 303


def test_an_expired_form_in_the_box_comes_back_with_its_text(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    site.clock.pass_by(hours=13)
    enter(site, words)
    page = site.post(at("box.add"), [*form.items(), ("message", "From the other window")])
    assert page.status_code == 409
    assert "From the other window</textarea>" in page.text
    assert hidden_fields(page.text)["token"][:21] == form["token"][:21]


def test_a_form_of_an_earlier_visit_to_the_same_box_is_taken(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    site.post(at("box.leave"), [])
    enter(site, words)
    assert site.post(at("box.add"), [*form.items(), ("message", "From the other window")]).status_code == 303


def test_a_text_for_another_box_is_not_taken_and_comes_back_with_a_warning(site: Site, words: str) -> None:
    enter(site, words)
    form = hidden_fields(site.get(at("box.show")).text)
    other = site.form()
    site.report("the other box", form=other)
    enter(site, other["codename"])
    before = len(site.rows())
    page = site.post(at("box.add"), [*form.items(), ("consent", "un_body"), ("message", "for my box only")])
    assert page.status_code == 409
    assert "written for another box" in page.text
    assert "for my box only</textarea>" in page.text
    assert 'value="un_body" checked' not in page.text
    assert hidden_fields(page.text)["token"][:22] != form["token"][:22]
    assert len(site.rows()) == before


def test_a_mailbox_that_is_gone_ends_the_visit(site: Site, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(site, words)
    monkeypatch.setattr(site.store, "letter", lambda _address: None)
    assert site.get(at("box.show")).status_code == 303


def test_nothing_that_holds_a_secret_prints_it(site: Site, words: str) -> None:
    box = site.app.extensions["khomo"].mailboxes.open(WordList.load().read(words))
    assert isinstance(box, OpenedBox)
    assert words.split(maxsplit=1)[0] not in repr(box)
    assert repr(replace(box)) == "OpenedBox()"
