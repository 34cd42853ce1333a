"""From a case to what a lead holds: consent, signatures, packages, the log, deliveries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from caselog.audit import audit
from caselog.leaves import CaseLeaf, DispositionLeaf, FillerLeaf, leaf_from_bytes
from keys.opening.lead_card import LeadCard
from keys.sealing.age import HybridIdentity, SeekableOpening
from keys.sealing.letter import CaseState, EntryKind
from keys.sealing.notes import SigningKey
from keys.sealing.submission import Audience, Consent
from reviewer import case_log, leads
from reviewer.errors import RefusedError, ReviewerError
from reviewer.forwarding import Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.packages import sign_again
from reviewer.sending import send
from reviewer.triage import Decision, decide
from reviewer.trust import desk_key, public_bundle
from reviewer.values import Disposition
from reviewer.vault.log_rows import CheckpointRow, LeafRow
from reviewer.vault.rows import CaseRow
from tests.reviewer.lead import Lead
from tests.reviewer.organisation import NO_RISK, Source, sealed_report
from tests.reviewer.thief import everything_at_rest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reviewer.sending import Sent
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Amend, Carry
    from tests.reviewer.organisation import Organisation


@pytest.fixture
def source(org: Organisation, carry: Carry) -> Source:
    """Case 1, for leads and lawyers, with a file."""
    source = Source()
    consent = Consent(frozenset({Audience.LEADS, Audience.LAWYER}), originals=True)
    org.report("canary of the source", files=[("canary name.txt", b"raw")], mailbox=source.slip, consent=consent)
    carry()
    return source


@pytest.fixture
def narrow(org: Organisation, source: Source, carry: Carry) -> Callable[[], None]:
    """Let the source of case 1 come back and allow nobody any more."""

    def come_back() -> None:
        org.report("please tell nobody any more", mailbox=source.slip, consent=Consent(frozenset()))
        carry()

    return come_back


def _wish(*names: str, **more: Any) -> Wish:
    return Wish(
        names or ("anna",), "Waste in the river", "A plant lets waste into the river.", **{"risks": NO_RISK, **more}
    )


def _forward(desk: Vault, wish: Wish) -> Any:
    return forward(desk, 1, wish, reviewer_key(desk))


def _send(desk: Vault, tmp_path: Path) -> Sent:
    (tmp_path / "stick").mkdir(exist_ok=True)
    return send(desk, tmp_path / "stick", no_progress)


def test_a_case_reaches_the_lead_and_its_source_is_told(
    org: Organisation, desk: Vault, lead: Lead, source: Source, tmp_path: Path
) -> None:
    made = tmp_path / "photo.png"
    made.write_bytes(b"made anew")
    with desk.change() as change:
        decide(change, 1, Decision(category="COR-01"))
    signed = _forward(desk, _wish(made_files=(made,), fields={"country": "MWI"}))
    assert signed.is_complete
    assert signed.leads == ("anna",)
    sent = _send(desk, tmp_path)
    assert (sent.appended.cases, sent.appended.dispositions, sent.appended.size) == (1, 1, 16)
    taken = lead.take(sent)
    assert len(taken.new_packages) == 1
    assert not taken.missing
    letter = source.read(org.read_desk_bundle(sent.bundle.path), org)
    assert letter.state == CaseState.FORWARDED
    assert letter.entries[-1].kind == EntryKind.FORWARDED
    assert letter.entries[-1].week == "2026-W47"
    assert letter.entries[-1].audiences == {Audience.LEADS}


def test_what_a_lead_gets_holds_no_word_of_the_source(
    desk: Vault,
    lead: Lead,
    source: Source,
    tmp_path: Path,
) -> None:
    _forward(desk, _wish())
    sent = _send(desk, tmp_path)
    lead.take(sent)
    [path] = [path for path in sent.files if "lead" in path.name]
    with path.open("rb") as file:
        clear = SeekableOpening(file, [lead.identity]).readall()
    assert b"Waste in the river" in clear
    assert b"canary" not in clear
    with desk.look() as rows:
        assert b"river" not in b"".join(rows.scalars(select(LeafRow.data)))
    assert b"Waste in the river" not in everything_at_rest(desk)


def test_consent_decides_who_gets_a_case(
    org: Organisation,
    desk: Vault,
    source: Source,
    tmp_path: Path,
) -> None:
    for name, audience in (("paper", Audience.JOURNALIST), ("counsel", Audience.LAWYER)):
        with desk.change() as change:
            leads.add_lead(change, Lead(name, org, tmp_path).card, audience)
    with pytest.raises(RefusedError, match="did not allow that a journalist"):
        _forward(desk, _wish("counsel", "paper"))
    assert _forward(desk, _wish("counsel")).is_complete


def test_a_case_whose_source_allowed_nobody_stays(
    org: Organisation,
    desk: Vault,
    lead: Lead,
    carry: Carry,
) -> None:
    org.report("text", consent=Consent(frozenset()))
    carry()
    with pytest.raises(RefusedError, match="nobody beyond the desk"):
        _forward(desk, _wish())


def test_an_unknown_lead_is_refused_with_the_known_ones(desk: Vault, lead: Lead, source: Source) -> None:
    with pytest.raises(ReviewerError, match="Known: anna"):
        _forward(desk, _wish("bela"))


def test_a_field_that_the_format_does_not_know_is_refused(desk: Vault, lead: Lead, source: Source) -> None:
    with pytest.raises(Exception, match="no field that this version does not know"):
        _forward(desk, _wish(fields={"colour": "red"}))


def test_files_as_they_came_need_policy_consent_and_two_signatures(
    desk: Vault, lead: Lead, source: Source, amend: Amend
) -> None:
    with pytest.raises(RefusedError, match="policy does not allow"):
        _forward(desk, _wish(originals=(1,)))
    amend(policy={"raw_files": True})
    with pytest.raises(RefusedError, match="two signatures"):
        _forward(desk, _wish(originals=(1,)))
    with pytest.raises(ReviewerError, match="no attachment 99"):
        _forward(desk, _wish(originals=(99,), more_signers=("yusuf",)))
    with pytest.raises(ReviewerError, match="No reviewer 'yusuf'"):
        _forward(desk, _wish(originals=(1,), more_signers=("yusuf",)))
    with desk.change() as change:
        case = change.rows.get_one(CaseRow, 1)
        case.consent = case.consent.replace("true", "false")
    with pytest.raises(RefusedError, match="source did not allow that files"):
        _forward(desk, _wish(originals=(1,), more_signers=("yusuf",)))


@pytest.mark.usefixtures("lead", "source")
def test_with_two_signatures_nothing_leaves_before_the_second(
    desk: Vault, yusuf: SigningKey, amend: Amend, tmp_path: Path
) -> None:
    eve = SigningKey.generate("harbour/reviewer/eve")
    amend(policy={"signatures_per_case": 2})
    with pytest.raises(RefusedError, match="needs 2 signatures"):
        _forward(desk, _wish())
    signed = _forward(desk, _wish(more_signers=("yusuf",), originals=(1,)))
    assert (signed.is_complete, signed.missing) == (False, (yusuf.name,))
    assert _send(desk, tmp_path).appended.cases == 0
    with pytest.raises(RefusedError, match="not by harbour/reviewer/eve"):
        sign_again(desk, signed.forward, eve)
    with pytest.raises(ReviewerError, match="Nothing with the number 99"):
        sign_again(desk, 99, yusuf)
    assert not sign_again(desk, signed.forward, reviewer_key(desk)).is_complete
    assert sign_again(desk, signed.forward, yusuf).is_complete
    assert sign_again(desk, signed.forward, yusuf).is_complete
    sent = _send(desk, tmp_path)
    assert (sent.appended.cases, sent.deliveries[0].cases) == (1, 1)


def test_nothing_leaves_once_a_later_part_of_the_report_allows_less(
    desk: Vault, lead: Lead, narrow: Callable[[], None], tmp_path: Path
) -> None:
    _forward(desk, _wish())
    narrow()
    sent = _send(desk, tmp_path)
    assert (sent.appended.cases, sent.appended.held) == (0, (1,))
    assert lead.take(sent).new_packages == ()


def test_what_travelled_once_does_not_travel_again_when_less_is_allowed(
    desk: Vault, lead: Lead, narrow: Callable[[], None], tmp_path: Path
) -> None:
    _forward(desk, _wish())
    assert len(lead.take(_send(desk, tmp_path)).new_packages) == 1
    narrow()
    with desk.change() as change:
        leads.send_again(change, "anna")
    assert [one.cases for one in _send(desk, tmp_path).deliveries] == [0]


def test_the_last_signature_is_refused_when_less_is_allowed_by_then(
    desk: Vault, lead: Lead, narrow: Callable[[], None], yusuf: SigningKey
) -> None:
    signed = _forward(desk, _wish(more_signers=("yusuf",)))
    narrow()
    with pytest.raises(RefusedError, match="does not allow that all of these leads"):
        sign_again(desk, signed.forward, yusuf)


def test_a_case_is_forwarded_again_as_its_next_revision(
    desk: Vault,
    lead: Lead,
    source: Source,
    tmp_path: Path,
) -> None:
    for expected in (1, 1):
        _forward(desk, _wish())
        assert len(lead.take(_send(desk, tmp_path)).new_packages) == expected


def test_every_lead_gets_the_log_even_without_a_case(
    org: Organisation, desk: Vault, lead: Lead, carry: Carry, tmp_path: Path
) -> None:
    org.report("text")
    carry()
    assert lead.take(_send(desk, tmp_path)).size == 16
    assert _send(desk, tmp_path).deliveries == ()


def test_what_was_lost_travels_again(desk: Vault, lead: Lead, source: Source, tmp_path: Path) -> None:
    _forward(desk, _wish())
    _send(desk, tmp_path)
    with desk.change() as change:
        assert leads.send_again(change, "anna") == 1
    sent = _send(desk, tmp_path)
    taken = lead.take(sent)
    assert (taken.number, len(taken.new_packages), taken.missing_deliveries) == (2, 1, (1,))


def test_every_row_is_accounted_for_and_again_when_its_state_changes(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    org.report("one")
    org.decoy(mailbox=Source().slip)
    org.accept(b"damaged")
    org.accept(sealed_report(HybridIdentity.generate().recipient(), "for somebody else"))
    report = carry()
    case_log.append_pending(desk)
    with desk.look() as rows:
        bundle = public_bundle(rows)
        logs = {desk_key(rows).verify_key: case_log.leaves(rows)}
    found = audit({"manifest": report.bundle.note}, logs, bundle)
    assert found.clean
    assert {state.value: number for state, number in found.accounted.items()} == {
        "open": 1, "decoy": 1, "undecryptable": 1, "not-mine": 1,
    }  # fmt: skip
    assert case_log.append_pending(desk).dispositions == 0
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.CLOSED, reason="outside our mandate"))
    assert case_log.append_pending(desk) == case_log.Appended(0, 1, 32)
    with desk.look() as rows:
        kinds = [type(leaf_from_bytes(leaf)) for leaf in case_log.leaves(rows)]
        assert case_log.verify(rows) == 2
    assert (kinds.count(DispositionLeaf), kinds.count(FillerLeaf), kinds.count(CaseLeaf)) == (5, 27, 0)


def test_of_a_row_sealed_to_another_key_the_desk_says_so_and_each_desk_must_before_it_is_accounted_for(
    org: Organisation, desk: Vault, carry: Carry, amend: Amend
) -> None:
    row = org.accept(sealed_report(HybridIdentity.generate().recipient(), "sealed to nobody"))
    report = carry()
    with desk.look() as rows:
        bundle = public_bundle(rows)
    amend(desks=tuple(replace(one, spare=False) for one in bundle.desks))
    assert case_log.append_pending(desk).dispositions == 1
    with desk.look() as rows:
        bundle, log = public_bundle(rows), case_log.leaves(rows)
    logs = {bundle.desks[0].verify_key: log}
    found = audit({"manifest": report.bundle.note}, logs, bundle)
    assert [seen.row for seen in found.unaccounted] == [row]
    assert found.silent == (bundle.desks[1].verify_key.name,)
    logs[bundle.desks[1].verify_key] = log  # as the other desk says it too
    found = audit({"manifest": report.bundle.note}, logs, bundle)
    assert (found.accounted, found.clean) == ({Disposition.NOT_MINE: 1}, True)


def test_an_empty_log_has_no_head_and_verifies(desk: Vault) -> None:
    with desk.look() as rows:
        assert case_log.head(rows) is None
        assert case_log.verify(rows) == 0


@pytest.mark.parametrize("damage", ["leaf", "more", "head"])
def test_a_log_that_was_changed_in_the_vault_is_noticed(
    org: Organisation, desk: Vault, carry: Carry, damage: str
) -> None:
    org.report("one")
    carry()
    case_log.append_pending(desk)
    with desk.change() as change:
        if damage == "leaf":
            change.rows.get_one(LeafRow, 3).data = b"{}"
        elif damage == "more":
            change.rows.add(LeafRow(number=16, data=b"{}"))
        else:
            head = change.rows.get_one(CheckpointRow, 16)
            head.note = head.note.replace(b"16", b"32")
    with desk.look() as rows, pytest.raises(Exception, match=r"do not give the head|after its newest head|signature"):
        case_log.verify(rows)


def _read_card(folder: Path, note: bytes) -> LeadCard:
    (folder / "lead.txt").write_bytes(note)
    return leads.read_card(folder / "lead.txt")


def test_cards_are_checked_and_keys_replaced_on_purpose(
    org: Organisation, desk: Vault, lead: Lead, tmp_path: Path
) -> None:
    note = lead.card.to_note(lead.key)
    card = _read_card(tmp_path, note)
    with desk.look() as rows:
        assert not leads.is_certified(rows, card)
    with pytest.raises(Exception, match=r"signature|does not fit the key"):
        _read_card(tmp_path, note.replace(b"anna", b"anne"))
    odd = LeadCard("Anna B", lead.key.verify_key, lead.card.recipient)
    with pytest.raises(ReviewerError, match="small letters"):
        _read_card(tmp_path, odd.to_note(lead.key))
    bad_pgp = LeadCard("anna", lead.key.verify_key, lead.card.recipient, "no key")
    with pytest.raises(Exception, match="OpenPGP"):
        _read_card(tmp_path, bad_pgp.to_note(lead.key))
    other = Lead("anna2", org, tmp_path).card
    card = LeadCard("anna", other.verify_key, other.recipient)
    with pytest.raises(RefusedError, match="somebody else under that name"), desk.change() as change:
        leads.add_lead(change, card)
    with desk.change() as change:
        leads.add_lead(change, lead.card)
        leads.add_lead(change, card, replace=True)
        assert leads.get_lead(change.rows, "anna").verify_key == str(other.verify_key)


@pytest.fixture
def stranger(org: Organisation, tmp_path: Path) -> Lead:
    """Somebody with keys of their own who calls themselves anna."""
    (tmp_path / "stranger").mkdir()
    return Lead("anna", org, tmp_path / "stranger")


def _replace(desk: Vault, stranger: Lead) -> None:
    with desk.change() as change:
        leads.add_lead(change, stranger.card, replace=True)


@pytest.mark.usefixtures("lead", "source")
def test_new_keys_under_a_known_name_get_no_earlier_case(desk: Vault, stranger: Lead, tmp_path: Path) -> None:
    _forward(desk, _wish())
    _send(desk, tmp_path)
    _replace(desk, stranger)
    with desk.change() as change:
        assert leads.send_again(change, "anna") == 0
    taken = stranger.take(_send(desk, tmp_path))
    assert (taken.new_packages, taken.size) == ((), 16)
    _forward(desk, _wish())
    assert len(stranger.take(_send(desk, tmp_path)).new_packages) == 1


@pytest.mark.usefixtures("lead", "source")
def test_what_was_signed_for_other_keys_does_not_leave(
    desk: Vault, stranger: Lead, yusuf: SigningKey, tmp_path: Path
) -> None:
    _forward(desk, _wish())
    waits = _forward(desk, _wish(more_signers=("yusuf",)))
    _replace(desk, stranger)
    with pytest.raises(RefusedError, match="has other keys by now"):
        sign_again(desk, waits.forward, yusuf)
    sent = _send(desk, tmp_path)
    assert (sent.appended.cases, sent.appended.held) == (0, (1,))
    assert stranger.take(sent).new_packages == ()


@pytest.mark.usefixtures("source")
def test_a_lead_with_a_new_recipient_under_the_same_key_keeps_what_was_theirs(
    desk: Vault, lead: Lead, tmp_path: Path
) -> None:
    _forward(desk, _wish())
    lead.identity = HybridIdentity.generate()
    with desk.change() as change:
        leads.add_lead(change, replace(lead.card, recipient=str(lead.identity.recipient())), replace=True)
    assert len(lead.take(_send(desk, tmp_path)).new_packages) == 1
