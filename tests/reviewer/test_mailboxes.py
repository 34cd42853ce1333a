"""Whose a mailbox is, and which rows are one report: nobody joins a stranger's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from keys.sealing.letter import EntryKind
from keys.sealing.submission import Audience, Consent, MailboxSlip, new_report_id
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.letters import write_to_source
from reviewer.mailboxes import settle_mailbox
from reviewer.triage import Decision, decide
from reviewer.values import Disposition
from reviewer.vault.rows import ArrivalRow, CaseRow, MessageRow
from tests.reviewer.organisation import Source

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

EVERYBODY = Consent(frozenset(Audience))
NOBODY = Consent(frozenset())


def _case_of(desk: Vault, text: str) -> int:
    with desk.look() as rows:
        found = rows.scalar(select(MessageRow.case_id).where(MessageRow.text == text))
    assert found is not None
    return found


def _settle(desk: Vault, case: int) -> None:
    with desk.change() as change:
        settle_mailbox(change, case)


@pytest.fixture
def victim() -> Source:
    return Source()


@pytest.fixture
def thief(victim: Source, org: Organisation, carry: Carry) -> Source:
    """Came first with the victim's mailbox and a key of his own; the victim came after him, with two rows."""
    thief, report = Source(address=victim.address), new_report_id()
    org.report("posing", mailbox=thief.slip)
    carry()
    org.report("the true one", mailbox=victim.slip, report=report)
    org.report("and more", mailbox=victim.slip, report=report)
    carry()
    return thief


@pytest.mark.usefixtures("thief")
def test_rows_that_claim_a_mailbox_together_are_one_case(desk: Vault) -> None:
    assert _case_of(desk, "the true one") == _case_of(desk, "and more") != _case_of(desk, "posing")


def test_a_disputed_mailbox_can_go_to_whoever_claims_it(
    org: Organisation, desk: Vault, victim: Source, thief: Source
) -> None:
    true = _case_of(desk, "the true one")
    _settle(desk, true)
    with desk.change() as change:
        write_to_source(change, true, EntryKind.REPLY, "We believe you.")
    letter = org.letter(desk, victim)
    assert [entry.kind for entry in letter.entries] == ["receipt", "reply"]
    assert len(letter.entries[0].digests) == 2
    with pytest.raises(Exception, match=r"."):
        org.letter(desk, thief)


def test_it_can_go_to_the_first_comer_as_well(org: Organisation, desk: Vault, thief: Source) -> None:
    _settle(desk, _case_of(desk, "posing"))
    assert [entry.kind for entry in org.letter(desk, thief).entries] == ["receipt"]


@pytest.mark.usefixtures("thief")
def test_a_decision_can_be_taken_back(desk: Vault, victim: Source) -> None:
    for text in ("the true one", "posing", "the true one"):
        _settle(desk, _case_of(desk, text))
        with desk.look() as rows:
            assert rows.get_one(CaseRow, _case_of(desk, text)).mailbox == victim.address
    with pytest.raises(ReviewerError, match="not disputed"):
        _settle(desk, _case_of(desk, "the true one"))


def test_what_was_written_to_one_is_not_given_to_the_other(
    org: Organisation, desk: Vault, victim: Source, carry: Carry
) -> None:
    thief = Source(address=victim.address)
    org.report("posing", mailbox=thief.slip)
    carry()
    with desk.change() as change:
        write_to_source(change, 1, EntryKind.REPLY, "to the one who came first")
    org.report("the true one", mailbox=victim.slip)
    carry()
    _settle(desk, _case_of(desk, "the true one"))
    assert not [entry for entry in org.letter(desk, victim).entries if entry.text]


@pytest.mark.parametrize("stranger_has", ["another mailbox", "no mailbox", "the mailbox with another key"])
def test_the_number_of_a_report_alone_joins_nobody_to_it(
    org: Organisation, desk: Vault, victim: Source, carry: Carry, stranger_has: str
) -> None:
    slips: dict[str, MailboxSlip | None] = {
        "another mailbox": Source().slip,
        "no mailbox": None,
        "the mailbox with another key": Source(address=victim.address).slip,
    }
    report = new_report_id()
    org.report("victim", report=report, mailbox=victim.slip, consent=EVERYBODY)
    carry()
    org.report("I withdraw all of it", report=report, mailbox=slips[stranger_has], consent=NOBODY)
    carry()
    org.report("victim again", report=report, mailbox=victim.slip, consent=EVERYBODY)
    carry()
    with desk.look() as rows:
        case = rows.get_one(CaseRow, _case_of(desk, "victim"))
        assert (case.parts, json.loads(case.consent)["may_see"]) == (2, sorted(Audience))
        problems = [row.problem for row in rows.scalars(select(ArrivalRow)) if row.problem]
    assert len(problems) == 1
    assert "posing" in problems[0]
    assert _case_of(desk, "I withdraw all of it") != case.id == _case_of(desk, "victim again")


def test_a_report_that_first_named_no_mailbox_is_not_joined_by_one_that_does(
    org: Organisation, desk: Vault, victim: Source, carry: Carry
) -> None:
    report = new_report_id()
    org.report("without", report=report)
    org.report("without too", report=report)
    carry()
    org.report("with", report=report, mailbox=victim.slip)
    carry()
    assert _case_of(desk, "without") == _case_of(desk, "without too") != _case_of(desk, "with")


@pytest.mark.usefixtures("thief")
def test_who_claimed_what_is_gone_with_a_case_that_is_destroyed(desk: Vault) -> None:
    case = _case_of(desk, "the true one")
    with desk.change() as change:
        decide(change, case, Decision(disposition=Disposition.SPAM))
    destroy_case(desk, case)
    with desk.look() as rows:
        assert rows.scalars(select(ArrivalRow).where(ArrivalRow.claim.is_not(None))).all() == []
