"""What a source does in the mailbox, inside a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.answers import FIELD_ID, Answer, Chosen, answer_from_json, answers_to_json, check_answers
from keys.sealing.errors import FormatError
from keys.sealing.followup import Act, Asked, Followup, Rating, form_answers

if TYPE_CHECKING:
    from keys.sealing.answers import Answers

QUESTION = "0a" * 16
OF_FORM = answers_to_json({"where": Answer("Where was it?", "at the river")})

followups = st.one_of(
    st.sampled_from([Act.ADDITION, Act.CONSENT, Act.WRITE_OFF]).map(Followup),
    st.binary(min_size=16, max_size=16).map(lambda name: Followup(Act.ANSWER, name.hex())),
    st.dictionaries(st.sampled_from(Asked), st.sampled_from(Rating)).map(lambda said: Followup(Act.OPINION, "", said)),
)


def chosen(code: str) -> Answer:
    return Answer("What?", (Chosen(code, code),))


@given(followups)
def test_any_followup_comes_back_out_of_the_row_and_beside_the_answers_of_a_form(followup: Followup) -> None:
    said = followup.to_answers()
    answers = check_answers(OF_FORM | said)
    assert Followup.from_answers(answers) == followup
    assert form_answers(answers) == OF_FORM
    assert all(FIELD_ID.fullmatch(name) for name in said)


def test_a_row_of_a_form_is_no_followup() -> None:
    assert Followup.from_answers(OF_FORM) is None
    assert Followup.from_answers({}) is None


def test_a_followup_is_understood_in_words_by_a_desk_that_does_not_know_it() -> None:
    followup = Followup(Act.OPINION, ratings={Asked.EASY: Rating.PARTLY})
    act, easy = map(answer_from_json, followup.to_answers().values())
    assert act == Answer("What the source does", (Chosen("opinion", "says what the service was like"),))
    assert easy == Answer("Was it easy to use?", (Chosen("partly", "partly"),))


@pytest.mark.parametrize(
    "answers",
    [
        {"khomo_act": chosen("explode")},
        {"khomo_act": Answer("What?", "addition")},
        {"khomo_act": Answer("What?", ())},
        {"khomo_act": Answer("What?", (Chosen("addition", ""), Chosen("consent", "")))},
        {"khomo_question": Answer("Which?", QUESTION)},
        {"khomo_act": chosen("answer")},
        {"khomo_act": chosen("answer"), "khomo_question": Answer("Which?", "the first one")},
        {"khomo_act": chosen("answer"), "khomo_question": Answer("Which?", QUESTION.upper())},
        {"khomo_act": chosen("answer"), "khomo_question": Answer("Which?", 7)},
        {"khomo_act": chosen("addition"), "khomo_question": Answer("Which?", QUESTION)},
        {"khomo_act": chosen("consent"), "khomo_opinion_easy": chosen("yes")},
        {"khomo_act": chosen("opinion"), "khomo_opinion_easy": chosen("very")},
        {"khomo_act": chosen("opinion"), "khomo_opinion_price": chosen("yes")},
        {"khomo_act": chosen("addition"), "khomo_later": chosen("yes")},
    ],
)
def test_what_this_version_does_not_know_is_refused(answers: Answers) -> None:
    with pytest.raises(FormatError):
        Followup.from_answers(answers_to_json(answers))


@pytest.mark.parametrize(
    "values",
    [
        {"act": Act.ANSWER},
        {"act": Act.ANSWER, "question": "0a"},
        {"act": Act.ADDITION, "question": QUESTION},
        {"act": Act.CONSENT, "ratings": {Asked.EASY: Rating.NO}},
    ],
)
def test_a_followup_that_contradicts_itself_is_not_made(values: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        Followup(**values)  # type: ignore[arg-type]  # as a hostile row would
