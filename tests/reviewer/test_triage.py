from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from reviewer.cases import Filter, details, get_case, history, list_cases
from reviewer.errors import ReviewerError
from reviewer.triage import Decision, decide
from reviewer.values import Disposition, Severity, Status
from reviewer.vault.rows import CaseRow
from reviewer.vocabulary import categories, check_category
from tests.reviewer.organisation import answered

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


def _decide(desk: Vault, case: int, **decision: object) -> list[str]:
    with desk.change() as change:
        return decide(change, case, Decision(**decision))  # type: ignore[arg-type]


@pytest.fixture
def case(org: Organisation, carry: Carry) -> int:
    org.report("text")
    carry()
    return 1


def test_a_decision_changes_what_it_names_and_stands_in_the_history(desk: Vault, case: int) -> None:
    changed = _decide(
        desk, case, status=Status.ASSESSING, severity=Severity.HIGH, category="cor-01", assignee="amina",
        add_labels=("water", "water"), note="Ask for dates.",
    )  # fmt: skip
    assert changed == ["assignee", "category", "label water", "note", "severity", "status"]
    with desk.look() as rows:
        found = details(rows, case)
        act, values = history(rows, case)[-1]
    assert (found.case.status, found.case.severity, found.case.category) == ("assessing", Severity.HIGH, "COR-01")
    assert (found.labels, [note.text for note in found.notes]) == (["water"], ["Ask for dates."])
    assert (act.act, act.who) == ("triage", "amina")
    assert {value.field: (value.before, value.after) for value in values} == {
        "assignee": (None, "amina"),
        "category": (None, "COR-01"),
        "label water": (None, "water"),
        "note": (None, "Ask for dates."),
        "severity": ("unset", "high"),
        "status": ("new", "assessing"),
    }


def test_what_is_the_same_already_is_no_act(desk: Vault, case: int) -> None:
    assert _decide(desk, case, status=Status.NEW, drop_labels=("none",)) == []
    with desk.look() as rows:
        assert history(rows, case) == []


def test_an_empty_text_clears_a_value_and_labels_go(desk: Vault, case: int) -> None:
    _decide(desk, case, category="COR-01", assignee="amina", add_labels=("water",))
    assert _decide(desk, case, category="", assignee="", drop_labels=("water",)) == [
        "assignee", "category", "label water",
    ]  # fmt: skip
    with desk.look() as rows:
        found = details(rows, case)
    assert (found.case.category, found.case.assignee, found.labels) == (None, None, [])


@pytest.mark.parametrize(
    ("decision", "what"),
    [
        ({"category": "ZZZ-99"}, "not a category"),
        ({"category": "bribery"}, "Did you mean COR-01"),
        ({"assignee": "a\x1bb"}, "printable"),
        ({"add_labels": ("",)}, "printable"),
        ({"add_labels": ("x" * 65,)}, "64"),
        ({"note": " "}, "A note has"),
        ({"disposition": Disposition.DECOY}, "cannot be 'decoy'"),
        ({"disposition": Disposition.FORWARDED}, "khomo-reviewer forward"),
        ({"disposition": Disposition.CLOSED}, "with a reason"),
        ({"disposition": Disposition.CLOSED, "reason": "é" * 101}, "200 bytes"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    desk: Vault, case: int, decision: dict[str, object], what: str
) -> None:
    with pytest.raises(ReviewerError, match=what):
        _decide(desk, case, **decision)


def test_a_case_is_closed_with_a_reason(desk: Vault, case: int) -> None:
    _decide(desk, case, disposition=Disposition.CLOSED, reason="outside our mandate")
    with desk.look() as rows:
        found = get_case(rows, case)
        assert (found.disposition, found.reason) == ("closed", "outside our mandate")


def test_labels_and_names_may_be_of_any_script(desk: Vault, case: int) -> None:
    label = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert _decide(desk, case, add_labels=(label,), assignee="Zo\u00eb\u00a0B.") == ["assignee", f"label {label}"]


def test_an_unknown_case_says_where_to_look(desk: Vault) -> None:
    with pytest.raises(ReviewerError, match="There is no case 99"):
        _decide(desk, 99)


def test_the_vocabulary_is_the_coalition_s() -> None:
    assert len(categories()) == 29
    assert categories()["COR-01"] == "Bribery of national public official"
    assert check_category("oth-00") == "OTH-00"


def test_a_case_that_ended_is_listed_last_and_found_by_how_it_ended(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    for number in range(3):
        org.report(f"text {number}", answers=answered(danger="yes") if number == 2 else {})
    carry()
    with desk.look() as rows:
        danger, other, spam = (case.id for case in list_cases(rows, Filter()).cases)
    _decide(desk, danger, disposition=Disposition.CLOSED, reason="outside our mandate")
    _decide(desk, spam, disposition=Disposition.SPAM)

    def listed(status: str | None) -> list[int]:
        with desk.look() as rows:
            return [case.id for case in list_cases(rows, Filter(status=status)).cases]

    assert listed(None) == [other, danger, spam]
    assert (listed("closed"), listed("spam"), listed("new")) == ([danger], [spam], [other])


def test_lists_filter_and_put_danger_first(org: Organisation, desk: Vault, carry: Carry) -> None:
    for number in range(4):
        org.report(f"text {number}", answers=answered(danger="yes") if number == 2 else {})
    carry()
    with desk.look() as rows:
        first = list_cases(rows, Filter()).cases[0]
    assert first.severity == Severity.DANGER
    wish = {"status": Status.ASSESSING, "severity": Severity.LOW, "category": "COR-02", "assignee": "yusuf"}
    _decide(desk, 1, **wish, add_labels=("x",))
    with desk.change() as change:
        change.rows.scalars(select(CaseRow).where(CaseRow.id == 1)).one().unread = False
    wishes = [
        Filter(status="assessing"), Filter(severity=Severity.LOW), Filter(assignee="yusuf"), Filter(category="COR-02"),
        Filter(label="x"),
    ]  # fmt: skip
    with desk.look() as rows:
        assert [[case.id for case in list_cases(rows, wish).cases] for wish in wishes] == [[1]] * 5
        assert list_cases(rows, Filter(unread=True)).total == 3
        assert list_cases(rows, Filter(page=2)).cases == []
        assert list_cases(rows, Filter()).pages == 1
        orders = [case.severity for case in list_cases(rows, Filter()).cases]
    assert orders == sorted(orders, reverse=True)
