"""Letters that are written already: every language has all of them, and none says more than is so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from intake.language_states import LANGUAGES
from keys.sealing.letter import EntryKind, Outcome
from keys.sealing.letter_entry import Entry
from keys.sealing.limits import LETTER_TEXT_BYTES
from keys.sealing.submission import Audience
from reviewer import letter_words
from reviewer.cautions import _runs_of_words, _shaped, _Text
from reviewer.errors import ReviewerError
from reviewer.letter_templates import BLANKS, Choice, blanks, fill, languages, mark_of, names
from reviewer.trust import public_bundle
from reviewer.vault.log_rows import ForwardRow, PackageRow
from reviewer.vault.rows import CaseRow
from tests.readability import grade
from tests.reviewer.organisation import DAY, Source

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation

ENGLISH = languages()["en"]
EACH = pytest.mark.parametrize("code", languages())
NEVER = (
    r"(?i)\b(you are safe|we protect|we promise|nobody will|will never|anonymous|guarantee|within \d|we will write)\b"
)
ROOM = LETTER_TEXT_BYTES // 8
"""Of a letter: so many of our own fit into one beside each other."""


@pytest.fixture
def case(org: Organisation, desk: Vault, carry: Carry) -> int:
    org.report("text", mailbox=Source().slip, language="ar")
    carry()
    return 1


def test_the_languages_are_those_of_the_pages_and_as_far() -> None:
    assert {code: (one.draft, one.checking) for code, one in languages().items()} == {
        code: (one.draft, one.checking.value) for code, one in LANGUAGES.items()
    }


@EACH
def test_no_template_lacks_a_language_or_a_blank_and_none_is_older_than_the_english(code: str) -> None:
    one = languages()[code]
    assert tuple(one.texts) == names()
    assert {name: blanks(text) for name, text in one.texts.items()} == {
        name: blanks(text) for name, text in ENGLISH.texts.items()
    }
    if code != "en":
        marks = {name: mark_of(text) for name, text in ENGLISH.texts.items()}
        assert one.of == marks, "the English changed: translate anew, then put its mark into `of`"
        assert not set(one.texts.values()) & set(ENGLISH.texts.values())
    assert set(one.audiences) == {audience.value for audience in Audience}
    assert set(one.outcomes) == {outcome.value for outcome in Outcome}
    assert all([*one.audiences.values(), *one.outcomes.values()])


@EACH
def test_each_fits_a_letter_and_holds_nothing_that_a_letter_must_not(code: str) -> None:
    for text in languages()[code].texts.values():
        assert blanks(text) <= BLANKS
        filled = text.format_map(dict.fromkeys(BLANKS, "14"))
        assert len(filled.encode()) < ROOM
        assert Entry(EntryKind.REPLY, "2026-W47", filled).text == filled
        assert not [*_shaped(_Text.of(filled)), *_runs_of_words(filled)]


def test_they_are_easy_to_read_and_promise_nothing_that_we_cannot_keep() -> None:
    for text in ENGLISH.texts.values():
        assert grade(text.format_map(dict.fromkeys(BLANKS, "a lawyer"))) <= 8
        assert not re.search(NEVER, text)


def test_every_template_says_to_the_reviewer_what_it_is_for() -> None:
    assert all(letter_words.template(name) != name for name in names())


def test_it_is_in_the_language_of_the_report_or_the_one_that_is_asked_for(desk: Vault, case: int) -> None:
    with desk.look() as rows:
        arabic, russian = fill(rows, case, Choice("received")), fill(rows, case, Choice("received", "ru", days=30))
        organisation = public_bundle(rows).organisation
        rows.get_one(CaseRow, case).language = "de"
        other = fill(rows, case, Choice("received"))
    assert (arabic.language.code, russian.language.code, other.language.code, other.wanted) == ("ar", "ru", "en", "de")
    assert organisation in arabic.text
    assert "30" in russian.text
    assert "14" in other.text


def test_only_a_question_asks_for_an_answer(desk: Vault, case: int) -> None:
    with desk.look() as rows:
        asking = {name for name in ("received", "more-facts", "thanks") if fill(rows, case, Choice(name)).question}
    assert asking == {"more-facts"}


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        (Choice("received", days=1), "2 to 90 days"),
        (Choice("received", "xx"), "in the language 'xx'"),
        (Choice("{0.__class__}"), "no template"),
        (Choice("forwarded"), "gone to nobody"),
        (Choice("closed"), "not closed"),
    ],
)
def test_what_is_not_so_or_not_there_is_refused(desk: Vault, case: int, choice: Choice, problem: str) -> None:
    with desk.look() as rows, pytest.raises(ReviewerError, match=problem):
        fill(rows, case, choice)


def test_what_came_of_it_is_said_once(desk: Vault, case: int) -> None:
    spanish = Choice("closed", "es")
    with desk.look() as rows:
        before = fill(rows, case, replace(spanish, outcome=Outcome.NOT_OURS)).text
        row = rows.scalars(select(CaseRow)).one()
        row.disposition, row.outcome = "closed", Outcome.NOT_OURS.value
        after = fill(rows, case, spanish).text
        assert before == after
        with pytest.raises(ReviewerError, match="would read two"):
            fill(rows, case, replace(spanish, outcome=Outcome.UPHELD))
        row.outcome = None
        assert languages()["es"].outcomes["cannot-tell"] in fill(rows, case, spanish).text


def test_it_names_kinds_of_those_to_whom_the_case_went_and_nobody_by_name(desk: Vault, case: int, lead: Lead) -> None:
    with desk.look() as rows:
        forward = ForwardRow(
            **dict.fromkeys(("record", "leaf", "custody"), b""), **dict.fromkeys(("values", "against", "told"), ""),
            case_id=case, purpose="case", day=DAY, parts=1, complete=True,
        )  # fmt: skip
        rows.add(forward)
        rows.flush()
        rows.add(PackageRow(forward_id=forward.id, lead="anna", key="", withheld=""))
        with pytest.raises(ReviewerError, match="gone to nobody"):
            fill(rows, case, Choice("forwarded"))
        forward.leaf_number = 7
        text = fill(rows, case, Choice("forwarded", "es")).text
    assert f"- {languages()['es'].audiences['leads']}\n" in text
    assert "anna" not in text.casefold()


def test_a_name_of_the_organisation_that_looks_like_a_blank_stays_as_it_is(
    desk: Vault, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.look() as rows:
        odd = replace(public_bundle(rows), organisation="{days} {0.__class__} & co")
        monkeypatch.setattr("reviewer.letter_templates.public_bundle", lambda _rows: odd)
        assert "{days} {0.__class__} & co" in fill(rows, case, Choice("received", "en")).text
