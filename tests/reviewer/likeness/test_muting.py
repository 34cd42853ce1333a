"""A muted case: what comes is kept and counted, calls nobody but for danger, and its source sees nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keys.sealing.followup import Act, Followup
from keys.sealing.submission import Part
from reviewer.case_log import append_pending
from reviewer.cases import Filter, details, get_case, history, list_cases
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.likeness.muting import is_muted, mute, unmute
from reviewer.triage import Decision, decide
from reviewer.values import Disposition, Severity
from reviewer.vault.likeness_rows import MutedRow
from tests.reviewer.organisation import DAY, Source, answered

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


@pytest.fixture
def source(org: Organisation, desk: Vault, carry: Carry, read_all: Callable[[], None]) -> Source:
    """Whose case 1 is spam, and muted."""
    source = Source()
    org.report("you are all fools", mailbox=source.slip)
    carry()
    read_all()
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.SPAM))
        mute(change, 1)
    return source


def test_what_comes_is_kept_and_counted_and_calls_nobody(
    org: Organisation, desk: Vault, carry: Carry, source: Source
) -> None:
    org.report("fools again", mailbox=source.slip, files=[("a.txt", b"fools")])
    carry()
    with desk.look() as rows:
        found = details(rows, 1)
        assert [message.text for message in found.messages] == ["you are all fools", "fools again"]
        assert (found.case.unread, found.case.disposition, found.case.parts) == (False, "spam", 2)
        assert rows.get_one(MutedRow, 1).parts == 1
        assert list_cases(rows, Filter(unread=True)).total == 0
    with desk.change() as change:
        assert unmute(change, 1) == 1
    with desk.look() as rows:
        case = get_case(rows, 1)
        assert (case.unread, case.last_day, case.disposition) == (True, DAY, "spam")
        assert [act.act for act, _values in history(rows, 1)][-2:] == ["mute", "unmute"]


def test_its_source_sees_nothing_of_it(org: Organisation, desk: Vault, carry: Carry, source: Source) -> None:
    other = Source()
    org.report("you are all fools", mailbox=other.slip)
    carry()
    for one in (source, other):
        org.report("fools again", mailbox=one.slip)
    carry()
    with desk.change() as change:
        decide(change, 2, Decision(disposition=Disposition.SPAM))
    muted, loud = (org.letter(desk, one) for one in (source, other))
    assert [(one.kind, len(one.digests)) for one in muted.entries] == [
        (one.kind, len(one.digests)) for one in loud.entries
    ]


def test_rows_that_came_muted_are_accounted_for_like_the_case(
    org: Organisation, desk: Vault, carry: Carry, source: Source
) -> None:
    org.report("fools again", mailbox=source.slip)
    carry()
    assert append_pending(desk).dispositions == 2
    with desk.look() as rows:
        assert {arrival.accounted for arrival in details(rows, 1).arrivals} == {"spam "}


@pytest.mark.parametrize("question", ["danger", "child"])
def test_danger_and_a_child_call_all_the_same_and_end_it(
    org: Organisation, desk: Vault, carry: Carry, source: Source, question: str
) -> None:
    org.report("fools again", mailbox=source.slip)
    carry()
    org.report("they have my sister", mailbox=source.slip, answers=answered(**{question: "yes"}))
    carry()
    with desk.look() as rows:
        case = get_case(rows, 1)
        assert (case.unread, case.disposition) == (True, "open")
        assert (case.severity == Severity.DANGER) is (question == "danger")
        assert not is_muted(rows, 1)
        (ended, values), (again, _values) = history(rows, 1)[-2:]
        assert (ended.act, again.act) == ("unmute", "new part")
        assert {value.field: value.after for value in values} == {"parts": "1", "because of": question}


def test_an_answer_no_does_not_call(org: Organisation, desk: Vault, carry: Carry, source: Source) -> None:
    org.report("fools", mailbox=source.slip, answers=answered(danger="no", child="unknown"))
    carry()
    with desk.look() as rows:
        assert not get_case(rows, 1).unread


def test_only_what_was_read_is_muted_and_only_once(
    org: Organisation, desk: Vault, carry: Carry, source: Source
) -> None:
    org.report("never read")
    carry()
    for number, what in ((2, "Nobody has read all of case 2"), (1, "muted already"), (9, "There is no case 9")):
        with pytest.raises(ReviewerError, match=what), desk.change() as change:
            mute(change, number)
    with pytest.raises(ReviewerError, match="not muted"), desk.change() as change:
        unmute(change, 2)
    with desk.change() as change:
        assert unmute(change, 1) == 0
    with desk.look() as rows:
        assert not get_case(rows, 1).unread, "nothing came"


def test_who_poses_as_the_source_of_a_muted_case_is_not_muted(
    org: Organisation, desk: Vault, carry: Carry, source: Source
) -> None:
    org.report("another key for the box", mailbox=Source(address=source.address).slip)
    carry()
    with desk.look() as rows:
        assert [case.id for case in list_cases(rows, Filter(unread=True)).cases] == [2]


def test_muting_ends_with_its_case(org: Organisation, desk: Vault, carry: Carry, source: Source) -> None:
    destroy_case(desk, 1)
    org.report("a new beginning", mailbox=source.slip)
    carry()
    with desk.look() as rows:
        assert rows.get(MutedRow, 1) is None
        assert [case.id for case in list_cases(rows, Filter(unread=True)).cases] == [2]


def test_what_else_a_source_does_in_its_box_is_done(
    org: Organisation, desk: Vault, carry: Carry, source: Source
) -> None:
    org.report("", mailbox=source.slip, part=Part.FOLLOWUP, answers=Followup(Act.WRITE_OFF).to_answers())
    carry()
    with desk.look() as rows:
        assert "mailbox written off" in [act.act for act, _values in history(rows, 1)]
        assert not get_case(rows, 1).unread
