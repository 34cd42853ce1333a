"""Heads that leads co-signed: back into the vault, and on to the other leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from caselog.checkpoint import Checkpoint, cosign, read_checkpoint, sign_checkpoint
from caselog.telling import verified
from caselog.viewing import verify_all
from keys.sealing.notes import SigningKey
from reviewer import case_log, leads
from reviewer.commands import main
from reviewer.cosigning import Cosigned, take_cosigned
from reviewer.errors import ReviewerError
from reviewer.forgetting import what_is_forgotten
from reviewer.inbox import no_progress
from reviewer.sending import send
from reviewer.trust import accept_public_bundle, desk_key
from reviewer.vault.log_rows import CheckpointRow
from tests.reviewer.lead import Lead

if TYPE_CHECKING:
    from pathlib import Path

    from caselog.checkpoint import SignedCheckpoint
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


@pytest.fixture
def both(org: Organisation, desk: Vault, tmp_path: Path) -> tuple[Lead, Lead]:
    """Anna and Bo, whose keys the root has signed."""
    anna, bo = Lead("anna", org, tmp_path), Lead("bo", org, tmp_path)
    certified = replace(org.ceremony.bundle, serial=2, leads=(anna.card.verify_key, bo.card.verify_key))
    with desk.change() as change:
        accept_public_bundle(change, certified.to_note(org.root_key))
        leads.add_lead(change, anna.card)
        leads.add_lead(change, bo.card)
    return anna, bo


def _round(org: Organisation, desk: Vault, carry: Carry, stick: Path) -> Any:
    """Something comes in, and is accounted for in the log."""
    org.report("text")
    carry()
    stick.mkdir(exist_ok=True)
    return send(desk, stick, no_progress)


def _head(desk: Vault) -> SignedCheckpoint:
    with desk.look() as rows:
        newest = case_log.head(rows)
        assert newest is not None
        return read_checkpoint(newest.note, desk_key(rows).verify_key)


def _cosigned_by(lead: Lead) -> str:
    [line] = [line for line in verified(verify_all(lead.store, lead.identity)).splitlines() if "Co-signed" in line]
    return line.strip()


def test_a_co_signature_reaches_the_other_leads_with_the_next_deliveries(
    org: Organisation, desk: Vault, carry: Carry, both: tuple[Lead, Lead], tmp_path: Path
) -> None:
    anna, bo = both
    sent = _round(org, desk, carry, tmp_path / "stick")
    anna.take(sent)
    bo.take(sent)
    [(_folder, state)] = anna.store.states()
    assert take_cosigned(desk, cosign(state.head, anna.key)) == Cosigned(16, ("lead/anna",), ("lead/anna",), ())
    assert take_cosigned(desk, cosign(state.head, bo.key)).all == ("lead/anna", "lead/bo")
    sent = _round(org, desk, carry, tmp_path / "stick")
    bo.take(sent)
    assert _cosigned_by(bo) == "Co-signed by: lead/anna (at 16 leaves), lead/bo (at 16 leaves)."
    take_cosigned(desk, cosign(_head(desk), anna.key))
    with desk.change() as change:
        leads.send_again(change, "bo")
    bo.take(_round(org, desk, carry, tmp_path / "stick"))
    assert _cosigned_by(bo) == "Co-signed by: lead/anna (at 32 leaves), lead/bo (at 16 leaves)."
    with desk.look() as rows:
        assert case_log.verify(rows) == 3


def test_the_same_co_signature_again_changes_nothing(
    org: Organisation, desk: Vault, carry: Carry, both: tuple[Lead, Lead], tmp_path: Path
) -> None:
    _round(org, desk, carry, tmp_path / "stick")
    note = cosign(_head(desk), both[0].key)
    take_cosigned(desk, note)
    with desk.look() as rows:
        stored = rows.scalars(select(CheckpointRow.note)).all()
    assert take_cosigned(desk, note).new == ()
    with desk.look() as rows:
        assert rows.scalars(select(CheckpointRow.note)).all() == stored


def test_a_lead_whom_the_root_has_not_signed_is_named(
    org: Organisation, desk: Vault, carry: Carry, tmp_path: Path
) -> None:
    cy = Lead("cy", org, tmp_path)
    with desk.change() as change:
        leads.add_lead(change, cy.card)
    _round(org, desk, carry, tmp_path / "stick")
    assert take_cosigned(desk, cosign(_head(desk), cy.key)).uncertified == ("lead/cy",)


def test_what_is_no_co_signed_head_of_this_log_is_refused_in_words(
    org: Organisation, desk: Vault, carry: Carry, both: tuple[Lead, Lead], tmp_path: Path
) -> None:
    anna = both[0].key
    _round(org, desk, carry, tmp_path / "stick")
    head = _head(desk)
    with desk.look() as rows:
        key = desk_key(rows)
        stored = rows.scalars(select(CheckpointRow.note)).all()
    stranger = SigningKey.generate("lead/stranger")
    forked = sign_checkpoint(replace(head.checkpoint, root=bytes(32)), key)
    unknown = sign_checkpoint(replace(head.checkpoint, size=32), key)
    foreign = SigningKey.generate("desk/other")
    other = sign_checkpoint(Checkpoint("other", 16, bytes(32)), foreign)
    for note, why in (
        (b"\xff\x00", "not a head of this desk's log"),
        (other, "not a head of this desk's log"),
        (head.note, "No lead that is known here"),
        (cosign(head, stranger), "No lead that is known here"),
        (cosign(read_checkpoint(forked, key.verify_key), anna), "lead/anna co-signed a head at 16 leaves .* a fork"),
        (cosign(read_checkpoint(unknown, key.verify_key), anna), "lead/anna co-signed a head at 32 leaves .* a fork"),
    ):
        with pytest.raises(ReviewerError, match=why):
            take_cosigned(desk, note)
    with desk.look() as rows:
        assert rows.scalars(select(CheckpointRow.note)).all() == stored


@pytest.mark.parametrize("size", [16, 32])
def test_a_head_of_this_desk_that_is_not_here_stops_it_even_from_a_lead_that_the_vault_never_knew(
    org: Organisation, desk: Vault, carry: Carry, tmp_path: Path, size: int
) -> None:
    """The vault may be a copy from before the lead was added."""
    _round(org, desk, carry, tmp_path / "stick")
    with desk.look() as rows:
        key = desk_key(rows)
    head = sign_checkpoint(replace(_head(desk).checkpoint, size=size, root=bytes(32)), key)
    for note in (head, cosign(read_checkpoint(head, key.verify_key), SigningKey.generate("lead/later"))):
        with pytest.raises(ReviewerError, match=f"Somebody has a head at {size} leaves .* a fork"):
            take_cosigned(desk, note)
    with desk.look() as rows:
        found = what_is_forgotten(rows)
    assert found is not None
    assert found.is_proven


def test_the_command_says_who_signed_and_whom_others_do_not_recognise(
    org: Organisation, desk: Vault, carry: Carry, both: tuple[Lead, Lead], tmp_path: Path
) -> None:
    cy = Lead("cy", org, tmp_path)
    with desk.change() as change:
        leads.add_lead(change, cy.card)
    _round(org, desk, carry, tmp_path / "stick")
    file = tmp_path / "head.note"
    file.write_bytes(cosign(read_checkpoint(cosign(_head(desk), both[0].key), _head(desk).signers[0]), cy.key))

    def run(*options: str) -> str:
        done = CliRunner().invoke(main, ["log", "cosigned", str(file), *options], obj=desk)
        assert done.exit_code == 0, done.output
        return done.stdout

    said = run()
    assert "Head at 16 leaves: new co-signatures of lead/anna, lead/cy." in said
    assert "ATTENTION: the root has not signed lead/cy" in said
    assert "new co-signatures of nobody. Co-signed by: lead/anna, lead/cy." in run()
    assert '"new": []' in run("--json")
