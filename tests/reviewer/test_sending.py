"""A round outwards that meets a bad stick, or is cut off: the lead's envelope arrives all the same."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from caselog.importing import import_delivery
from keys.sealing.age import SeekableOpening
from keys.sealing.submission import Audience, Consent
from reviewer.errors import ReviewerError
from reviewer.forwarding import Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.sending import send, send_again, send_unwritten
from tests.reviewer.organisation import NO_RISK, Source

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation


@pytest.fixture(autouse=True)
def waiting(org: Organisation, desk: Vault, lead: Lead, carry: Carry) -> None:
    """Case 1 waits for Anna."""
    org.report("text", mailbox=Source().slip, consent=Consent(frozenset({Audience.LEADS})))
    carry()
    forward(desk, 1, Wish(("anna",), "Waste", "A plant lets waste into the river.", risks=NO_RISK), reviewer_key(desk))


def test_an_envelope_that_did_not_fit_on_a_stick_reaches_the_lead_from_the_next(
    desk: Vault, lead: Lead, tmp_path: Path
) -> None:
    (tmp_path / "stick").mkdir()
    taken = tmp_path / "stick/khomo-to-lead-anna-000001.age"
    taken.write_bytes(b"something else")
    with pytest.raises(ReviewerError, match="Nothing was lost"):
        send(desk, tmp_path / "stick", no_progress)
    taken.unlink()
    assert {path.name for path in send_unwritten(desk, tmp_path / "stick")} == {
        "khomo-to-server-main-000001.bundle",
        taken.name,
    }
    (tmp_path / "other").mkdir()
    assert len(send_again(desk, tmp_path / "other")) == 2
    with taken.open("rb") as file:
        opened = io.BufferedReader(SeekableOpening(file, [lead.identity]))
        assert len(import_delivery(lead.store, opened, lead.identity).new_packages) == 1


def test_an_outbox_that_was_cut_off_before_its_envelopes_gets_them(
    desk: Vault, lead: Lead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(*_: object) -> None:
        raise OSError("power")

    (tmp_path / "stick").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr("reviewer.deliveries._write", fail)
        with pytest.raises(OSError, match="power"):
            send(desk, tmp_path / "stick", no_progress)
    names = [path.name for path in send_unwritten(desk, tmp_path / "stick")]
    assert names == ["khomo-to-server-main-000001.bundle", "khomo-to-lead-anna-000001.age"]


def test_an_outbox_is_not_written_into_the_vault_itself(desk: Vault) -> None:
    for folder in (desk.outgoing, desk.folder):
        with pytest.raises(ReviewerError, match="does not belong inside the vault"):
            send(desk, folder, no_progress)
    assert not list(desk.outgoing.iterdir())
