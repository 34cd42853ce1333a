"""What a source does in the box beside writing: answers, consent, an opinion, a proof to save, giving the box up."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from intake.source.news import NEWS_BYTES, News
from intake.source.reception import Received
from intake.store import StoreFull
from keys.sealing.age import HYBRID_HEADER_BYTES
from keys.sealing.filing_proof import FilingProof, make_filing_proof, open_filing_proof
from keys.sealing.followup import Act, Asked, Followup, Rating
from keys.sealing.letter import Allowed, CaseState, Entry, EntryKind, Outcome, blank_letter
from keys.sealing.limits import SMALLEST_CLASS
from keys.sealing.submission import Audience, Consent, Part, SubmittedFile
from tests.intake.source.conftest import hidden_fields, texts
from tests.intake.source.test_box import (
    QUESTION,
    WHEN,
    box_with,
    enter,
    in_order,
    keys_of,
    put_letter,
)
from tests.intake.world import at

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from keys.sealing.notes import SigningKey
    from tests.intake.source.conftest import Row, Site


LEADS = Allowed(frozenset({Audience.LEADS}))


def token_in(page: str) -> dict[str, str]:
    return {"token": hidden_fields(page)["token"]}


def box(site: Site, words: str) -> dict[str, str]:
    """Open the box and return the token of its forms."""
    enter(site, words)
    return token_in(site.get(at("box.show")).text)


def send(
    site: Site, page: str, *parts: tuple[str, str] | tuple[str, str, bytes], token: dict[str, str]
) -> TestResponse:
    return site.post(at(page), [*token.items(), *parts])


def added(site: Site) -> list[Row]:
    return [row for row in site.rows() if row.submission.part is Part.FOLLOWUP]


def said(row: Row) -> Followup | None:
    return Followup.from_answers(row.submission.answers)


def done(site: Site, answer: TestResponse) -> str:
    """Follow to the page that says what was taken in."""
    assert (answer.status_code, answer.headers["Location"]) == (303, at("box.done")), answer.text
    return texts(site.get(at("box.done")).text)


# Answers.


def test_an_answer_says_inside_its_row_which_question_it_is_for(site: Site, words: str) -> None:
    put_letter(site, words, QUESTION, WHEN, state=CaseState.QUESTION, allowed=LEADS)
    token = box(site, words)
    parts: list[Any] = [("question", WHEN.question), ("message", "In May."), ("file", "b.pdf", b"two")]
    assert "your message b.pdf (3 bytes)" in done(site, send(site, "box.add", *parts, token=token))
    text, file = added(site)
    assert (text.message, file.files) == (b"In May.", [b"two"])
    assert said(text) == said(file) == Followup(Act.ANSWER, WHEN.question)
    assert text.submission.consent == Consent(frozenset({Audience.LEADS}))


def test_two_answers_from_one_page_are_two_rows_and_each_sent_twice_is_one(site: Site, words: str) -> None:
    put_letter(site, words, QUESTION, WHEN, state=CaseState.QUESTION)
    token = box(site, words)
    for _ in range(2):
        for question in (QUESTION, WHEN):
            done(
                site, send(site, "box.add", ("question", question.question), ("message", "I do not know."), token=token)
            )
    assert sorted(str(said(row) and said(row).question) for row in added(site)) == ["0a" * 16, "0b" * 16]  # type: ignore[union-attr]


def test_something_added_is_no_answer_and_says_nothing_of_consent(site: Site, words: str) -> None:
    token = box(site, words)
    done(site, send(site, "box.add", ("message", "More."), ("consent", "un_body"), token=token))
    [row] = added(site)
    assert said(row) == Followup()
    assert row.submission.consent == Consent(frozenset())


def test_a_file_that_is_refused_is_named_and_loses_only_itself(site: Site, words: str) -> None:
    token = box(site, words)
    files = [("file", "a.pdf", b"one"), ("sealed", "b.age", b"no age file")]
    page = send(site, "box.add", ("message", "More."), *files, token=token)
    assert page.status_code == 422
    assert "Not taken: b.age" in texts(page.text)
    assert "your message a.pdf (3 bytes)" in texts(page.text)
    assert "The other files are not here." not in page.text
    assert [(row.message, row.files) for row in added(site)] == [(b"More.", []), (None, [b"one"])]


@pytest.mark.parametrize("question", ["0a", "0A" * 16, "nonsense"])
def test_an_answer_to_what_is_no_question_is_refused_and_nothing_is_stored(
    site: Site, words: str, question: str
) -> None:
    token = box(site, words)
    answer = send(site, "box.add", ("question", question), ("message", "More."), token=token)
    assert answer.status_code == 400
    assert added(site) == []


def test_an_answer_that_cannot_be_taken_comes_back_under_its_question(
    site: Site, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_letter(site, words, QUESTION, WHEN, state=CaseState.QUESTION)
    token = box(site, words)
    site.clock.pass_by(hours=13)
    enter(site, words)
    page = send(site, "box.add", ("question", QUESTION.question), ("message", "The <treasurer>."), token=token)
    assert page.status_code == 409
    form = next(form for form in page.text.split("<form") if QUESTION.question in form)
    assert "The &lt;treasurer&gt;.</textarea>" in form
    assert page.text.count("The &lt;treasurer&gt;.") == 1
    assert '<a href="#answer-1">' in page.text
    assert 'id="answer-1"' in form


def test_an_answer_to_a_question_that_is_gone_comes_back_in_the_general_form(site: Site, words: str) -> None:
    put_letter(site, words, QUESTION, state=CaseState.QUESTION)
    token = box(site, words)
    site.clock.pass_by(hours=13)
    put_letter(site, words, replace(QUESTION, answered=True))
    enter(site, words)
    page = send(site, "box.add", ("question", QUESTION.question), ("message", "The treasurer."), token=token)
    assert "The treasurer.</textarea>" in page.text


# Consent.


def test_the_box_shows_who_may_see_the_case_and_what_was_changed_when(site: Site, words: str) -> None:
    change = Entry(
        EntryKind.CONSENT, "2026-W50", "", audiences=frozenset({Audience.LAWYER, Audience.UN_BODY}), originals=True
    )
    page = box_with(site, words, CaseState.READING, change, allowed=Allowed(change.audiences, originals=True))
    assert "Besides our reviewers: A lawyer A body of the United Nations Files may go on as they came." in texts(page)
    assert (
        "What you changed A lawyer A body of the United Nations Files may go on as they came. week of December 7, 2026"
        in texts(page)
    )
    ticked = re.findall(r'value="(\w+)" checked', page)
    assert ticked == ["lawyer", "un_body", "yes"]


def test_nobody_is_said_as_such(site: Site, words: str) -> None:
    page = texts(box_with(site, words, CaseState.READING, allowed=Allowed()))
    assert "Besides our reviewers: Nobody but our reviewers" in page


def test_before_the_desk_has_opened_it_the_box_claims_nothing_of_consent(site: Site, words: str) -> None:
    enter(site, words)
    page = site.get(at("box.show")).text
    assert "Our desk keeps to what you chose when you wrote to us." in texts(page)
    assert " checked" not in page


@pytest.mark.parametrize(
    ("ticked", "consent"),
    [
        ([], Consent(frozenset())),
        ([("consent", "lawyer"), ("consent", "un_body")], Consent(frozenset({Audience.LAWYER, Audience.UN_BODY}))),
        ([("consent", "leads"), ("originals", "yes")], Consent(frozenset({Audience.LEADS}), originals=True)),
    ],
)
def test_a_new_consent_is_a_row_that_says_so(site: Site, words: str, ticked: list[Any], consent: Consent) -> None:
    token = box(site, words)
    assert "your wish who may see it" in done(site, send(site, "acts.consent", *ticked, token=token))
    [row] = added(site)
    assert (said(row), row.submission.consent, row.message) == (Followup(Act.CONSENT), consent, None)
    assert row.submission.mailbox is not None
    assert row.submission.mailbox.address == keys_of(site, words).address


def test_a_consent_to_somebody_unknown_is_refused(site: Site, words: str) -> None:
    token = box(site, words)
    assert send(site, "acts.consent", ("consent", "police"), token=token).status_code == 400
    assert added(site) == []


# The end of a case.


def test_when_a_case_is_closed_three_questions_about_the_service_may_be_answered(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.CLOSED, outcome=Outcome.UPHELD)
    assert "You need not answer." in page
    assert page.count('type="radio"') == 6
    assert "What should we do better?" in page
    ticked = [("easy", "yes"), ("heard", "partly"), ("message", "Answer\r\nsooner.")]
    assert "what you think of our service" in done(site, send(site, "acts.opinion", *ticked, token=token_in(page)))
    [row] = added(site)
    assert said(row) == Followup(Act.OPINION, ratings={Asked.EASY: Rating.YES, Asked.HEARD: Rating.PARTLY})
    assert row.message == b"Answer\nsooner."
    assert row.submission.consent == Consent(frozenset())


def test_none_of_the_three_need_be_answered(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.CLOSED)
    done(site, send(site, "acts.opinion", ("message", " "), token=token_in(page)))
    assert [(said(row), row.message) for row in added(site)] == [(Followup(Act.OPINION), None)]


@pytest.mark.parametrize("state", [CaseState.RECEIVED, CaseState.READING, CaseState.FORWARDED])
def test_nobody_is_asked_about_the_service_before(site: Site, words: str, state: CaseState) -> None:
    assert "How was it?" not in box_with(site, words, state)


@pytest.mark.parametrize("parts", [[("easy", "very")], [("price", "no")], [("easy", "yes"), ("easy", "no")]])
def test_an_opinion_of_another_shape_is_refused(site: Site, words: str, parts: list[tuple[str, str]]) -> None:
    token = box(site, words)
    assert send(site, "acts.opinion", *parts, token=token).status_code == 400
    assert added(site) == []


def test_an_opinion_that_is_too_long_comes_back(site: Site, words: str) -> None:
    page = box_with(site, words, CaseState.CLOSED)
    again = send(site, "acts.opinion", ("message", "x" * 100_001), token=token_in(page))
    assert (again.status_code, "x" * 100_001 in again.text) == (413, True)


# What may go wrong with any of them.


ACTS = [("acts.consent", ()), ("acts.opinion", ()), ("acts.end", (("sure", "yes"),))]


@pytest.mark.parametrize(("page", "parts"), ACTS)
def test_a_form_that_is_not_ours_or_of_another_box_does_nothing(
    site: Site, words: str, page: str, parts: tuple[tuple[str, str], ...]
) -> None:
    other = site.form()
    site.report("the other box", form=other)
    theirs = box(site, other["codename"])
    site.post(at("box.leave"), [])
    enter(site, words)
    for token in (theirs, {"token": "x"}, {}):
        assert send(site, page, *parts, token=token).status_code == 409
    assert added(site) == []
    assert enter(site, words).status_code == 303


@pytest.mark.parametrize(("page", "parts"), ACTS)
def test_a_form_that_is_too_old_does_nothing(
    site: Site, words: str, page: str, parts: tuple[tuple[str, str], ...]
) -> None:
    token = box(site, words)
    site.clock.pass_by(hours=13)
    enter(site, words)
    assert send(site, page, *parts, token=token).status_code == 409
    assert added(site) == []


@pytest.mark.parametrize(("page", "parts"), ACTS)
def test_without_room_nothing_is_half_done(
    site: Site, words: str, page: str, parts: tuple[tuple[str, str], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = box(site, words)

    def full(_commit: object) -> None:
        raise StoreFull("The disk is full.", "Free space.")

    kinds: list[str] = []
    monkeypatch.setattr(site.store, "commit", full)
    monkeypatch.setattr("intake.source.text_only.note", lambda _environ, kind: kinds.append(kind))
    answer = send(site, page, *parts, token=token)
    assert (answer.status_code, kinds) == (507, ["text-no-space"])
    assert "We have no room right now, not even for text." in answer.text
    assert added(site) == []
    assert enter(site, words).status_code == 303


@pytest.mark.parametrize(("page", "parts"), ACTS)
def test_an_act_whose_visit_ended_asks_for_the_words_first(
    site: Site, words: str, page: str, parts: tuple[tuple[str, str], ...]
) -> None:
    token = box(site, words)
    site.clock.pass_by(minutes=31)
    answer = send(site, page, *parts, token=token)
    assert answer.status_code == 403
    assert "Your visit has ended." in answer.text
    assert added(site) == []


def test_the_same_act_sent_twice_is_one_row(site: Site, words: str) -> None:
    token = box(site, words)
    for _ in range(2):
        done(site, send(site, "acts.consent", ("consent", "lawyer"), token=token))
    done(site, send(site, "acts.consent", token=token))
    assert len(added(site)) == 2


# Giving the box up.


def end(site: Site, words: str) -> TestResponse:
    enter(site, words)
    token = token_in(site.get(at("acts.ask_end")).text)
    return send(site, "acts.end", ("sure", "yes"), token=token)


def test_a_page_says_first_what_giving_the_box_up_means_and_does_nothing(site: Site, words: str) -> None:
    enter(site, words)
    page = texts(site.get(at("acts.ask_end")).text)
    for warning in ("This cannot be undone.", "your words open nothing", "stays with our desk", "that one letter"):
        assert warning in page
    assert added(site) == []
    assert enter(site, words).status_code == 303


def test_it_must_be_said_that_one_is_sure(site: Site, words: str) -> None:
    enter(site, words)
    token = token_in(site.get(at("acts.ask_end")).text)
    page = send(site, "acts.end", token=token)
    assert page.status_code == 422
    assert "Tick the box first if you are sure." in page.text
    assert added(site) == []
    assert site.get(at("box.show")).status_code == 200


def test_a_box_that_was_given_up_is_like_one_that_never_was(site: Site, words: str) -> None:
    never = enter(site, site.form()["codename"])
    answer = end(site, words)
    assert (answer.status_code, answer.headers["Location"]) == (303, at("pages.left"))
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert [said(row) for row in added(site)] == [Followup(Act.WRITE_OFF)]
    again = enter(site, words)
    assert (again.status_code, again.text) == (never.status_code, never.text) == (403, never.text)
    assert site.get(at("box.show")).headers["Location"] == at("pages.left")


def test_a_cookie_from_before_opens_a_box_that_was_given_up_no_more(site: Site, words: str) -> None:
    enter(site, words)
    cookie = site.browser.get_cookie("visit", path=at("box.show"))
    other = site.app.test_client()
    assert cookie is not None
    end(site, words)
    other.set_cookie("visit", cookie.value, path=at("box.show"))
    shown = other.get(at("box.show"), environ_base={"REMOTE_ADDR": site.circuit})
    assert shown.headers["Location"] == at("pages.left")


def test_a_letter_that_was_on_its_way_opens_until_the_desk_has_heard(site: Site, words: str) -> None:
    """Nothing on the disk may tell that the box was given up: so the server cannot hold such a letter back."""
    end(site, words)
    put_letter(site, words, Entry(EntryKind.REPLY, "2026-W48", "written before"))
    assert enter(site, words).status_code == 303
    site.store.replace_letters([(keys_of(site, words).address, blank_letter())])
    assert enter(site, words).status_code == 403


def test_what_was_sent_before_and_the_boxes_of_others_stay(site: Site, words: str) -> None:
    other = site.form()
    site.report("the other box", form=other)
    end(site, words)
    assert {row.message for row in site.rows()} == {b"Hello", b"the other box", None}
    assert enter(site, other["codename"]).status_code == 303


# From outside.


def heads(site: Site) -> set[tuple[int, bytes, int]]:
    found = set()
    for stored in site.store.unacknowledged():
        with site.store.open_blob(stored.id) as blob:
            head = blob.read(HYBRID_HEADER_BYTES)
        found.add((stored.size, head[:40], head.count(b"\n")))
    return found


def test_no_row_shows_what_it_does(site: Site, words: str) -> None:
    put_letter(site, words, QUESTION, state=CaseState.QUESTION)
    token = box(site, words)
    done(site, send(site, "box.add", ("message", "More."), token=token))
    done(site, send(site, "box.add", ("question", QUESTION.question), ("message", "Yes."), token=token))
    done(site, send(site, "acts.consent", token=token))
    done(site, send(site, "acts.opinion", ("easy", "no"), token=token))
    end(site, words)
    assert len(site.rows()) == 6
    assert len(heads(site)) == 1
    [(size, _head, _lines)] = heads(site)
    assert SMALLEST_CLASS < size < SMALLEST_CLASS + 4096


def test_giving_a_box_up_is_stored_as_a_first_report_is(
    site: Site, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row and one letter of one size in one commit: whoever sees that something was stored sees no more."""
    commits: list[tuple[int, list[int]]] = []
    commit = site.store.commit

    def noted(one: Any) -> object:
        commits.append((len(one.rows), [len(letter) for _, letter in (*one.letters, *one.blanks)]))
        return commit(one)

    monkeypatch.setattr(site.store, "commit", noted)
    site.report("a first report")
    end(site, words)
    assert commits[0] == commits[1] == (1, [32 * 1024])


# The proof of filing.


def proof(site: Site, key: SigningKey | None = None) -> Entry:
    text = make_filing_proof(FilingProof("The Open Door", "2026-W47", ("ab" * 32,)), key or site.world.desk_key)
    return Entry(EntryKind.RECEIPT, "2026-W47", "", ("ab" * 32,), text)


def test_a_signed_proof_is_offered_as_a_file_after_a_warning(site: Site, words: str) -> None:
    thanks = Entry(EntryKind.REPLY, "2026-W48", "Thank you.")
    page = box_with(site, words, CaseState.READING, thanks, proof(site))
    address = at("box.proof", place="1")
    assert in_order(page, "Receipts for what you sent", "on your device it is evidence", address)
    saved = site.get(address)
    assert open_filing_proof(saved.data, [site.world.desk_key.verify_key])[0].digests == ("ab" * 32,)
    assert saved.mimetype == "text/plain"
    assert saved.headers["Content-Disposition"] == 'attachment; filename="notes.txt"'
    assert saved.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("place", ["0", "1", "7", "99999999999999999999"])
def test_there_is_no_proof_where_there_is_none(site: Site, words: str, place: str) -> None:
    thanks = Entry(EntryKind.REPLY, "2026-W48", "Thank you.")
    box_with(site, words, CaseState.READING, thanks, Entry(EntryKind.RECEIPT, "2026-W47", "", ("ab" * 32,)))
    assert site.get(at("box.proof", place=place)).status_code == 404


def test_a_proof_that_no_desk_signed_is_not_given(site: Site, words: str) -> None:
    box_with(site, words, CaseState.READING, proof(site, site.world.server_key))
    assert site.get(at("box.proof", place="0")).status_code == 404


def test_before_there_is_a_letter_there_is_no_proof(site: Site, words: str) -> None:
    enter(site, words)
    assert site.get(at("box.proof", place="0")).status_code == 404


# What the next page says.


def test_what_was_taken_in_is_told_after_a_redirect_and_only_then(site: Site, words: str) -> None:
    token = box(site, words)
    assert site.get(at("box.done")).headers["Location"] == at("box.show")
    answer = send(site, "box.add", ("message", "More."), token=token)
    for _reload in range(2):
        assert "We have it" in done(site, answer)
    site.get(at("box.show"))
    assert site.get(at("box.done")).headers["Location"] == at("box.show")


def test_of_very_many_files_the_first_are_told_and_the_others_counted(site: Site, words: str) -> None:
    token = box(site, words)
    files = [("file", f"{number:02}-" + "\u0635" * 80 + ".pdf", b"x") for number in range(50)]
    answer = send(site, "box.add", *files, token=token)
    assert len(answer.headers["Set-Cookie"]) < 4096
    page = done(site, answer)
    told = len(re.findall(r"\d\d-\u0635+…\u0635+\.pdf \(1 byte\)", page))
    assert told > 5
    assert f"and {50 - told} more files" in page


def test_news_come_back_as_they_were() -> None:
    files = [SubmittedFile("", "a.pdf", 7, "ab" * 32)]
    for news in (News(Received("cd" * 32, files)), News(Received(), act=Act.CONSENT)):
        assert News.from_text(news.to_text()) == news
        assert len(news.to_text().encode()) <= NEWS_BYTES
    assert News.from_text("") is None


def test_a_long_name_loses_its_middle_and_keeps_its_end() -> None:
    names = ["x" * 60, "a" * 50 + "-final-version.jpeg", "ص" * 300 + ".pdf"]
    files = [SubmittedFile("", name, 1, "ab" * 32) for name in names]
    news = News.from_text(News(Received(files=files)).to_text())
    assert news is not None
    shown = [file.original_name for file in news.received.files]
    assert shown == ["x" * 60, "a" * 44 + "…al-version.jpeg", "ص" * 44 + "…" + "ص" * 11 + ".pdf"]
    assert max(map(len, shown)) == 60


# Without JavaScript, without a trace.


def test_titles_are_neutral_on_every_page_of_a_visit(site: Site, words: str) -> None:
    put_letter(site, words, QUESTION, proof(site), state=CaseState.CLOSED, outcome=Outcome.UPHELD)
    token = box(site, words)
    pages = [site.get(at("box.show")), site.get(at("acts.ask_end")), send(site, "acts.end", token=token)]
    pages.append(send(site, "box.add", token=token))
    send(site, "acts.consent", token=token)
    pages.append(site.get(at("box.done")))
    pages += [site.get(at("pages.left")), site.get(at("box.come_back")), enter(site, "wrong")]
    titles = {re.findall(r"<title>([^<]*)", page.text)[0] for page in pages}
    assert titles == {"Notes", "Problem – Notes", "Done", "Goodbye", "Come back", "Problem – Come back"}  # noqa: RUF001


def test_no_page_that_one_may_be_made_to_open_tells_of_a_second_box(site: Site, words: str) -> None:
    receipt = site.report("Hello")
    put_letter(site, words, QUESTION, proof(site), state=CaseState.CLOSED, outcome=Outcome.UPHELD)
    enter(site, words)
    pages = [receipt, site.get(at("box.show")), site.get(at("acts.ask_end")), site.get(at("pages.left"))]
    pages += [site.get(at("box.come_back")), site.get(at("pages.landing")), enter(site, "wrong")]
    telling = re.compile(r"second (box|mailbox|one)|another box|two boxes|harmless|forced")
    for page in pages:
        assert not telling.search(texts(page.text).lower())
    assert "second box" in texts(site.get(at("pages.about")).text)
