"""What a source does in the mailbox, as the desk does it: answers, consent, the end of a mailbox, opinions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from keys.sealing.age import NoMatchError
from keys.sealing.answers import Answer, answers_to_json
from keys.sealing.filing_proof import open_filing_proof
from keys.sealing.followup import Act, Asked, Followup, Rating
from keys.sealing.letter import Allowed, CaseState, EntryKind, Outcome
from keys.sealing.submission import Audience, Consent, IfSilent, Part, new_report_id
from reviewer import followup_words
from reviewer.case_words import details as details_in_words
from reviewer.cases import details, get_case, may_see
from reviewer.deletion import destroy_case
from reviewer.errors import RefusedError, ReviewerError
from reviewer.followups import Said, bind_inner, consent_of, opinions
from reviewer.forwarding import Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.letters import write_to_source
from reviewer.sending import send
from reviewer.triage import Decision, decide
from reviewer.values import Disposition, MailboxKind
from reviewer.vault.rows import CaseRow, MailboxRow, PartRow
from tests.reviewer.organisation import NO_RISK, Source

if TYPE_CHECKING:
    from reviewer.sending import Sent
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation

LEADS, LAWYER, UN = Audience.LEADS, Audience.LAWYER, Audience.UN_BODY


def may(*audiences: Audience, originals: bool = False, **more: Any) -> Consent:
    return Consent(frozenset(audiences), originals, **more)


@pytest.fixture
def source(org: Organisation, carry: Carry) -> Source:
    """A source whose report is case 1; leads may see it."""
    source = Source()
    org.report("the report", mailbox=source.slip)
    carry()
    return source


def say(org: Organisation, source: Source, followup: Followup, message: str = "", **head: Any) -> None:
    values: dict[str, Any] = {"mailbox": source.slip, "part": Part.FOLLOWUP, "answers": followup.to_answers()}
    org.report(message, **(values | head))


def case(desk: Vault, number: int = 1) -> CaseRow:
    with desk.look() as rows:
        return get_case(rows, number)


def shown(desk: Vault, number: int = 1) -> str:
    with desk.look() as rows:
        return "\n".join(details_in_words(details(rows, number)))


def ask(desk: Vault, text: str) -> None:
    with desk.change() as change:
        write_to_source(change, 1, EntryKind.QUESTION, text)


def close(desk: Vault, outcome: Outcome | None = None) -> None:
    with desk.change() as change:
        write_to_source(change, 1, EntryKind.REPLY, "This is what became of it.")
        decide(change, 1, Decision(disposition=Disposition.CLOSED, reason="done", outcome=outcome))


def send_out(desk: Vault) -> Sent:
    stick = desk.folder.parent / "stick"
    stick.mkdir()
    return send(desk, stick, no_progress)


# Answers.


def test_an_answer_closes_the_question_that_it_names_and_no_other(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    ask(desk, "When was it?")
    ask(desk, "Who signed?")
    asked = org.letter(desk, source)
    when, who = asked.entries[-2:]
    assert (when.answered, who.answered, asked.state) == (False, False, CaseState.QUESTION)
    say(org, source, Followup(Act.ANSWER, who.question), "The treasurer.")
    carry()
    after = org.letter(desk, source)
    assert {entry.text: entry.answered for entry in after.entries if entry.kind is EntryKind.QUESTION} == {
        "When was it?": False,
        "Who signed?": True,
    }
    assert after.state == CaseState.QUESTION
    assert "the source answered the question of 2026-11-20: Who signed?" in shown(desk)
    assert "khomo_" not in shown(desk)


def test_a_reply_closes_the_questions_before_it(org: Organisation, desk: Vault, source: Source) -> None:
    ask(desk, "When was it?")
    with desk.change() as change:
        write_to_source(change, 1, EntryKind.REPLY, "We found it out.")
    ask(desk, "And who signed?")
    first, _reply, second = org.letter(desk, source).entries[1:]
    assert (first.answered, second.answered) == (True, False)


def test_something_added_answers_no_question(org: Organisation, desk: Vault, source: Source, carry: Carry) -> None:
    ask(desk, "When was it?")
    say(org, source, Followup(), "One more thing.")
    carry()
    assert org.letter(desk, source).state == CaseState.QUESTION


def test_an_answer_to_a_question_that_nobody_asked_is_a_part_all_the_same(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    say(org, source, Followup(Act.ANSWER, "ab" * 16), "To what?")
    carry()
    assert "answered a question that is not in this vault" in shown(desk)
    assert "To what?" in shown(desk)


# Consent.


def test_a_source_takes_consent_back_and_nothing_is_forwarded_against_it(
    org: Organisation, desk: Vault, source: Source, lead: Lead, carry: Carry
) -> None:
    say(org, source, Followup(Act.CONSENT), consent=may(LAWYER))
    carry()
    assert may_see(case(desk)) == {LAWYER}
    with pytest.raises(RefusedError, match="did not allow that the coalition's leads"):
        forward(desk, 1, Wish(("anna",), "t", "s", risks=NO_RISK), reviewer_key(desk))
    told = org.letter(desk, source)
    assert told.allowed == Allowed(frozenset({LAWYER}))
    entry = next(entry for entry in told.entries if entry.kind is EntryKind.CONSENT)
    assert (entry.week, entry.audiences, entry.originals) == ("2026-W47", frozenset({LAWYER}), False)
    assert "2026-W47: the source said anew who may see the case" in shown(desk)
    assert "may be seen by: a lawyer" in shown(desk)


def test_what_was_signed_before_stays_at_the_desk_once_consent_was_taken_back(
    org: Organisation, desk: Vault, source: Source, lead: Lead, carry: Carry
) -> None:
    forward(desk, 1, Wish(("anna",), "t", "s", risks=NO_RISK), reviewer_key(desk))
    say(org, source, Followup(Act.CONSENT), consent=may())
    carry()
    sent = send_out(desk)
    assert sent.appended.cases == 0
    told = source.read(org.read_desk_bundle(sent.bundle.path), org)
    assert not [entry for entry in told.entries if entry.kind is EntryKind.FORWARDED]
    assert told.allowed == Allowed()


def test_a_source_may_allow_more_than_before(
    org: Organisation, desk: Vault, source: Source, lead: Lead, carry: Carry
) -> None:
    say(org, source, Followup(Act.CONSENT), consent=may())
    carry()
    say(org, source, Followup(Act.CONSENT), consent=may(LEADS, UN, originals=True))
    carry()
    assert may_see(case(desk)) == {LEADS, UN}
    assert forward(desk, 1, Wish(("anna",), "t", "s", risks=NO_RISK), reviewer_key(desk)).is_complete


def test_of_changes_that_come_together_each_binds(org: Organisation, desk: Vault, source: Source, carry: Carry) -> None:
    """Nobody knows which was meant last."""
    say(org, source, Followup(Act.CONSENT), consent=may(LEADS, LAWYER))
    say(org, source, Followup(Act.CONSENT), consent=may(LAWYER, UN))
    carry()
    assert may_see(case(desk)) == {LAWYER}


def test_a_change_that_comes_in_one_bundle_with_the_report_allows_no_more_than_the_report(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source = Source()
    org.report("the report", mailbox=source.slip, consent=may(LEADS))
    say(org, source, Followup(Act.CONSENT), consent=may(LEADS, UN))
    carry()
    assert may_see(case(desk)) == {LEADS}


@pytest.mark.parametrize("first", ["00", "ff"])
def test_letter_and_desk_say_one_thing_of_a_change_that_came_with_its_report(
    org: Organisation, desk: Vault, carry: Carry, first: str
) -> None:
    """Whichever of the two rows is taken in first."""
    source = Source()
    org.waiting[first * 16] = org.waiting.pop(org.report("the report", mailbox=source.slip))  # leads may see it
    say(org, source, Followup(Act.CONSENT), consent=may(LAWYER))
    carry()
    letter = org.letter(desk, source)
    [told] = [entry for entry in letter.entries if entry.kind is EntryKind.CONSENT]
    assert letter.allowed is not None
    assert told.audiences == letter.allowed.may_see == frozenset()
    said = shown(desk)
    assert "may be seen by: nobody beyond the desk" in said
    assert "From now on it may be seen by: nobody beyond the desk" in said
    assert "It ticked: a lawyer; files: only made safe. Less counts: it said less elsewhere" in said


def test_a_wish_that_counts_whole_is_shown_without_a_why(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    say(org, source, Followup(Act.CONSENT), consent=may(LAWYER))
    carry()
    assert "may be seen by: a lawyer" in shown(desk)
    assert "It ticked" not in shown(desk)


@pytest.mark.parametrize("act", [Followup(), Followup(Act.OPINION), Followup(Act.ANSWER, "ab" * 16)])
def test_other_acts_say_nothing_of_consent(
    org: Organisation, desk: Vault, source: Source, carry: Carry, act: Followup
) -> None:
    for consent in (may(), may(LEADS, UN, originals=True)):
        say(org, source, act, "more", consent=consent)
        carry()
        assert may_see(case(desk)) == {LEADS}


def test_a_part_of_a_form_binds_also_after_a_change(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    say(org, source, Followup(Act.CONSENT), consent=may(LEADS, UN))
    carry()
    org.report("another page of the form", mailbox=source.slip, consent=may(LEADS))
    carry()
    assert may_see(case(desk)) == {LEADS}


def test_a_stranger_changes_nothing(org: Organisation, desk: Vault, source: Source, carry: Carry) -> None:
    """Whoever knows the address of a mailbox, and not its key, is not followed."""
    stranger = Source(address=source.address)
    for act in (Followup(Act.CONSENT), Followup(Act.WRITE_OFF)):
        say(org, stranger, act, consent=may(UN))
    carry()
    assert may_see(case(desk)) == {LEADS}
    with desk.look() as rows:
        assert rows.get_one(MailboxRow, source.address).kind == MailboxKind.REAL


@pytest.mark.parametrize("part", [Part.MESSAGE, Part.FILES])
def test_only_a_followup_is_followed(org: Organisation, desk: Vault, source: Source, carry: Carry, part: Part) -> None:
    say(org, source, Followup(Act.CONSENT), "x", part=part, consent=may(UN))
    carry()
    assert may_see(case(desk)) == frozenset()


def test_what_this_version_does_not_know_is_a_part_that_binds_and_is_shown(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    unknown = answers_to_json({"khomo_act": Answer("What the source does", "dances")})
    say(org, source, Followup(), "x", consent=may(UN), answers=unknown)
    carry()
    assert may_see(case(desk)) == frozenset()
    assert "dances" in shown(desk)


# What the rules give, without a vault.


@pytest.mark.parametrize(
    ("parts", "allowed"),
    [
        ([Said(1, None, may(LEADS, UN))], may(LEADS, UN)),
        ([Said(1, None, may(LEADS, UN)), Said(2, None, may(LEADS))], may(LEADS)),
        ([Said(1, None, may(LEADS)), Said(2, Act.CONSENT, may(UN))], may(UN)),
        ([Said(2, Act.CONSENT, may(UN)), Said(1, None, may(LEADS))], may(UN)),
        ([Said(1, None, may(LEADS)), Said(2, Act.CONSENT, may(UN)), Said(3, Act.CONSENT, may(LEADS))], may(LEADS)),
        ([Said(1, Act.CONSENT, may(UN))], may(UN)),
        ([Said(1, Act.ADDITION, may(UN)), Said(1, Act.ADDITION, may(LEADS))], may()),
        ([Said(1, None, may(LEADS)), Said(2, Act.ADDITION, may())], may(LEADS)),
        ([Said(1, None, may(LEADS), inner=may(LEADS)), Said(2, Act.CONSENT, may(LEADS, UN))], may(LEADS)),
        ([Said(1, None, may(LEADS)), Said(2, Act.ADDITION, may(UN), inner=may())], may()),
        (
            [
                Said(1, None, may(LEADS, never="my chief", name_apart=True)),
                Said(2, Act.CONSENT, may(UN, originals=True)),
            ],
            may(UN, originals=True, never="my chief", name_apart=True),
        ),
        ([Said(1, None, may(LEADS)), Said(2, Act.CONSENT, may(UN, name_apart=True))], may(UN, name_apart=True)),
        (
            [Said(1, None, may(LEADS, if_silent=IfSilent.FORWARD)), Said(2, Act.CONSENT, may(UN))],
            may(UN, if_silent=IfSilent.FORWARD),
        ),
    ],
)
def test_consent_follows_from_the_parts(parts: list[Said], allowed: Consent) -> None:
    assert consent_of(parts) == allowed


def test_what_a_source_sealed_itself_binds_also_when_it_is_opened_later_and_after_a_new_consent(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    say(org, source, Followup(Act.CONSENT), consent=may(LEADS, LAWYER, UN))
    carry()
    with desk.change() as change:
        part = change.rows.scalars(select(PartRow).where(PartRow.act.is_(None))).one()
        for inner in (may(LEADS, LAWYER), may(LEADS, UN)):
            bind_inner(change, get_case(change.rows, 1), part.arrival_id, inner)
    assert may_see(case(desk)) == {LEADS}
    say(org, source, Followup(Act.CONSENT), consent=may(LAWYER, LEADS))
    carry()
    assert may_see(case(desk)) == {LEADS}


# The end of a mailbox.


def test_a_mailbox_that_was_written_off_gets_letters_that_nobody_can_open(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    say(org, source, Followup(Act.WRITE_OFF))
    carry()
    assert "2026-W47: the source has given the box up" in shown(desk)
    with pytest.raises(ReviewerError, match="given the box up"):
        ask(desk, "Are you there?")
    for _ in range(2):
        with pytest.raises(NoMatchError):
            org.letter(desk, source)
    say(org, source, Followup(), "sent before, and came later")
    carry()
    assert "sent before, and came later" in shown(desk)
    with pytest.raises(NoMatchError):
        org.letter(desk, source)


def test_a_mailbox_that_is_written_off_before_its_report_is_opened_stays_so(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source = Source()
    org.accept(org_row(org, source, Followup(Act.WRITE_OFF)), "00" * 16)  # bundles are in the order of the ids
    org.accept(org_row(org, source, None, "the report"), "ff" * 16)
    carry()
    assert "the report" in shown(desk)
    with pytest.raises(NoMatchError):
        org.letter(desk, source)


def org_row(org: Organisation, source: Source, followup: Followup | None, message: str = "") -> bytes:
    head: dict[str, Any] = {"mailbox": source.slip}
    if followup:
        head |= {"part": Part.FOLLOWUP, "answers": followup.to_answers()}
    name = org.report(message, **head)
    return org.waiting.pop(name)


def test_a_case_can_still_be_passed_on_when_its_mailbox_is_gone(
    org: Organisation, desk: Vault, source: Source, lead: Lead, carry: Carry
) -> None:
    say(org, source, Followup(Act.WRITE_OFF))
    carry()
    forward(desk, 1, Wish(("anna",), "t", "s", risks=NO_RISK), reviewer_key(desk))
    assert send_out(desk).appended.cases == 1


# The end of a case.


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_a_closed_case_has_an_outcome_for_its_source(
    org: Organisation, desk: Vault, source: Source, outcome: Outcome | None
) -> None:
    close(desk, outcome)
    told = org.letter(desk, source)
    assert (told.state, told.outcome) == (CaseState.CLOSED, outcome or Outcome.CANNOT_TELL)


def test_an_outcome_goes_with_the_decision_that_it_came_with(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    close(desk, Outcome.UPHELD)
    assert "outcome: upheld" in shown(desk)
    say(org, source, Followup(), "more")
    carry()
    assert case(desk).outcome is None
    close(desk)
    assert org.letter(desk, source).outcome == Outcome.CANNOT_TELL
    with desk.change() as change:
        decide(change, 1, Decision(outcome=Outcome.NOTHING_FOUND))
    assert org.letter(desk, source).outcome == Outcome.NOTHING_FOUND
    with desk.change() as change:
        assert "outcome" in decide(change, 1, Decision(disposition=Disposition.OPEN))


def test_a_case_that_is_open_has_no_outcome(desk: Vault, source: Source) -> None:
    with pytest.raises(ReviewerError, match="has an outcome"), desk.change() as change:
        decide(change, 1, Decision(outcome=Outcome.UPHELD))


@pytest.mark.parametrize("act", [Followup(Act.OPINION), Followup(Act.CONSENT), Followup(Act.WRITE_OFF)])
def test_what_asks_for_no_decision_leaves_a_closed_case_closed_and_unread(
    org: Organisation, desk: Vault, source: Source, carry: Carry, act: Followup
) -> None:
    close(desk, Outcome.UPHELD)
    with desk.change() as change:
        get_case(change.rows, 1).unread = False
    say(org, source, act)
    carry()
    assert (case(desk).disposition, case(desk).outcome, case(desk).unread) == ("closed", "upheld", True)


def test_opinions_are_shown_and_counted(org: Organisation, desk: Vault, source: Source, carry: Carry) -> None:
    with desk.look() as rows:
        assert list(followup_words.opinions(opinions(rows))) == [followup_words.NO_OPINIONS]
    said = Followup(Act.OPINION, ratings={Asked.EASY: Rating.YES, Asked.HEARD: Rating.NO})
    say(org, source, said, "The upload was slow.")
    say(org, Source(), Followup(Act.OPINION, ratings={Asked.EASY: Rating.YES}))
    carry()
    assert "Was it easy to use? yes" in shown(desk)
    assert "The upload was slow." in shown(desk)
    with desk.look() as rows:
        assert list(followup_words.opinions(opinions(rows))) == [
            "Sources who answered: 2",
            "  Was it easy to use? yes 2, partly 0, no 0",
            "  Did we answer what mattered? yes 0, partly 0, no 1",
        ]


def test_a_source_who_says_it_again_and_again_counts_once_and_with_the_last_word(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    for _ in range(3):
        say(org, source, Followup(Act.OPINION, ratings={Asked.EASY: Rating.NO, Asked.HEARD: Rating.NO}))
    carry()
    say(org, source, Followup(Act.OPINION, ratings={Asked.EASY: Rating.YES}))
    carry()
    with desk.look() as rows:
        assert list(followup_words.opinions(opinions(rows)))[:3] == [
            "Sources who answered: 1",
            "  Was it easy to use? yes 1, partly 0, no 0",
            "  Did we answer what mattered? yes 0, partly 0, no 0",
        ]


# The proof of filing.


def test_a_receipt_carries_the_desks_signed_proof_of_what_arrived(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    org.report("text", files=[("a", b"1"), ("b", b"2")], mailbox=source.slip)
    carry()
    [receipt] = org.letter(desk, source).entries
    proof, signer = open_filing_proof(receipt.proof.encode(), org.ceremony.bundle.desk_keys)
    assert (proof.organisation, proof.week) == ("Open Harbour", "2026-W47")
    assert proof.digests == tuple(sorted(receipt.digests))
    assert signer == org.ceremony.bundle.desk("main").verify_key
    assert source.address.hex() not in receipt.proof


def test_two_files_that_are_one_stand_once_in_the_proof(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    org.report("", files=[("a", b"1"), ("b", b"1")], mailbox=source.slip)
    carry()
    [receipt] = org.letter(desk, source).entries
    proof, _ = open_filing_proof(receipt.proof.encode(), org.ceremony.bundle.desk_keys)
    assert (len(receipt.digests), len(proof.digests)) == (2, 1)


def test_a_row_that_brought_nothing_but_an_act_has_no_proof(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    say(org, source, Followup(Act.CONSENT), consent=may(LEADS))
    carry()
    receipts = [entry for entry in org.letter(desk, source).entries if entry.kind is EntryKind.RECEIPT]
    assert [bool(entry.proof) for entry in receipts] == [True]


def test_the_fullest_row_has_a_receipt_that_fits(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    for row in range(6):
        files = [(f"{number}", f"{row} {number}".encode()) for number in range(50)]
        org.report(f"text {row}", files=files, mailbox=source.slip, report=new_report_id())
    carry()
    told = org.letter(desk, source)
    assert all(entry.proof for entry in told.entries)
    assert told.dropped > 0


# What destroying leaves.


def test_destroying_a_case_destroys_what_its_source_did(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    say(org, source, Followup(Act.OPINION, ratings={Asked.EASY: Rating.NO}))
    carry()
    close(desk)
    destroy_case(desk, 1)
    with desk.look() as rows:
        assert rows.scalars(select(PartRow)).all() == []
        assert json.dumps(opinions(rows).sources) == "0"
