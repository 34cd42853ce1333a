"""The day after a raid: the desk is declared lost, the server seals to the spare one, and that one opens."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from click.testing import CliRunner

from intake.decoys import DecoyMaker
from intake.papers import Papers
from intake.store import Store, StoreSettings
from keys.opening.commands import main as keys_command
from keys.opening.limits import LOWEST_LOG_N
from keys.sealing.age import HybridRecipient
from keys.sealing.public_bundle import PublicBundle
from reviewer.commands import main
from reviewer.vault.vault import Vault
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.organisation import DAY, KEYS_PASSPHRASE, sealed_report

if TYPE_CHECKING:
    from pathlib import Path

    import click

    from tests.reviewer.conftest import Amend
    from tests.reviewer.organisation import Organisation

NEW_PASSPHRASE = "a passphrase for the new reviewer"


@pytest.fixture
def folder(org: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is left after the raid, and the amendment in ``next``."""
    monkeypatch.setattr("reviewer.vault.vault.current_day", lambda: DAY)
    shutil.rmtree(org.folder / "desk")
    passphrases = {"p": PASSPHRASE, "kp": KEYS_PASSPHRASE, "rp": NEW_PASSPHRASE}
    for name, text in passphrases.items():
        (tmp_path / name).write_text(f"{text}\n")
    lines = dict.fromkeys(("root", "archive", "desk", "spare"), KEYS_PASSPHRASE) | {"reviewer amina": NEW_PASSPHRASE}
    (tmp_path / "scripted").write_text("".join(f"{name}: {text}\n" for name, text in lines.items()))
    run(
        keys_command, "amend", tmp_path / "next", "--bundle", org.bundle_note,
        "--root-key", org.folder / "take-away/root.key.age", "--lost-desk", "main",
        "--retire-reviewer", "amina", "--add-reviewer", "amina", "--day", DAY, "--work-factor", LOWEST_LOG_N,
        "--passphrase-file", tmp_path / "scripted",
    )  # fmt: skip
    return tmp_path


def run(command: object, *arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(cast("click.Command", command), [str(one) for one in arguments])
    assert done.exit_code == code, done.output
    return done.output


def init(org: Organisation, folder: Path, *more: object, code: int = 0) -> str:
    return run(
        main, "init", folder / "vault", "--yes", "--keys", org.folder / "spare",
        "--bundle", folder / "next/public-bundle.note",
        "--root", org.root_file, "--keys-passphrase-file", folder / "kp", "--passphrase-file", folder / "p",
        "--reviewer-keys-passphrase-file", folder / "rp", *more, code=code,
    )  # fmt: skip


def test_what_the_server_seals_after_a_raid_is_opened_by_the_spare_desk(org: Organisation, folder: Path) -> None:
    init(org, folder, "--reviewer-keys", folder / "next/reviewers/amina")
    note = (folder / "next/public-bundle.note").read_bytes()
    bundle = PublicBundle.from_note(note, org.root_key.verify_key)
    org.accept(sealed_report(HybridRecipient.parse(bundle.epoch_for("spare", DAY).recipient), "after the raid"))
    with Store(folder / "store", StoreSettings(free_floor_bytes=0), lambda: DAY) as store:
        DecoyMaker(store, Papers(bundle, org.server), lambda: DAY).make(())
        [row] = store.rows()
        with store.open_blob(row.id) as blob:
            org.accept(blob.read(), row.id.hex())
    said = run(main, "import", org.bundle(folder / "b"), "--vault", folder / "vault", "--passphrase-file", folder / "p")
    assert "Opened: 1. Decoys: 1." in said
    with Vault.open(folder / "vault", PASSPHRASE) as vault:
        assert vault.reviewer == "amina"


def test_a_spare_desk_without_reviewer_keys_says_where_they_come_from(org: Organisation, folder: Path) -> None:
    said = init(org, folder, "--reviewer-keys", org.folder / "spare", code=1)
    assert "reviewers/NAME; khomo-keys amend makes them" in said
    assert not (folder / "vault").exists()


def test_the_vault_of_a_lost_desk_that_was_found_again_is_read_and_signs_nothing(
    org: Organisation, desk: Vault, amend: Amend, tmp_path: Path
) -> None:
    main_desk, *others = org.ceremony.bundle.desks
    amend(desks=(replace(main_desk, lost=True), *others))
    org.report("sealed before that day")
    bundle = org.bundle(tmp_path / "one.bundle")

    def typed(*arguments: object, code: int = 0) -> str:
        done = CliRunner().invoke(main, [str(one) for one in arguments], obj=desk)
        assert done.exit_code == code, done.output
        return done.output

    said = typed("import", bundle)
    assert "ATTENTION: this desk was declared lost: its vault signs nothing any more" in said
    assert "Opened: 1." in said
    assert "sealed before that day" in typed("list")
    assert "nobody can send" not in typed("status", code=6)
    assert "declared lost" in typed("outbox", tmp_path, code=1)
