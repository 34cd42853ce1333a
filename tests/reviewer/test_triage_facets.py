"""What a reviewer says of a case: who, where, when, how far to believe it; undone, found, listed, and gone with it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from reviewer import limits, triage_words
from reviewer.as_json import case_json, details_json
from reviewer.care import FOR_DANGER, ITEMS
from reviewer.case_words import details as details_in_words
from reviewer.cases import Filter, details, history, list_cases
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.search import search
from reviewer.triage import Decision, decide, set_back
from reviewer.values import (
    JUDGED,
    Credibility,
    Disposition,
    Precision,
    Reliability,
    Role,
    Severity,
    Status,
    Urgency,
    shown_status,
)
from reviewer.vault.rows import WordsRow
from reviewer.vault.triage_rows import CareRow, LinkRow, PersonRow
from reviewer.vault.vault import Change
from reviewer.when import check_when, grain
from tests.reviewer.closing import close
from tests.reviewer.organisation import DAY, answered
from tests.reviewer.thief import database_in_the_clear

if TYPE_CHECKING:
    from reviewer.cases import Details
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

ALL: dict[str, Any] = {
    "status": Status.VERIFIED,
    "severity": Severity.HIGH,
    "urgency": Urgency.SOON,
    "category": "COR-01",
    "assignee": "amina",
    "reliability": Reliability.USUALLY,
    "credibility": Credibility.PROBABLE,
    "place": "Old harbour, gate 3",
    "place_precision": Precision.EXACT,
    "when": "2026-10",
    "add_labels": ("water",),
    "add_people": (("accused", "Head of works"), ("victim", "A. B."), ("accused", "Works at the lake")),
    "add_links": (2,),
    "note": "Seen with the map.",
}


@pytest.fixture
def cases(org: Organisation, desk: Vault, carry: Carry) -> Vault:
    """A desk with three cases; in the third somebody is in danger, and a child."""
    org.report("one")
    carry()
    org.report("two")
    carry()
    org.report("three", answers=answered(danger="yes", child="yes"))
    carry()
    return desk


def say(desk: Vault, case: int = 1, **decision: Any) -> list[str]:
    with desk.change() as change:
        return decide(change, case, Decision(**decision))


def undo(desk: Vault, case: int = 1) -> list[str]:
    with desk.change() as change:
        return set_back(change, case)


def look(desk: Vault, case: int = 1) -> Details:
    with desk.look() as rows:
        return details(rows, case)


def listed(desk: Vault, **wish: Any) -> list[int]:
    with desk.look() as rows:
        return sorted(case.id for case in list_cases(rows, Filter(**wish), DAY).cases)


def state(desk: Vault) -> dict[str, Any]:
    """Case 1 as JSON, without what counts acts."""
    return {name: value for name, value in details_json(look(desk)).items() if name != "seen"}


def test_all_that_is_said_is_shown_in_words_listed_and_found(cases: Vault) -> None:
    say(cases, **ALL)
    shown = "\n".join(details_in_words(look(cases)))
    for line in (
        "status verified · disposition open · severity high",
        "urgency: this week",
        "source and what it says: B: usually reliable; 2: probably true",
        "place: Old harbour, gate 3 (exact)",
        "when: about 2026-10",
        "accused: Head of works; Works at the lake",
        "victim: A. B.",
        "linked to: 2",
    ):
        assert line in shown
    said = details_json(look(cases))
    assert said["when"] == {"text": "2026-10", "precision": "about", "grain": "month"}
    assert said["place"] == {"text": "Old harbour, gate 3", "precision": "exact"}
    assert {"role": "victim", "name": "A. B."} in said["people"]
    assert (said["urgency"], said["reliability"], said["links"]) == ("soon", "B", [2])
    wishes: list[dict[str, Any]] = [
        {"status": "verified"}, {"urgency": Urgency.SOON}, {"reliability": "B"}, {"credibility": "2"},
        {"place": "harbour"}, {"when": "2026"}, {"when": "2026-10"}, {"person": "Head of"}, {"role": "victim"},
        {"person": "Head of", "role": "accused"}, {"linked": 2},
    ]  # fmt: skip
    assert [listed(cases, **wish) for wish in wishes] == [[1]] * len(wishes)
    nothing: list[dict[str, Any]] = [
        {"place": "%"}, {"when": "2026-1"}, {"person": "Head of", "role": "victim"}, {"person": "_ead of works"}
    ]  # fmt: skip
    assert [listed(cases, **wish) for wish in nothing] == [[]] * len(nothing)
    with cases.look() as rows:
        assert [(hit.case.id, hit.kind) for query in ("head works", "harbour") for hit in search(rows, query)] == [
            (1, "person"), (1, "place"),
        ]  # fmt: skip
        assert [act.act for act, _values in history(rows, 2)] == ["link"]
    assert look(cases, 2).links == [1]


def test_undo_goes_back_step_by_step_to_where_it_began(cases: Vault) -> None:
    before = state(cases)
    say(cases, **ALL)
    after = state(cases)
    say(cases, severity=Severity.LOW, place="Elsewhere", drop_people=(("victim", "A. B."),), drop_links=(2,))
    assert undo(cases) == ["link 2", "place", "place precision", "severity", "victim A. B."]
    assert state(cases) == after
    assert "note" in undo(cases)
    assert state(cases) == before
    with pytest.raises(ReviewerError, match="Nothing was decided"):
        undo(cases)
    with cases.look() as rows:
        assert [act.act for act, _values in history(rows, 1)] == ["triage", "triage", "set back", "set back"]
        assert search(rows, "head works") == search(rows, "harbour") == search(rows, "map") == []
        assert rows.scalar(select(func.count()).select_from(WordsRow).where(WordsRow.case_id == 1)) == 1
    say(cases, urgency=Urgency.NOW)
    assert undo(cases) == ["urgency"]


def test_an_end_is_set_back_with_its_reason_and_what_was_said_of_the_case_stays(cases: Vault) -> None:
    say(cases, status=Status.UNVERIFIABLE)
    say(cases, status=Status.CLOSED, reason="nothing found")
    found = look(cases).case
    assert (found.status, found.disposition, shown_status(found.status, found.disposition)) == (
        "unverifiable", "closed", "closed",
    )  # fmt: skip
    assert "found to be: unverifiable" in "\n".join(details_in_words(look(cases)))
    assert undo(cases) == ["disposition", "reason"]
    found = look(cases).case
    assert (found.disposition, found.reason) == ("open", None)
    assert shown_status(found.status, found.disposition) == "unverifiable"


def _by(desk: Vault, who: str, case: int = 1, **decision: Any) -> list[str]:
    with desk.change() as change:
        return decide(Change(change.rows, who, change.day), case, Decision(**decision))


def test_of_two_reviewers_the_second_hears_of_the_first_and_undoes_nothing_of_theirs(cases: Vault) -> None:
    say(cases, severity=Severity.LOW)
    seen = look(cases).seen
    _by(cases, "yusuf", severity=Severity.HIGH, note="Worse than it looks.")
    with pytest.raises(ReviewerError, match="yusuf has changed severity of case 1 since you looked"):
        say(cases, severity=Severity.MEDIUM, urgency=Urgency.NOW, seen=seen)
    assert look(cases).case.urgency == Urgency.UNSET
    assert say(cases, urgency=Urgency.NOW, note="Mine.", seen=seen) == ["note", "urgency"]
    assert say(cases, severity=Severity.MEDIUM, seen=look(cases).seen) == ["severity"]
    undo(cases)
    undo(cases)
    _by(cases, "eve", severity=Severity.DANGER)
    undo(cases)
    undo(cases)
    _by(cases, "eve", assignee="eve")
    with cases.change() as change:
        change.rows.get_one(type(look(cases).case), 1).assignee = "somebody"
    with pytest.raises(ReviewerError, match="assignee of case 1 was changed again since eve set it"):
        undo(cases)
    assert look(cases).case.assignee == "somebody"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"when": "2026-02-30"}, "not in the calendar"),
    ({"when": "2026-13"}, "not in the calendar"),
    ({"when": "2026-11-21"}, "has not come yet"),
    ({"when": "2027"}, "has not come yet"),
    ({"when": "1899"}, "before 1900"),
    ({"when": "0000"}, "not in the calendar"),
    ({"when": "2026-1-1"}, "no day, month or year"),
    ({"when": "٢٠٢٦"}, "no day, month or year"),
    ({"when": "2026-10", "when_precision": Precision.UNKNOWN}, "What is unknown has no when"),
    ({"when_precision": Precision.EXACT}, "has no time that could be exact"),
    ({"place_precision": Precision.ABOUT}, "has no place that could be about"),
    ({"place": "x" * (limits.PLACE_CHARACTERS + 1)}, "1 to 200 printable"),
    ({"place": "harbour\u202egate"}, "printable"),
    ({"place": "a\nb"}, "printable"),
    ({"add_people": (("king", "A."),)}, "is no role"),
    ({"drop_people": (("king", "A."),)}, "is no role"),
    ({"add_people": (("victim", " "),)}, "printable"),
    ({"add_people": (("victim", "A\u2066B"),)}, "printable"),
    ({"add_people": (("victim", "x" * (limits.PERSON_CHARACTERS + 1)),)}, "1 to 120"),
    ({"add_people": (("accused", "A; B"),)}, "no semicolon"),
    ({"add_people": tuple(("other", f"P {n}") for n in range(limits.PEOPLE_A_CASE + 1))}, "at most 200 people"),
    ({"add_links": (1,)}, "cannot be linked to itself"),
    ({"add_links": (99,)}, "There is no case 99"),
    ({"done_care": ("safe-now",)}, "Nobody is in danger in case 1"),
    ({"status": Status.FORWARDED}, "forwarded by forwarding it"),
    ({"status": Status.CLOSED}, "with a reason"),
    ({"status": Status.CLOSED, "disposition": Disposition.SPAM}, "cannot be closed and spam at once"),
]


def test_what_cannot_be_is_refused_and_changes_nothing(cases: Vault) -> None:
    before = state(cases)
    for decision, what in REFUSED:
        with pytest.raises(ReviewerError, match=what):
            say(cases, **{"severity": Severity.LOW} | decision)
        assert state(cases) == before, decision
    assert say(cases, when=" 2026\n") == ["when", "when precision"]


def test_a_place_or_time_that_nobody_knows_is_said_to_be_unknown(cases: Vault) -> None:
    say(cases, place="Gate 3", when="2026-10-02", when_precision=Precision.EXACT)
    assert say(cases, place_precision=Precision.UNKNOWN, when_precision=Precision.UNKNOWN) == [
        "place", "place precision", "when", "when precision",
    ]  # fmt: skip
    assert "place: asked, and not known" in "\n".join(details_in_words(look(cases)))
    assert say(cases, place="", when="") == ["place precision", "when precision"]
    assert case_json(look(cases).case)["when"] == {"text": None, "precision": None, "grain": None}


@given(st.text(max_size=12))
def test_whatever_is_typed_as_a_time_is_one_of_the_calendar_or_refused(text: str) -> None:
    with contextlib.suppress(ReviewerError):
        assert grain(check_when(text, DAY)) in {"day", "month", "year"}


def test_a_name_of_any_script_is_kept_once_a_role_and_found_as_others_write_it(cases: Vault) -> None:
    name = "أحمد مُحَمَّد"
    say(cases, add_people=(("witness", name), ("witness", name), ("contact", name)))
    assert [(one.role, one.name) for one in look(cases).people] == [("contact", name), ("witness", name)]
    assert say(cases, add_people=(("witness", name),)) == []
    with cases.look() as rows:
        assert search(rows, "احمد محمد")[0].case.id == 1
    assert listed(cases, person="احمد مح") == listed(cases, person="أَحمد", role="contact") == [1]


def test_the_list_for_danger_follows_from_the_answers_whatever_a_reviewer_makes_of_them(cases: Vault) -> None:
    assert look(cases).care.items == ()
    say(cases, 3, severity=Severity.LOW, drop_labels=("child",))
    assert look(cases, 3).care.items == ITEMS
    say(cases, 3, done_care=("safe-now", "child-trained"))
    _by(cases, "yusuf", 3, done_care=("safe-now", "look-again"))
    assert {(row.item, row.who) for row in look(cases, 3).care.done} == {
        ("safe-now", "amina"), ("child-trained", "amina"), ("look-again", "yusuf"),
    }  # fmt: skip
    shown = "\n".join(details_in_words(look(cases, 3)))
    assert "[x] safe-now: We know whether the person is safe today, and how we know. (amina, 2026-11-20)" in shown
    assert "[ ] second-look:" in shown
    reminded = list(triage_words.reminder(3, look(cases, 3).care))
    assert [line.split(":")[0].strip() for line in reminded[1:-1]] == [
        item for item in ITEMS if item not in {"safe-now", "child-trained", "look-again"}
    ]
    say(cases, 3, undone_care=("safe-now",))
    assert "safe-now" in look(cases, 3).care.open
    undo(cases, 3)
    assert "safe-now" not in look(cases, 3).care.open
    say(cases, severity=Severity.DANGER)
    with pytest.raises(ReviewerError, match="'child-trained' is not on the list of case 1"):
        say(cases, done_care=("child-trained",))
    assert look(cases).care.items == FOR_DANGER
    say(cases, done_care=FOR_DANGER)
    assert list(triage_words.reminder(1, look(cases).care)) == []


def test_every_code_has_its_words() -> None:
    assert all(map(triage_words.reliability, Reliability))
    assert all(map(triage_words.credibility, Credibility))
    assert all(map(triage_words.role, Role))
    assert len(set(map(triage_words.item, ITEMS))) == len(ITEMS)
    assert [triage_words.urgency(one) for one in Urgency] == ["", "can wait", "this week", "today"]
    assert all(Urgency.parse(one.word) is one for one in Urgency)
    assert {status.disposition for status in JUDGED} == {Disposition.OPEN}
    assert {status.value: status.disposition.value for status in Status if status not in JUDGED} == {
        "forwarded": "forwarded", "closed": "closed",
    }  # fmt: skip


def test_nothing_that_was_said_of_a_case_outlives_it(cases: Vault) -> None:
    said = ALL | {
        "place": "placecanary",
        "add_labels": ("labelcanary",),
        "add_people": (("accused", "accusedcanary"),),
        "add_links": (3,),
    }
    say(cases, **said)
    say(cases, severity=Severity.DANGER, drop_people=(("accused", "accusedcanary"),))
    say(cases, add_people=(("victim", "victimcanary"),), done_care=("safe-now",))
    close(cases)
    assert all(word in database_in_the_clear(cases) for word in (b"placecanary", b"accusedcanary", b"victimcanary"))
    destroy_case(cases, 1)
    assert b"canary" not in database_in_the_clear(cases)
    with cases.look() as rows:
        for table in (PersonRow, LinkRow, CareRow):
            assert rows.scalar(select(func.count()).select_from(table)) == 0
    assert look(cases, 3).links == []
