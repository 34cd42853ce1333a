"""What the log and the source are told of a case is what happened to it, and when it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from caselog.audit import audit
from caselog.leaves import CaseLeaf, DispositionLeaf, leaf_from_bytes
from keys.sealing.letter import CaseState, EntryKind
from keys.sealing.submission import Audience, Consent
from reviewer import case_log
from reviewer.cases import history
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.forwarding import Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.sending import send
from reviewer.triage import Decision, decide, set_back
from reviewer.trust import desk_key, public_bundle
from reviewer.values import JUDGED, Disposition, Status
from reviewer.vault.rows import ArrivalRow, CaseRow
from tests.reviewer.closing import close
from tests.reviewer.organisation import NO_RISK, Source

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.letter import Letter
    from reviewer.sending import Sent
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation


class Round:
    """A desk with one lead and one source, whose report is case 1."""

    def __init__(self, org: Organisation, desk: Vault, carry: Carry, folder: Path) -> None:
        self.org, self.desk, self._carry, self._stick = org, desk, carry, folder / "stick"
        self._stick.mkdir()
        self.source = Source()
        self.first = self.follow_up("text")

    def follow_up(self, text: str, **head: Any) -> str:
        row = self.org.report(text, mailbox=self.source.slip, **head)
        self._carry()
        return row

    def decide(self, **decision: Any) -> None:
        with self.desk.change() as change:
            decide(change, 1, Decision(**decision))

    def close(self, case: int = 1, **decision: Any) -> None:
        close(self.desk, case, **decision)

    def forward(self) -> None:
        assert forward(
            self.desk, 1, Wish(("anna",), "Waste", "Waste.", risks=NO_RISK), reviewer_key(self.desk)
        ).is_complete

    def send(self) -> Sent:
        return send(self.desk, self._stick, no_progress)

    def letter(self) -> Letter:
        return self.source.read(self.org.read_desk_bundle(self.send().bundle.path), self.org)

    def said(self) -> dict[str, list[str]]:
        """What the log says of each row, in order."""
        found: dict[str, list[str]] = {self.first: []}
        for leaf in self._leaves():
            if isinstance(leaf, DispositionLeaf):
                found.setdefault(leaf.row, []).append(leaf.state.value)
        return found

    def cases(self) -> int:
        return len([leaf for leaf in self._leaves() if isinstance(leaf, CaseLeaf)])

    def _leaves(self) -> list[Any]:
        with self.desk.look() as rows:
            return [leaf_from_bytes(leaf) for leaf in case_log.leaves(rows)]


@pytest.fixture
def a(org: Organisation, desk: Vault, lead: Lead, carry: Carry, tmp_path: Path) -> Round:
    return Round(org, desk, carry, tmp_path)


@pytest.mark.parametrize("state", ["closed", "spam"])
def test_a_new_row_in_a_case_that_was_decided_is_open_until_somebody_decides(a: Round, state: str) -> None:
    a.decide(status=Status.UNVERIFIABLE)
    if state == "closed":
        a.close()
    else:
        a.decide(disposition=Disposition.SPAM)
    a.send()
    new = a.follow_up("here are the bank records")
    assert a.letter().state == CaseState.RECEIVED
    assert a.said() == {a.first: [state], new: ["open"]}
    with a.desk.look() as rows:
        act, values = history(rows, 1)[-1]
    assert act.act == "new part"
    changed = {(one.field, one.before, one.after) for one in values}
    assert {("disposition", state, "open"), ("status", "unverifiable", "assessing")} <= changed
    a.close()
    a.send()
    assert [states[-1] for states in a.said().values()] == ["closed", "closed"]


def test_a_new_row_in_a_case_that_was_forwarded_is_open_until_it_is_forwarded_too(a: Round) -> None:
    a.forward()
    a.send()
    new = a.follow_up("more")
    assert a.letter().state == CaseState.RECEIVED
    assert a.said() == {a.first: ["forwarded"], new: ["open"]}
    a.forward()
    a.send()
    assert a.said() == {a.first: ["forwarded"], new: ["open", "forwarded"]}


def test_a_row_that_came_after_the_case_was_signed_is_open_although_the_case_leaves(a: Round) -> None:
    a.forward()
    new = a.follow_up("more")
    letter = a.letter()
    assert a.cases() == 1
    assert a.said()[new] == ["open"]
    assert (letter.entries[-1].kind, letter.entries[-1].audiences) == (EntryKind.FORWARDED, frozenset({Audience.LEADS}))


def test_a_case_is_forwarded_when_it_is_logged_and_not_when_it_is_signed(a: Round) -> None:
    a.forward()
    with a.desk.look() as rows:
        assert rows.get_one(CaseRow, 1).disposition == "open"
    assert a.letter().state == CaseState.FORWARDED
    with a.desk.look() as rows:
        assert rows.get_one(CaseRow, 1).disposition == "forwarded"


def test_a_case_that_is_held_stays_open_and_nobody_is_told(a: Round) -> None:
    a.forward()
    new = a.follow_up("tell nobody", consent=Consent(frozenset()))
    letter = a.letter()
    assert a.cases() == 0
    assert a.said() == {a.first: ["open"], new: ["open"]}
    assert letter.state == CaseState.RECEIVED
    assert not [entry for entry in letter.entries if entry.kind == EntryKind.FORWARDED]


def test_a_case_that_was_closed_after_it_was_signed_does_not_leave(a: Round) -> None:
    a.forward()
    a.close()
    assert a.send().appended.held == (1,)
    assert (a.cases(), a.said()) == (0, {a.first: ["closed"]})


def test_a_closed_case_that_is_forwarded_after_all_is_open_until_it_leaves(a: Round) -> None:
    a.close()
    a.send()
    a.forward()
    with a.desk.look() as rows:
        case = rows.get_one(CaseRow, 1)
        assert (case.disposition, case.reason) == ("open", None)
    a.send()
    assert a.said() == {a.first: ["closed", "forwarded"]}


def test_a_case_that_a_reviewer_opens_again_is_open_in_the_log_again(a: Round) -> None:
    a.close()
    a.send()
    a.decide(disposition=Disposition.OPEN)
    a.send()
    assert a.said() == {a.first: ["closed", "open"]}


def test_a_closed_case_can_be_destroyed_before_and_after_it_was_logged(a: Round) -> None:
    a.close()
    destroy_case(a.desk, 1)
    a.send()
    assert a.said() == {a.first: ["closed"]}
    second = a.follow_up("another")
    a.close(2)
    a.send()
    destroy_case(a.desk, 2)
    assert a.send().appended.dispositions == 0
    assert a.said()[second] == ["closed"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "\ud800"])
def test_a_reason_that_the_log_could_not_say_is_refused_when_it_is_given(a: Round, reason: str) -> None:
    a.close()
    with pytest.raises(ReviewerError, match="at most 200 bytes"):
        a.decide(reason=reason)
    a.send()
    assert a.said() == {a.first: ["closed"]}


def test_only_a_closed_case_has_a_reason(a: Round) -> None:
    with pytest.raises(ReviewerError, match="Only a case that is closed"):
        a.decide(reason="outside our mandate")
    a.close()
    a.decide(disposition=Disposition.SPAM)
    with a.desk.look() as rows:
        assert rows.get_one(CaseRow, 1).reason is None
        assert rows.scalars(select(ArrivalRow.accounted)).all() == [None]


def test_every_status_is_one_disposition_and_an_audit_is_content_with_all_of_them(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    for status in (*JUDGED, Status.CLOSED, "spam"):
        org.report(f"text of {status}")
    report = carry()
    with desk.look() as rows:
        logs_key, bundle = desk_key(rows).verify_key, public_bundle(rows)

    def audited() -> dict[str, int]:
        case_log.append_pending(desk)
        with desk.look() as rows:
            found = audit({"manifest": report.bundle.note}, {logs_key: case_log.leaves(rows)}, bundle)
        assert found.clean
        return {state.value: number for state, number in found.accounted.items()}

    assert audited() == {"open": 8}
    ended = [Decision(status=Status.CLOSED, reason="done"), Decision(disposition=Disposition.SPAM)]
    decisions = [Decision(status=status) for status in JUDGED[1:]] + ended
    for case, decision in enumerate(decisions, 2):
        with desk.change() as change:
            decide(change, case, decision)
    assert audited() == {"open": 6, "closed": 1, "spam": 1}
    for case in (7, 8):
        with desk.change() as change:
            set_back(change, case)
    assert audited() == {"open": 8}
