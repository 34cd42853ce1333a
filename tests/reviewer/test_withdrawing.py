"""Corrections and withdrawals: they reach every lead who has a case, and nothing older of it leaves again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from caselog.custody import Act
from caselog.telling import listed
from caselog.viewing import shown_cases, verify_all
from keys.sealing.submission import Audience, Consent
from reviewer import leads
from reviewer.errors import RefusedError, ReviewerError
from reviewer.forwarding import Wish, forward
from reviewer.health import look_at
from reviewer.keyring import reviewer_key
from reviewer.packages import sign_again
from reviewer.prepared import unsigned
from reviewer.recipients import to_withdraw
from reviewer.vault.rows import CaseRow
from reviewer.withdrawing import Withdrawal, withdraw
from tests.reviewer.closing import close
from tests.reviewer.lead import Lead
from tests.reviewer.organisation import DAY, NO_RISK, SAFE, Source
from tests.reviewer.test_forward_safely import Round, clear, run, wish_for

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.notes import SigningKey
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Amend, Carry
    from tests.reviewer.organisation import Organisation

BOTH = frozenset({Audience.LEADS, Audience.JOURNALIST})
WHY = "the source asked us to"


@pytest.fixture
def source(org: Organisation, carry: Carry) -> Source:
    """Case 1, for leads and journalists."""
    source = Source()
    org.report("text of the source", mailbox=source.slip, consent=Consent(BOTH))
    carry()
    return source


@pytest.fixture
def round_(org: Organisation, desk: Vault, source: Source, carry: Carry, tmp_path: Path) -> Round:
    return Round(org, desk, source, carry, tmp_path)


@pytest.fixture
def paper(org: Organisation, desk: Vault, tmp_path: Path) -> Lead:
    made = Lead("paper", org, tmp_path)
    with desk.change() as change:
        leads.add_lead(change, made.card, Audience.JOURNALIST)
    return made


def _forward(desk: Vault, wish: Wish) -> Any:
    return forward(desk, 1, wish, reviewer_key(desk))


def _withdraw(desk: Vault, *names: str, **more: Any) -> Any:
    return withdraw(desk, 1, Withdrawal(WHY, names, **more), reviewer_key(desk))


def _correct(desk: Vault, *names: str) -> Any:
    wish = Wish(names, "Waste in the lake", "It is a lake.", risks=NO_RISK, correction="it is a lake")
    return _forward(desk, wish)


def _cases(lead: Lead) -> list[str]:
    return [line.partition("  ")[2] for line in listed(shown_cases(lead.store, lead.identity)).splitlines()]


def _only_for_leads(round_: Round) -> None:
    """Let the source come back and leave journalists out."""
    consent = Consent(frozenset({Audience.LEADS}))
    round_.org.report("no papers any more", mailbox=round_.source.slip, consent=consent)
    round_.carry()


def test_a_withdrawal_reaches_everybody_who_has_the_case_even_a_closed_one_that_nobody_may_see(
    round_: Round, lead: Lead, paper: Lead
) -> None:
    _forward(round_.desk, wish_for("anna", "paper"))
    sent = round_.send()
    before = [len(one.take(sent).new_packages) for one in (lead, paper)]
    round_.org.report("tell nobody", mailbox=round_.source.slip, consent=Consent(frozenset()))
    round_.carry()
    close(round_.desk)
    signed = _withdraw(round_.desk)
    assert (signed.leads, signed.is_complete, signed.tells_source) == (("anna", "paper"), True, False)
    sent = round_.send()
    assert (sent.appended.cases, sent.appended.held) == (1, ())
    for one, had in zip((lead, paper), before, strict=True):
        assert (had, len(one.take(sent).new_packages)) == (1, 1)
        notice, old = shown_cases(one.store, one.identity)
        assert _cases(one)[0].startswith("WITHDRAWN: Withdrawn")
        assert (notice.record.revision, notice.record.attachments) == (2, ())
        assert notice.record.fields["status"] == "withdrawn"
        assert WHY in notice.record.fields["summary"]
        assert (old.taken_back, notice.entry(Act.WITHDRAWN).what) == (True, WHY)  # type: ignore[union-attr]
        assert b"Waste" not in clear(one, sent), "the notice tells nothing of the case"
        assert verify_all(one.store, one.identity)[0].complete
    with round_.desk.look() as rows:
        assert rows.get_one(CaseRow, 1).disposition == "closed"
    with pytest.raises(ReviewerError, match="No lead has case 1: there is nothing to take back"):
        _withdraw(round_.desk)


def test_what_was_withdrawn_travels_to_nobody_again_and_a_lead_added_later_gets_the_new_one_only(
    round_: Round, lead: Lead, org: Organisation, tmp_path: Path
) -> None:
    _forward(round_.desk, wish_for("anna"))
    lead.take(round_.send())
    _withdraw(round_.desk)
    lead.take(round_.send())
    with round_.desk.change() as change:
        assert leads.send_again(change, "anna") == 1, "the notice, and not the case"
    (tmp_path / "later").mkdir()
    later = Lead("later", org, tmp_path / "later")
    with round_.desk.change() as change:
        leads.add_lead(change, later.card)
    sent = round_.send()
    assert b"Waste in the river" not in clear(lead, sent)
    assert (later.take(sent).new_packages, later.take(sent).missing) == ((), ())
    _forward(round_.desk, Wish(("later",), "Waste, told anew", "It is safe now.", risks=NO_RISK))
    assert len(later.take(round_.send()).new_packages) == 1
    assert [line.split("  ")[0] for line in _cases(later)] == ["Waste, told anew"]


@pytest.mark.usefixtures("lead", "paper")
def test_what_was_prepared_before_a_withdrawal_does_not_leave_signed_or_not(
    round_: Round, lead: Lead, yusuf: SigningKey
) -> None:
    _forward(round_.desk, wish_for("anna"))
    lead.take(round_.send())
    _forward(round_.desk, wish_for("anna", "paper"))
    waits = _forward(round_.desk, wish_for("anna", more_signers=("yusuf",)))
    assert not _withdraw(round_.desk, more_signers=("yusuf",)).is_complete
    with pytest.raises(RefusedError, match="was withdrawn from one of these leads since"):
        sign_again(round_.desk, waits.forward, yusuf)
    with round_.desk.look() as rows:
        assert [(one.number, one.missing) for one in unsigned(rows)] == [(4, ("yusuf",))]
    sent = round_.send()
    assert (sent.appended.cases, sent.appended.held) == (0, (1,))
    sign_again(round_.desk, 4, yusuf)
    assert lead.take(round_.send()).new_packages


def test_a_withdrawal_has_as_many_signatures_as_a_case(
    round_: Round, lead: Lead, yusuf: SigningKey, amend: Amend
) -> None:
    _forward(round_.desk, wish_for("anna"))
    lead.take(round_.send())
    amend(policy={"signatures_per_case": 2})
    with pytest.raises(RefusedError, match="needs 2 signatures"):
        _withdraw(round_.desk)
    for bad in ("", "  ", "one\ntwo", "x" * 501):
        with pytest.raises(ReviewerError, match="A reason has 1 to 500"):
            withdraw(round_.desk, 1, Withdrawal(bad), reviewer_key(round_.desk))
    with pytest.raises(ReviewerError, match="paper does not have case 1"):
        _withdraw(round_.desk, "paper")
    signed = _withdraw(round_.desk, more_signers=("yusuf",))
    assert sign_again(round_.desk, signed.forward, yusuf).is_complete
    assert len(lead.take(round_.send()).new_packages) == 1


def test_a_notice_goes_to_the_keys_of_today_and_a_correction_does_not(
    round_: Round, lead: Lead, org: Organisation, tmp_path: Path
) -> None:
    """Who lost the keys may hold prints; but the name may be somebody else's by now."""
    _forward(round_.desk, wish_for("anna"))
    lead.take(round_.send())
    (tmp_path / "new").mkdir()
    new = Lead("anna", org, tmp_path / "new")
    with round_.desk.change() as change:
        leads.add_lead(change, new.card, replace=True)
    with pytest.raises(ReviewerError, match="none of them can get it"):
        _correct(round_.desk)
    page = run(round_.desk, "withdraw", 1, "--reason", WHY, "--dry-run").stdout.replace("\n", " ")
    assert "has other keys than those to which the case went; it goes to the keys of today" in page
    _withdraw(round_.desk)
    assert len(new.take(round_.send()).new_packages) == 1


def test_a_correction_reaches_everybody_who_has_the_case_and_says_so(round_: Round, lead: Lead, paper: Lead) -> None:
    with pytest.raises(ReviewerError, match="No lead has case 1: there is nothing to correct"):
        _correct(round_.desk)
    _forward(round_.desk, wish_for("anna", "paper"))
    sent = round_.send()
    assert [len(one.take(sent).new_packages) for one in (lead, paper)] == [1, 1]
    assert _correct(round_.desk).leads == ("anna", "paper")
    sent = round_.send()
    for one in (lead, paper):
        one.take(sent)
        assert _cases(one)[0].startswith("CORRECTED: Waste in the lake")
        assert "(superseded)" in _cases(one)[1]
        assert verify_all(one.store, one.identity)[0].complete


def test_a_consent_that_was_narrowed_proposes_a_withdrawal_and_stops_a_correction(
    round_: Round, lead: Lead, paper: Lead
) -> None:
    _forward(round_.desk, wish_for("anna", "paper"))
    sent = round_.send()
    lead.take(sent)
    paper.take(sent)
    with round_.desk.look() as rows:
        assert to_withdraw(rows) == ()
    _only_for_leads(round_)
    words = "khomo-reviewer withdraw 1 --from paper --reason REASON"
    for command in ("list", "show 1"):
        said = " ".join(run(round_.desk, *command.split()).stdout.split())
        assert (
            f"ATTENTION: the source of case 1 does not allow any more that paper see it, who have it: {words}" in said
        )
    with round_.desk.look() as rows:
        assert look_at(rows, DAY).needs_attention
    with pytest.raises(RefusedError, match="did not allow that a journalist"):
        _correct(round_.desk)
    _withdraw(round_.desk, "paper")
    with round_.desk.look() as rows:
        assert to_withdraw(rows) == ()
    assert _correct(round_.desk).leads == ("anna",)
    sent = round_.send()
    lead.take(sent)
    paper.take(sent)
    assert _cases(lead)[0].startswith("CORRECTED")
    assert _cases(paper)[0].startswith("WITHDRAWN")
    assert b"lake" not in clear(paper, sent)


@pytest.mark.usefixtures("lead")
def test_the_commands_show_what_they_will_do_and_ask(round_: Round) -> None:
    _forward(round_.desk, wish_for("anna"))
    round_.send()
    page = json.loads(run(round_.desk, "withdraw", 1, "--reason", WHY, "--dry-run", "--json").stdout)
    assert (page["purpose"], page["leads"][0]["name"], page["files"]) == ("withdrawal", "anna", [])
    refused = run(round_.desk, "withdraw", 1, "--reason", "text of the source", code=4, stdin="n\n")
    assert "Is the case taken back from these leads? [y/N]" in refused.stderr
    assert "\u2502 text of the source" in refused.stdout
    assert "ATTENTION: these words stand in what the source sent" in refused.stdout
    told = ("--title", "Lake", "--summary", "The text of the source speaks of it.", *SAFE)
    corrected = run(round_.desk, "correct", 1, "--reason", "it is a lake", *told).stdout
    assert "a CORRECTION for all who have it" in corrected
    second = run(round_.desk, "sign", 2, code=1, stdin="n\n").stdout
    assert "a CORRECTION of what these leads have" in second
    assert "\u2502 text of the source\n" in second, "who signs second is warned of the source's words too"
    done = run(round_.desk, "withdraw", 1, "--reason", WHY, "--yes").stdout
    assert "It leaves with the next outbox.\n" in done
    assert "a WITHDRAWAL of all that these leads were told" in run(round_.desk, "sign", 3, code=1, stdin="n\n").stdout
    assert "withdraw" in run(round_.desk, "history", 1).stdout
    said = run(round_.desk, "show", 1).stdout
    assert "Forwarded: number 1, prepared on" in said
    assert "To be withdrawn, where it went: number 3, prepared on 2026-11-20, signed" in said
