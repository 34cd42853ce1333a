"""The one vocabulary of forms and desks."""

from __future__ import annotations

from keys.sealing.answers import CODE
from keys.sealing.vocabulary import vocabulary


def test_every_code_can_stand_in_an_answer_and_has_a_label() -> None:
    found = vocabulary()
    assert len(found) == 29
    assert found["COR-01"] == "Bribery of national public official"
    assert all(CODE.fullmatch(code) and label for code, label in found.items())
    assert {code.partition("-")[0] for code in found} == {"COR", "CIV", "OTH"}
