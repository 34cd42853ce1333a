"""By when a source must hear from the desk, and what counts: the letter that the server says it has."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from keys.sealing.bundle import Acknowledgement, ChainId, Direction
from keys.sealing.letter import EntryKind
from reviewer import clocks, triage_words
from reviewer.case_words import details as details_in_words
from reviewer.case_words import listing
from reviewer.cases import Filter, details, get_case, history, list_cases
from reviewer.errors import RefusedError, ReviewerError
from reviewer.health import look_at
from reviewer.inbox import no_progress
from reviewer.letters import write_to_source
from reviewer.mailboxes import settle_mailbox
from reviewer.outbox import write_server_bundle
from reviewer.profiles import BUILT_IN, EU, NONE, Profile, Rule, months_later, read_profile
from reviewer.triage import Decision, decide
from reviewer.values import Disposition, Severity
from reviewer.vault.rows import MailboxRow
from reviewer.vault.triage_rows import LetterRoundRow
from tests.reviewer.closing import close
from tests.reviewer.organisation import DAY, Source, answered

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

OWN = b"""
version = 1
name = "our statute"
acknowledge = { days = 2, source = "Our statute, section 4" }
"""


def later(desk: Vault, days: int) -> date:
    """Let days go by at the desk."""
    day = DAY + timedelta(days)
    desk.today = lambda: day
    return day


def sent(desk: Vault) -> Acknowledgement:
    """Write an outbox; returns what the server will say when it has it."""
    write_server_bundle(desk, no_progress)
    with desk.look() as rows:
        newest = rows.scalars(select(LetterRoundRow).order_by(LetterRoundRow.id.desc())).first()
    assert newest is not None
    return Acknowledgement(ChainId.parse(newest.chain), newest.number)


def reply(desk: Vault, kind: EntryKind = EntryKind.REPLY, case: int = 1) -> None:
    with desk.change() as change:
        write_to_source(change, case, kind, "We read it.")


def days(desk: Vault, case: int = 1) -> tuple[date | None, date | None, date | None]:
    """Since when the server has a letter, since when one of a person, and what is due next."""
    with desk.look() as rows:
        found = get_case(rows, case)
        return found.acknowledged, found.answered, found.due


def said(desk: Vault) -> list[str]:
    with desk.look() as rows:
        return list(triage_words.clocks(details(rows, 1).clocks))


@pytest.fixture
def source(org: Organisation, desk: Vault, carry: Carry) -> Source:
    """Whose report is case 1."""
    source = Source()
    org.report("text", mailbox=source.slip)
    carry()
    return source


def test_a_letter_counts_when_the_server_says_that_it_has_it(desk: Vault, source: Source, carry: Carry) -> None:
    week = DAY + timedelta(7)
    assert days(desk) == (None, None, week)
    first = sent(desk)
    assert days(desk) == (None, None, week)
    assert said(desk)[0] == "a first letter by 2026-11-27: written; it counts once the server says that it has it"
    later(desk, 3)
    carry(acknowledges=first, day=DAY + timedelta(2))
    assert days(desk) == (DAY + timedelta(2), None, date(2027, 2, 22))
    reply(desk, EntryKind.QUESTION)
    carry(acknowledges=sent(desk), day=DAY + timedelta(2))
    assert days(desk)[1] is None, "a question is no answer"
    reply(desk)
    second = sent(desk)
    carry(acknowledges=first, day=DAY + timedelta(3))
    assert days(desk)[1] is None, "that was the bundle before"
    later(desk, 9)
    carry(acknowledges=second, day=DAY + timedelta(5))
    assert days(desk) == (DAY + timedelta(2), DAY + timedelta(5), None)
    assert said(desk) == [
        "a first letter by 2026-11-27: at the server since 2026-11-22",
        "an answer of a person by 2027-02-22: at the server since 2026-11-25",
    ]


@pytest.mark.parametrize(
    ("written", "counts"),
    [(DAY + timedelta(99), DAY + timedelta(4)), (DAY - timedelta(99), DAY)],
    ids=["ahead", "back"],
)
def test_a_server_that_lies_about_the_day_moves_no_letter_before_its_writing_or_after_today(
    desk: Vault, source: Source, carry: Carry, written: date, counts: date
) -> None:
    acknowledged = sent(desk)
    later(desk, 4)
    carry(acknowledges=acknowledged, day=written)
    assert days(desk)[0] == counts


def test_a_server_that_names_a_bundle_that_was_never_written_stops_no_clock(
    desk: Vault, source: Source, carry: Carry
) -> None:
    real = sent(desk)
    with desk.change() as change:
        clocks.confirm_letters(change, Acknowledgement(real.chain, real.number + 1), DAY)
        other = ChainId.begin(real.chain.signer, Direction.TO_SERVER)
        clocks.confirm_letters(change, Acknowledgement(other, real.number), DAY)
        clocks.confirm_letters(change, None, DAY)
        clocks.refresh(change.rows)
    assert days(desk)[0] is None


def test_a_later_round_that_is_confirmed_carries_what_went_with_an_earlier_one(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    sent(desk)
    other = Source()
    org.report("another", mailbox=other.slip)
    carry()
    second = sent(desk)
    org.report("a third", mailbox=Source().slip)
    later(desk, 1)
    carry(acknowledges=second, day=DAY + timedelta(1))
    assert [days(desk, case)[0] for case in (1, 2, 3)] == [DAY + timedelta(1), DAY + timedelta(1), None]


def test_no_clock_runs_for_spam_or_where_nothing_can_be_written_and_one_runs_on_when_a_case_is_closed(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    org.report("nowhere to write")
    carry()
    assert days(desk, 2) == (None, None, None)
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.SPAM))
    assert (days(desk)[2], said(desk)) == (None, [])
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.OPEN))
    close(desk)
    assert days(desk)[2] == DAY + timedelta(7)
    carry(acknowledges=sent(desk))
    assert days(desk) == (DAY, DAY, None)
    org.report("one more", mailbox=Source().slip)
    carry()
    with desk.change() as change:
        [box] = change.rows.scalars(select(MailboxRow).where(MailboxRow.address == get_case(change.rows, 3).mailbox))
        box.kind = "written-off"
        clocks.refresh(change.rows)
    assert days(desk, 3)[2] is None


def test_whoever_is_found_to_be_the_source_of_a_box_has_its_clocks(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    posing = Source(address=source.address)
    org.report("I am the source", mailbox=posing.slip)
    carry()
    assert (days(desk)[2], days(desk, 2)[2]) == (DAY + timedelta(7), None)
    assert said(desk) == [], "nothing can be written while two claim the box"
    with desk.change() as change:
        settle_mailbox(change, 2)
    assert (days(desk)[2], days(desk, 2)[2]) == (None, DAY + timedelta(7))


def test_closing_needs_a_letter_that_is_newer_than_the_last_part_of_the_source(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    def end() -> None:
        with desk.change() as change:
            decide(change, 1, Decision(disposition=Disposition.CLOSED, reason="done"))

    reply(desk, EntryKind.QUESTION)
    with pytest.raises(RefusedError, match="has no letter yet that says what became of it"):
        end()
    reply(desk)
    end()
    later(desk, 1)
    org.report("more", mailbox=source.slip)
    carry()
    with pytest.raises(RefusedError, match="Spam needs none"):
        end()
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.SPAM))
        decide(change, 1, Decision(disposition=Disposition.OPEN))
    reply(desk)
    end()


def test_danger_comes_first_then_children_then_what_is_late_then_what_is_due_soon(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    def came(**head: Any) -> None:
        org.report("text", mailbox=Source().slip, **head)
        carry()

    later(desk, -5)
    came()
    later(desk, -9)
    came()
    later(desk, 0)
    came()
    with desk.change() as change:
        decide(change, 3, Decision(severity=Severity.HIGH))
    came(answers=answered(child="yes"))
    came(answers=answered(danger="yes"))
    with desk.look() as rows:
        found = list_cases(rows, Filter(), DAY)
        assert [case.id for case in found.cases] == [5, 4, 2, 1, 3]
        assert [case.id for case in list_cases(rows, Filter(due="late"), DAY).cases] == [2]
        assert (look_at(rows, DAY).late, look_at(rows, DAY - timedelta(3)).late) == (1, 0)
        assert replace(look_at(rows, DAY), late=0).needs_attention < look_at(rows, DAY).needs_attention
        assert [case.id for case in list_cases(rows, Filter(due="soon"), DAY).cases] == [2, 1]
        lines = list(listing(found))
    assert ["LATE by 2 days text" in lines[3], "DUE in 2 days text" in lines[4], "DUE" in lines[5]] == [
        True,
        True,
        False,
    ]
    with desk.look() as rows:
        marks = [triage_words.mark(get_case(rows, 1), DAY + timedelta(day)) for day in (-2, -1, 1, 2, 3)]
    assert marks == ["", "DUE in 3 days", "DUE in 1 day", "DUE today", "LATE by 1 day"]


def test_another_profile_sets_all_clocks_anew_and_stands_in_the_history(desk: Vault, source: Source) -> None:
    def choose(profile: Profile) -> None:
        with desk.change() as change:
            clocks.choose_profile(change, profile)

    choose(EU)
    with desk.look() as rows:
        assert "legal profile" not in {act.act for act, _values in history(rows, None)}
    choose(NONE)
    assert (days(desk)[2], said(desk)) == (None, [])
    choose(read_profile(OWN))
    assert days(desk)[2] == DAY + timedelta(2)
    assert len(said(desk)) == 1
    choose(Profile("slow", feedback=Rule(1, "a contract")))
    assert days(desk)[2] == date(2026, 12, 20)
    with desk.look() as rows:
        assert [act.act for act, _values in history(rows, None)].count("legal profile") == 3


def test_the_profile_of_the_union_is_what_its_directive_says() -> None:
    assert set(BUILT_IN) == {"eu-2019-1937", "none"}
    assert EU.acknowledge_by(date(2026, 11, 27)) == date(2026, 12, 4)
    assert EU.feedback_by(date(2026, 11, 20), date(2026, 11, 30)) == date(2027, 2, 28)
    assert EU.feedback_by(date(2026, 11, 20), None) == date(2027, 2, 27), "three months after the seven days"
    assert months_later(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert Profile.from_text(EU.to_text()) == EU
    assert Profile.from_text(NONE.to_text()) == NONE
    assert (NONE.acknowledge_by(DAY), NONE.feedback_by(DAY, None)) == (None, None)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ((b"version = 1", b"version = 2"), "must say: version = 1"),
        ((b"version = 1", b"version = true"), "must say: version = 1"),
        ((b"our statute", b"none"), "comes with Khomo"),
        ((b"our statute", b"a\\u202eb"), "one line"),
        ((b"days = 2", b"days = 0"), "1 to 366"),
        ((b"days = 2", b"days = true"), "1 to 366"),
        ((b"days = 2", b"days = 9999999999"), "1 to 366"),
        ((b"days = 2", b"months = 2"), "must have days and source"),
        ((b"acknowledge", b"acknowledged"), "unknown entry"),
        ((b"Our statute, section 4", b" "), "The source of"),
        ((b"version", b"\xff"), "no TOML"),
        ((b"version", b"[version"), "no TOML"),
        ((b"version", b"#" * 5000), "at most 4096 bytes"),
    ],
)
def test_a_profile_that_is_not_understood_is_refused_in_words(change: tuple[bytes, bytes], what: str) -> None:
    with pytest.raises(ReviewerError, match=what):
        read_profile(OWN.replace(*change))


def test_a_source_that_is_shown_with_clocks_reads_like_this(desk: Vault, source: Source) -> None:
    with desk.look() as rows:
        lines = list(details_in_words(details(rows, 1)))
    assert "  an answer of a person by 2027-02-27: not written yet" in lines
