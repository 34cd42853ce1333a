"""Merging and taking it back: everything is kept, nobody is hidden, and no chain or loop comes to be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from keys.sealing.letter import EntryKind
from reviewer.cases import Filter, details, get_case, history, list_cases
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.letters import write_to_source
from reviewer.likeness import limits
from reviewer.likeness.merging import Together, decide_together, folded, merge, merged, unmerge
from reviewer.triage import Decision, decide
from reviewer.values import Disposition, Severity
from reviewer.vault.rows import CaseRow, LabelRow
from tests.reviewer.organisation import DAY, Source, answered

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


@pytest.fixture
def cases(org: Organisation, desk: Vault, carry: Carry, read_all: Callable[[], None]) -> None:
    """Cases 1 to 4, read, without mailboxes."""
    for _ in range(4):
        org.report("text")
    carry()
    read_all()


def _merge(desk: Vault, *numbers: int, into: int, label: str | None = None) -> tuple[int, ...]:
    with desk.change() as change:
        return merge(change, numbers, into, label)


def _listed(desk: Vault, **wish: object) -> list[int]:
    with desk.look() as rows:
        return sorted(case.id for case in list_cases(rows, Filter(**wish), DAY).cases)  # type: ignore[arg-type]


def test_a_merged_case_stands_under_the_other_whole_and_comes_back(desk: Vault, cases: None) -> None:
    with desk.look() as rows:
        before = [message.text for message in details(rows, 2).messages]
    assert _merge(desk, 2, 3, 2, into=1, label="campaign") == (2, 3)
    assert _listed(desk) == [1, 4]
    assert _listed(desk, merged=True) == [1, 2, 3, 4]
    with desk.look() as rows:
        assert folded(rows, [1, 4], DAY) == {1: 2}
        assert (merged(rows, 2).into, [one.id for one in merged(rows, 1).others]) == (1, [2, 3])
        assert [message.text for message in details(rows, 2).messages] == before
        assert sorted(rows.scalars(select(LabelRow.case_id).where(LabelRow.label == "campaign"))) == [1, 2, 3]
    with desk.change() as change:
        assert unmerge(change, [3, 2]) == (3, 2)
    assert _listed(desk) == [1, 2, 3, 4]
    with desk.look() as rows:
        said = [
            (act.act, act.who, act.day, value.field, value.before, value.after)
            for act, values in history(rows, 2)
            for value in values
            if act.act in {"merge", "unmerge"}
        ]
        assert said == [("merge", "amina", DAY, "into", None, "1"), ("unmerge", "amina", DAY, "into", "1", None)]
        assert [act.act for act, _values in history(rows, 1)].count("unmerge") == 2


REFUSED: tuple[tuple[tuple[int, ...], int, str], ...] = (
    ((1,), 1, "not merged into itself"),
    ((3, 99), 4, "There is no case 99"),
    ((3,), 99, "There is no case 99"),
    ((1,), 2, "Case 2 is merged into case 1 itself"),
    ((1,), 3, "Case 1 has 1 merged into it"),
    ((3,), 2, "Case 2 is merged into case 1 itself"),
    ((2,), 1, "merged into case 1 already"),
    ((3, 2), 4, "merged into case 1 already"),
)


def test_chains_loops_and_what_is_not_there_are_refused_and_nothing_changes(desk: Vault, cases: None) -> None:
    _merge(desk, 2, into=1)
    before = _listed(desk)
    for numbers, into, what in REFUSED:
        with pytest.raises(ReviewerError, match=what) as caught:
            _merge(desk, *numbers, into=into, label="x")
        assert caught.value.remedy
        assert _listed(desk) == before
    with desk.look() as rows:
        assert rows.scalars(select(LabelRow)).all() == []


def test_a_wrong_label_or_too_many_at_once_merge_nothing(
    desk: Vault, cases: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ReviewerError, match="printable"):
        _merge(desk, 2, into=1, label="a\x1bb")
    monkeypatch.setattr(limits, "MERGED_AT_ONCE", 1)
    with pytest.raises(ReviewerError, match="At most 1"):
        _merge(desk, 2, 3, into=1)
    assert _listed(desk) == [1, 2, 3, 4]


def test_what_is_not_merged_cannot_be_taken_out(desk: Vault, cases: None) -> None:
    _merge(desk, 2, into=1)
    with pytest.raises(ReviewerError, match="Case 3 is not merged"), desk.change() as change:
        unmerge(change, [2, 3])
    assert _listed(desk) == [1, 3, 4]


def test_nobody_is_hidden_by_merging(
    org: Organisation, desk: Vault, carry: Carry, read_all: Callable[[], None], cases: None
) -> None:
    """A source wants an honest case merged away, and a reviewer is deceived: what the honest one sends is seen."""
    honest = Source()
    org.report("the honest one", mailbox=honest.slip)
    carry()
    _merge(desk, 5, 2, into=1)
    assert _listed(desk) == [1, 3, 4, 5], "unread"
    read_all()
    assert _listed(desk) == [1, 3, 4]
    org.report("they came for me", mailbox=honest.slip)
    carry()
    assert 5 in _listed(desk, unread=True)
    read_all()
    org.report("now", mailbox=honest.slip, answers=answered(danger="yes"))
    carry()
    read_all()
    assert _listed(desk) == [1, 3, 4, 5], "danger is never folded away"
    with desk.change() as change:
        change.rows.get_one(CaseRow, 5).severity = Severity.LOW
        change.rows.get_one(CaseRow, 5).due = DAY - timedelta(1)
    assert 5 in _listed(desk), "a letter is late"


def test_letters_of_a_merged_case_go_to_its_own_mailbox(
    org: Organisation, desk: Vault, carry: Carry, cases: None
) -> None:
    source = Source()
    org.report("mine", mailbox=source.slip)
    carry()
    _merge(desk, 5, into=1)
    with desk.change() as change:
        write_to_source(change, 5, EntryKind.REPLY, "for you")
    assert "for you" in [entry.text for entry in org.letter(desk, source).entries]


def test_what_becomes_of_a_case_becomes_of_those_merged_into_it(
    org: Organisation, desk: Vault, carry: Carry, cases: None
) -> None:
    source = Source()
    org.report("with a mailbox", mailbox=source.slip)
    carry()
    _merge(desk, 2, 3, 5, into=1)
    with desk.change() as change:
        decide(change, 3, Decision(disposition=Disposition.SPAM))
    with desk.change() as change:
        done = decide_together(change, 1, Decision(disposition=Disposition.CLOSED, reason="outside our mandate"))
    assert (done.changed, done.followed) == (("disposition", "reason"), (2,))
    [(stayed, why)] = done.stayed
    assert stayed == 5
    assert "no letter yet" in why
    with desk.look() as rows:
        found = [get_case(rows, number) for number in (1, 2, 3, 5)]
        assert [case.disposition for case in found] == ["closed", "closed", "spam", "open"]
        assert [case.reason for case in found] == ["outside our mandate", "outside our mandate", None, None]
    with desk.change() as change:
        again = decide_together(change, 1, Decision(disposition=Disposition.OPEN))
        assert (again.followed, again.stayed) == ((2,), ())
        assert decide_together(change, 1, Decision(note="no end")) == Together(("note",))


def test_what_is_merged_into_a_destroyed_case_stands_alone_again(desk: Vault, cases: None) -> None:
    _merge(desk, 2, 3, into=1)
    for number in (1, 3):
        with desk.change() as change:
            decide(change, number, Decision(disposition=Disposition.SPAM))
    destroy_case(desk, 3)
    with desk.look() as rows:
        assert [one.id for one in merged(rows, 1).others] == [2]
    with pytest.raises(ReviewerError, match="was destroyed"):
        _merge(desk, 4, into=3)
    destroy_case(desk, 1)
    assert _listed(desk) == [2, 4]
