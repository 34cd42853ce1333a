"""A vault that may have forgotten what the desk signed signs nothing: leads and server see no fork."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from caselog.checkpoint import cosign, read_checkpoint
from keys.sealing.bundle import Acknowledgement, ChainId, Direction
from reviewer import case_log, chains
from reviewer.backup import back_up
from reviewer.case_log import append_pending
from reviewer.commands import main
from reviewer.cosigning import take_cosigned
from reviewer.deliveries import write_deliveries
from reviewer.errors import ReviewerError
from reviewer.forgetting import ForgottenError, resume
from reviewer.inbox import import_bundle, no_progress
from reviewer.outbox import write_server_bundle
from reviewer.sending import has_unwritten, send, send_unwritten
from reviewer.trust import desk_key
from reviewer.vault.vault import Vault
from tests.reviewer.conftest import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reviewer.sending import Sent
    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation


class Desk:
    """A desk with one lead: rounds, a backup, and what became of it."""

    def __init__(self, org: Organisation, vault: Vault, carry: Carry, folder: Path) -> None:
        self.org, self.vault, self.carry, self.folder = org, vault, carry, folder
        (folder / "stick").mkdir()

    def round(self, vault: Vault | None = None) -> Sent:
        """Let a report come in and be accounted for, here or at another copy of the vault."""
        self.org.report("text")
        path = self.org.bundle(self.folder / f"{len(list(self.folder.iterdir()))}.bundle")
        import_bundle(vault or self.vault, path, confirm=True)
        sent = send(vault or self.vault, self.folder / "stick", no_progress)
        for file in sent.files:
            file.rename(file.with_name(f"{len(list(file.parent.iterdir()))}-{file.name}"))
        return sent

    def backup(self) -> Path:
        return back_up(self.vault, self.folder, no_progress).folder

    def last(self) -> Acknowledgement:
        """What a server says that took in all bundles so far."""
        with self.vault.look() as rows:
            here = chains.position(rows, desk_key(rows).name, Direction.TO_SERVER)
        assert here is not None
        return Acknowledgement(here.chain, here.number)

    def server_says(self, vault: Vault, said: Acknowledgement | None) -> None:
        path = self.org.bundle(self.folder / f"{len(list(self.folder.iterdir()))}.bundle", acknowledges=said)
        import_bundle(vault, path, confirm=True)


@pytest.fixture
def one(org: Organisation, desk: Vault, lead: Lead, carry: Carry, tmp_path: Path) -> Desk:
    found = Desk(org, desk, carry, tmp_path)
    found.round()
    return found


@pytest.fixture
def restored(one: Desk) -> Iterator[Vault]:
    """An old copy of the vault: after its backup the desk sent two more outboxes."""
    folder = one.backup()
    for _ in range(2):
        one.round()
    with Vault.open(folder, PASSPHRASE) as vault:
        yield vault


def _resume(vault: Vault) -> None:
    with vault.change() as change:
        resume(change)


def _signs_nothing(vault: Vault, folder: Path, why: str) -> None:
    with vault.look() as rows:
        before = case_log.head(rows)
    stick = folder / "empty stick"
    stick.mkdir(exist_ok=True)
    with pytest.raises(ForgottenError, match=why):
        send(vault, stick, no_progress)
    with pytest.raises(ForgottenError, match=why):
        append_pending(vault)
    with pytest.raises(ForgottenError, match=why):
        write_deliveries(vault)
    with vault.look() as rows:
        assert case_log.head(rows) == before
    assert not has_unwritten(vault)
    assert not list(stick.iterdir())


def test_a_restored_vault_signs_nothing_before_a_person_has_asked(restored: Vault, tmp_path: Path) -> None:
    _signs_nothing(restored, tmp_path, r"restored from a backup.*newer backup\? .*log resume")


def test_a_restored_vault_after_which_nothing_left_goes_on_and_its_lead_sees_one_log(one: Desk) -> None:
    one.round()
    sent = one.round()
    with Vault.open(one.backup(), PASSPHRASE) as vault:
        one.server_says(vault, one.last())
        _resume(vault)
        again = one.round(vault)
        assert (again.bundle.number, again.deliveries[0].number) == (1, sent.deliveries[0].number + 1)
        with vault.look() as rows:
            assert case_log.verify(rows) == 4
        with pytest.raises(ReviewerError, match="Nothing is in the way"):
            _resume(vault)


def test_a_server_that_has_a_later_bundle_of_this_desk_stops_an_old_copy_of_the_vault(
    one: Desk, restored: Vault, tmp_path: Path
) -> None:
    one.server_says(restored, one.last())
    _signs_nothing(restored, tmp_path, r"server has bundle 3 of this desk, and this vault knows 1")


def test_so_it_does_where_the_copy_bears_no_mark_and_never_sent_anything(
    org: Organisation, desk: Vault, carry: Carry, tmp_path: Path
) -> None:
    with desk.look() as rows:
        name = desk_key(rows).name
    carry(acknowledges=Acknowledgement(ChainId.begin(name, Direction.TO_SERVER), 1))
    _signs_nothing(desk, tmp_path, "server has bundle 1 of this desk, and this vault knows none of that chain")


def test_what_a_person_judged_stops_nothing_until_the_server_says_more(one: Desk) -> None:
    said = one.last()
    one.server_says(one.vault, Acknowledgement(said.chain, 7))
    with pytest.raises(ForgottenError, match="bundle 7"):
        one.round()
    _resume(one.vault)
    one.server_says(one.vault, Acknowledgement(said.chain, 7))
    one.round()
    one.server_says(one.vault, Acknowledgement(said.chain, 8))
    with pytest.raises(ForgottenError, match="bundle 8"):
        one.round()


def test_a_wrong_answer_comes_out_with_the_server_s_next_bundle(one: Desk, restored: Vault, tmp_path: Path) -> None:
    _resume(restored)
    one.round(restored)
    one.server_says(restored, one.last())
    _signs_nothing(restored, tmp_path, "server has bundle 3 of this desk, and this vault knows 1")


def test_what_the_desk_remembers_and_what_is_not_its_own_stops_nothing(one: Desk) -> None:
    said = one.last()
    with Vault.open(one.backup(), PASSPHRASE) as vault:
        _resume(vault)
        one.round(vault)
        for number in range(1, said.number + 1):
            one.server_says(vault, Acknowledgement(said.chain, number))
        one.server_says(vault, None)
        one.server_says(vault, Acknowledgement(ChainId.begin("desk/other", Direction.TO_SERVER), 9))
        one.server_says(vault, Acknowledgement(ChainId.begin(said.chain.signer, Direction.TO_DESK), 9))
        one.round(vault)


def test_a_head_of_its_own_that_it_does_not_know_proves_it_and_nobody_goes_on(
    one: Desk, lead: Lead, restored: Vault, tmp_path: Path
) -> None:
    with one.vault.look() as rows:
        newest = case_log.head(rows)
        assert newest is not None
        head = read_checkpoint(newest.note, desk_key(rows).verify_key)
    for _ in range(2):
        with pytest.raises(ReviewerError, match=r"48 leaves .* a fork.* Nothing more is signed here"):
            take_cosigned(restored, cosign(head, lead.key))
    _signs_nothing(restored, tmp_path, "log of 48 leaves with this desk's signature.*spare desk")
    with pytest.raises(ForgottenError, match="48 leaves"):
        _resume(restored)


def test_an_outbox_that_was_made_before_the_backup_is_only_copied(one: Desk) -> None:
    one.org.report("text")
    one.carry()
    with pytest.raises(ReviewerError, match="not a folder"):
        send(one.vault, one.folder / "missing", no_progress)
    append_pending(one.vault)
    write_server_bundle(one.vault, no_progress)
    with Vault.open(one.backup(), PASSPHRASE) as vault:
        stick = one.folder / "other stick"
        stick.mkdir()
        with pytest.raises(ForgottenError):
            send_unwritten(vault, stick)
        _resume(vault)
        assert len(send_unwritten(vault, stick)) == 2


def _typed(vault: Vault, *arguments: str, code: int = 0, **options: Any) -> str:
    done = CliRunner(catch_exceptions=False).invoke(main, [*arguments], obj=vault, **options)
    assert done.exit_code == code, done.output
    return done.output


def test_the_commands_say_why_what_to_compare_and_how_to_go_on(restored: Vault, tmp_path: Path) -> None:
    assert "ATTENTION: This vault was restored from a backup" in _typed(restored, "status", code=6)
    assert "log resume" in _typed(restored, "outbox", str(tmp_path / "stick"), code=1)
    said = _typed(restored, "log", "resume", input="n\n", code=1)
    assert "The log here: 16 leaves. The last bundle for the server: number 1." in said
    assert "The last delivery for anna: number 1." in said
    assert "restored" in _typed(restored, "log", "append", code=1)
    assert "signs again" in _typed(restored, "log", "resume", "--yes")
    assert "ATTENTION" not in _typed(restored, "status")


def test_a_new_vault_has_nothing_to_compare_and_nothing_in_its_way(desk: Vault) -> None:
    said = _typed(desk, "log", "resume", "--yes", code=1)
    assert "The log here: 0 leaves. The last bundle for the server: number 0." in said
    assert "Nothing is in the way" in said
