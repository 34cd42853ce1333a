from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from keys.opening.errors import WrongPassphraseError
from keys.opening.key_files import read_key_file, write_key_file
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.new_keys import make_epoch
from keys.sealing.errors import FormatError
from keys.sealing.key_file import KeyFile
from keys.sealing.notes import SigningKey
from reviewer.errors import ReviewerError
from reviewer.inbox import reopen_sealed
from reviewer.keyring import Organisation as Files
from reviewer.keyring import add_keys, add_reviewer, found_vault, read_desk_keys, reviewer_key
from reviewer.trust import accept_public_bundle, desk_id, desk_key, public_bundle
from reviewer.values import ArrivalState
from reviewer.vault.rows import ArrivalRow, CaseRow, DeskRow, EpochRow, PublicBundleRow
from reviewer.vault.vault import Vault
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.organisation import DAY, KEYS_PASSPHRASE, sealed_report

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.public_bundle import PublicBundle
    from tests.reviewer.conftest import Amend, Carry
    from tests.reviewer.organisation import Organisation


def _with(value: Any, **changes: Any) -> Any:
    return type(value)(**{name: getattr(value, name) for name in value.__slots__} | changes)


def _accept(org: Organisation, desk: Vault, bundle: PublicBundle) -> bool:
    with desk.change() as change:
        return accept_public_bundle(change, bundle.to_note(org.root_key))


def test_a_vault_holds_what_the_ceremony_made(org: Organisation, desk: Vault) -> None:
    with desk.look() as rows:
        assert desk_id(rows) == "main"
        assert desk_key(rows).verify_key == org.ceremony.bundle.desk("main").verify_key
        assert public_bundle(rows) == org.ceremony.bundle
        [epoch] = rows.scalars(select(EpochRow)).all()
    assert epoch.recipient == str(org.recipient())
    assert reviewer_key(desk).verify_key == org.ceremony.bundle.reviewers[0]


def test_the_key_files_are_asked_for_in_words(org: Organisation, tmp_path: Path) -> None:
    folder, amina = org.folder / "desk", org.own("amina")
    with pytest.raises(WrongPassphraseError):
        read_desk_keys(folder, "another passphrase entirely", amina)
    with pytest.raises(WrongPassphraseError, match="reviewer-amina"):
        read_desk_keys(folder, KEYS_PASSPHRASE, replace(amina, passphrase=KEYS_PASSPHRASE))
    with pytest.raises(ReviewerError, match="amina"):
        read_desk_keys(folder, KEYS_PASSPHRASE, amina, "yusuf")
    for nobody in (tmp_path, folder, amina.path.parent):
        with pytest.raises(ReviewerError, match=r"no key of a reviewer.*--reviewer-keys"):
            read_desk_keys(folder, KEYS_PASSPHRASE, replace(amina, path=nobody))
    for path in folder.glob("epoch-*"):
        path.unlink()
    with pytest.raises(ReviewerError, match="no key file of an epoch"):
        read_desk_keys(folder, KEYS_PASSPHRASE, amina)
    (folder / "desk.key.age").unlink()
    with pytest.raises(ReviewerError, match="is not there"):
        read_desk_keys(folder, KEYS_PASSPHRASE, amina)


def test_keys_of_another_ceremony_leave_no_vault_behind(org: Organisation, tmp_path: Path) -> None:
    keys = read_desk_keys(org.folder / "desk", KEYS_PASSPHRASE, org.own("amina"))
    files = Files.read(org.bundle_note, org.root_file)
    stranger = KeyFile.of_signing_key(SigningKey.generate("harbour/desk/main"))
    odd_epoch = make_epoch("main", "Desk", DAY, 90).key_file
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"desk": stranger}, FormatError),
        ({"reviewer_key": stranger}, ReviewerError),
        ({"epochs": (odd_epoch,)}, ReviewerError),
    ]
    for changed, error in wrong:
        with pytest.raises(error):
            found_vault(tmp_path / "new", files, replace(keys, **changed), PASSPHRASE)
        assert not (tmp_path / "new").exists()


def test_a_new_epoch_opens_what_waited_for_it(org: Organisation, desk: Vault, carry: Carry, tmp_path: Path) -> None:
    new = make_epoch("main", "Desk", DAY, 90)
    write_key_file(tmp_path / f"epoch-{new.epoch.id}.key.age", new.key_file, KEYS_PASSPHRASE, LOWEST_LOG_N)
    org.accept(sealed_report(new.key_file.identity().recipient(), "sealed to the next epoch"))
    org.accept(b"damaged")
    assert carry().found[ArrivalState.NO_KEY] == 1
    with pytest.raises(ReviewerError, match="does not name the epoch"):
        add_keys(desk, tmp_path, KEYS_PASSPHRASE)
    main, spare = org.ceremony.bundle.desks
    newer = _with(org.ceremony.bundle, serial=2, desks=(_with(main, epochs=(*main.epochs, new.epoch)), spare))
    assert _accept(org, desk, newer)
    assert add_keys(desk, tmp_path, KEYS_PASSPHRASE) == [new.epoch.id]
    assert add_keys(desk, tmp_path, KEYS_PASSPHRASE) == []
    assert reopen_sealed(desk) == {ArrivalState.OPENED: 1, ArrivalState.DAMAGED: 1}
    assert reopen_sealed(desk) == {ArrivalState.DAMAGED: 1}
    assert len(list(desk.sealed.iterdir())) == 1
    with desk.look() as rows:
        assert rows.scalars(select(CaseRow.preview)).all() == ["sealed to the next epoch"]


def test_the_same_public_bundle_again_is_nothing_new(org: Organisation, desk: Vault) -> None:
    assert not _accept(org, desk, org.ceremony.bundle)


def test_a_desk_that_was_declared_lost_signs_no_more(org: Organisation, desk: Vault) -> None:
    main, spare = org.ceremony.bundle.desks
    _accept(org, desk, _with(org.ceremony.bundle, serial=2, desks=(_with(main, lost=True), spare)))
    with desk.look() as rows, pytest.raises(ReviewerError, match="declared lost"):
        desk_key(rows)


def test_a_vault_without_a_public_bundle_says_so(vault: Vault) -> None:
    with vault.look() as rows, pytest.raises(ReviewerError, match="never given a public bundle"):
        public_bundle(rows)


def test_a_second_reviewer_unlocks_with_a_passphrase_and_a_key_of_their_own(org: Organisation, desk: Vault) -> None:
    key = SigningKey.generate("harbour/reviewer/yusuf")
    with pytest.raises(ReviewerError, match="does not name the key"):
        add_reviewer(desk, KeyFile.of_signing_key(key), "the passphrase of yusuf")
    reviewers = (*org.ceremony.bundle.reviewers, key.verify_key)
    _accept(org, desk, _with(org.ceremony.bundle, serial=2, reviewers=reviewers))
    assert add_reviewer(desk, KeyFile.of_signing_key(key), "the passphrase of yusuf") == "yusuf"
    with pytest.raises(ReviewerError, match="there already"):
        add_reviewer(desk, KeyFile.of_signing_key(key), "the passphrase of yusuf")
    desk.held.close()
    with Vault.open(desk.folder, "the passphrase of yusuf", "yusuf") as opened:
        assert reviewer_key(opened).verify_key == key.verify_key


def test_a_reviewer_whom_the_bundle_no_longer_names_cannot_sign(org: Organisation, desk: Vault) -> None:
    _accept(org, desk, _with(org.ceremony.bundle, serial=2, reviewers=()))
    with pytest.raises(ReviewerError, match="does not name the key of reviewer amina"):
        reviewer_key(desk)


def test_the_schema_holds_several_desks(org: Organisation, desk: Vault) -> None:
    with desk.change() as change:
        spare = read_key_file(org.folder / "spare/desk.key.age", KEYS_PASSPHRASE).signing_key()
        change.rows.add(DeskRow(id="spare", signing_seed=spare.expose_seed(), key_name=spare.name))
    with desk.look() as rows:
        assert desk_id(rows) == "main"
        assert len(rows.scalars(select(PublicBundleRow)).all()) == 1


def test_a_sealed_row_whose_file_is_gone_does_not_keep_the_others_shut(
    org: Organisation, desk: Vault, carry: Carry, amend: Amend, tmp_path: Path
) -> None:
    new = make_epoch("main", "Desk", DAY, 90)
    write_key_file(tmp_path / f"epoch-{new.epoch.id}.key.age", new.key_file, KEYS_PASSPHRASE, LOWEST_LOG_N)
    rows_sent = [org.accept(sealed_report(new.key_file.identity().recipient(), text)) for text in ("one", "two")]
    carry()
    main, spare = org.ceremony.bundle.desks
    amend(desks=(_with(main, epochs=(*main.epochs, new.epoch)), spare))
    add_keys(desk, tmp_path, KEYS_PASSPHRASE)
    gone = desk.sealed / f"{rows_sent[0]}.age"
    kept = gone.read_bytes()
    gone.unlink()
    assert reopen_sealed(desk) == {ArrivalState.OPENED: 1, ArrivalState.NO_KEY: 1}
    with desk.look() as rows:
        assert "missing in the vault" in (rows.get_one(ArrivalRow, bytes.fromhex(rows_sent[0])).problem or "")
    gone.write_bytes(kept)
    assert reopen_sealed(desk) == {ArrivalState.OPENED: 1}


def test_folders_and_papers_that_are_not_there_or_are_others_are_named(org: Organisation, tmp_path: Path) -> None:
    nowhere = tmp_path / "nothere"
    with pytest.raises(ReviewerError, match="nothere is not there"):
        read_desk_keys(org.folder / "desk", KEYS_PASSPHRASE, replace(org.own("amina"), path=nowhere))
    with pytest.raises(ReviewerError, match=r"nothere/desk\.key\.age is not there"):
        read_desk_keys(nowhere, KEYS_PASSPHRASE, org.own("amina"))
    with pytest.raises(FormatError, match=r"public-bundle\.note holds no root key: it is a public bundle"):
        Files.read(org.bundle_note, org.bundle_note)
    with pytest.raises(FormatError, match="is no public bundle: it is a public key"):
        Files.read(org.root_file, org.root_file)
