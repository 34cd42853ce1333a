"""What was filled in becomes answers; nothing that was typed is lost, and nothing makes the reader fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.form.answering import PREFIX, Filled, Words, names_of, parts_of, read_filled
from intake.form.model import Form, Kind
from intake.form.reader import parse_form
from keys.sealing.answers import Chosen, answers_to_json
from tests.keys.sealing.reading_answers import answers_from_json

FORM = """\
version = 1
languages = ["en"]
[[section]]
id = "all"
title = "All"
page = "next"
""" + "".join(
    f'[[section.field]]\nid = "{kind}"\ntype = "{kind}"\nlabel = "{kind}?"\n'
    + ('vocabulary = ["COR"]\n' if kind in {Kind.CHOICE, Kind.CHOICES} else "")
    + ('countries = ["MW"]\n' if kind is Kind.PLACE else "")
    for kind in Kind
)
WORDS = Words(lambda texts: texts["en"], {"yes": "Yes", "no": "No", "unknown": "?"}, {"MW": "Malawi"}.__getitem__)


@pytest.fixture(scope="module")
def form() -> Form:
    return parse_form(FORM, Path("form.toml"))


def filled(form: Form, **typed: str | tuple[str, ...]) -> Filled:
    named = {PREFIX + name.replace("__", "-"): (one,) if isinstance(one, str) else one for name, one in typed.items()}
    return read_filled(form.sections, named, WORDS)


def given_of(form: Form, kind: Kind, **typed: str | tuple[str, ...]) -> Any:
    answer = filled(form, **typed).answers.get(kind)
    return answer and answer.given


@pytest.mark.parametrize(
    ("year", "month", "day", "said"),
    [("2026", "11", "20", "2026-11-20"), ("2026", "2", "", "2026-02"), ("1999", "", "", "1999"), ("", "", "", None),
     ("2026", "2", "30", "2026 2 30"), ("2026", "March", "", "2026 March"), ("", "3", "4", "3 4"),
     ("12", "", "7", "12 7"), ("99999", "1", "1", "99999 1 1"), ("\u0662\u0660\u0662\u0666", "\u0661", "", "2026-01")],
)  # fmt: skip
def test_a_date_is_as_precise_as_it_was_given_and_otherwise_as_typed(
    form: Form, year: str, month: str, day: str, said: str | None
) -> None:
    assert given_of(form, Kind.DATE, date__year=year, date__month=month, date__day=day) == said


def test_a_date_can_be_unknown_and_what_was_typed_counts_more(form: Form) -> None:
    assert given_of(form, Kind.DATE, date="unknown") == "unknown"
    assert given_of(form, Kind.DATE, date="unknown", date__year="2020") == "2020"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("12", 12), (" 1,200 ", 1200), ("1 200 000", 1_200_000), ("-5", -5), ("about 12", "about 12"), ("1.5", "1.5"),
     ("9" * 15, int("9" * 15)), ("9" * 16, "9" * 16), ("", None), ("1,20", "1,20"),
     ("\u0661\u066c\u0662\u0660\u0660", 1200)],
)  # fmt: skip
def test_a_number_is_a_number_where_it_is_one(form: Form, typed: str, said: object) -> None:
    assert given_of(form, Kind.NUMBER, number=typed) == said


def test_a_place_has_what_was_given_of_it(form: Form) -> None:
    assert given_of(form, Kind.PLACE, place="MW", place__region="Lake") == (
        Chosen("MW", "Malawi"),
        Chosen("region", "Lake"),
    )
    assert given_of(form, Kind.PLACE, place="Atlantis") == (Chosen("country", "Atlantis"),)
    assert given_of(form, Kind.PLACE, place__region="Lake") == (Chosen("region", "Lake"),)
    assert given_of(form, Kind.PLACE, place="", place__region=" ") is None


def test_choices_are_those_of_the_form_and_others_are_kept_by_their_code(form: Form) -> None:
    found = filled(form, choices=("COR-02", "COR-01", "COR-02", "gone", "no code!"), yes_no="no")
    assert found.chosen == {"choices": ("COR-02", "COR-01"), "yes_no": ("no",)}
    said = found.answers["choices"].given
    assert isinstance(said, tuple)
    assert [one.code for one in said] == ["COR-02", "COR-01", "gone"]
    assert not found.in_words


def test_texts_are_in_words_and_hold_nothing_that_a_screen_obeys(form: Form) -> None:
    found = filled(form, short_text=" a\nb\x1b ", long_text="a\r\nb\u202e\n")
    assert found.answers["short_text"].given == "a b\ufffd"
    assert found.answers["long_text"].given == "a\nb\ufffd"
    assert found.in_words


def test_what_is_required_and_open_is_named() -> None:
    form = parse_form(FORM.replace('type = "number"\n', 'type = "number"\nrequired = true\n'), Path("form.toml"))
    assert filled(form).missing == {"number"}
    assert filled(form, number="none").missing == frozenset()


def test_every_input_of_a_question_is_a_part_that_the_server_lets_in(form: Form) -> None:
    parts = {name: (names_of(one), parts_of(one)) for name, one in form.fields.items()}
    assert parts["date"] == (("q_date", "q_date-year", "q_date-month", "q_date-day"), 4)
    assert parts["place"] == (("q_place", "q_place-region"), 2)
    assert parts["choices"] == (("q_choices",), len(form.fields["choices"].choices))
    assert parts["short_text"] == (("q_short_text",), 1)


names = st.sampled_from([f"q_{kind}{suffix}" for kind in Kind for suffix in ("", "-year", "-month", "-day", "-region")])
typed = st.dictionaries(
    names | st.text(max_size=8).map(PREFIX.__add__),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(["yes", "COR-01", "MW", "2026"]),
             min_size=1, max_size=3).map(tuple),
    max_size=8,
)  # fmt: skip


@given(typed)
def test_whatever_is_sent_becomes_answers_that_can_be_sealed(typed: dict[str, tuple[str, ...]]) -> None:
    form = parse_form(FORM, Path("form.toml"))
    found = read_filled(form.sections, typed, WORDS)
    sealed = answers_to_json(found.answers)
    assert answers_from_json(sealed) == found.answers
    assert found.typed == typed
