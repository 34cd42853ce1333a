from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from reviewer.backup import back_up
from reviewer.cases import details
from reviewer.errors import LockedError, ReviewerError
from reviewer.inbox import no_progress
from reviewer.vault.rows import AttachmentRow
from reviewer.vault.vault import Vault
from tests.reviewer.conftest import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


@pytest.fixture
def full(org: Organisation, desk: Vault, carry: Carry) -> Vault:
    org.report("text", files=[("a.txt", b"content" * 1000)])
    org.accept(b"damaged")
    carry()
    return desk


def test_a_backup_is_a_vault_with_everything_in_it(full: Vault, tmp_path: Path) -> None:
    steps: list[int] = []
    made = back_up(full, tmp_path, steps.append)
    assert made.folder.name == "khomo-vault-2026-11-20-1"
    assert (made.files, sum(steps) > 0) == (4, True)
    with Vault.open(made.folder, PASSPHRASE) as copy:
        with copy.look() as rows:
            found = details(rows, 1)
        [attachment] = found.attachments
        with copy.attachments.open(attachment.file, attachment.seed) as source:
            assert source.read() == b"content" * 1000
        assert len(list(copy.sealed.iterdir())) == 1
        assert copy.setting("restored") == "yes"
    assert full.setting("restored") is None


def test_a_second_backup_of_a_day_has_its_own_name(full: Vault, tmp_path: Path) -> None:
    assert [back_up(full, tmp_path, no_progress).folder.name[-1] for _ in range(2)] == ["1", "2"]


def test_a_backup_goes_to_a_folder_outside_of_the_vault(full: Vault, tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="not a folder"):
        back_up(full, tmp_path / "missing", no_progress)
    with pytest.raises(ReviewerError, match="inside the vault"):
        back_up(full, full.folder, no_progress)


@pytest.mark.parametrize("damage", ["attachments", "sealed", "missing"])
def test_damage_in_the_vault_is_found_and_no_backup_is_left(full: Vault, tmp_path: Path, damage: str) -> None:
    [path] = (full.folder / ("sealed" if damage == "sealed" else "attachments")).iterdir()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    target = tmp_path / "disk"
    target.mkdir()
    with pytest.raises(ReviewerError, match="missing or damaged"):
        back_up(full, target, no_progress)
    assert list(target.iterdir()) == []


def test_a_copied_database_that_does_not_verify_is_no_backup(
    full: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviewer import backup  # noqa: PLC0415 - patched here only

    copy = backup._copy_database

    def damage(vault: Vault, path: Path) -> None:
        copy(vault, path)
        data = bytearray(path.read_bytes())
        data[8 * 4096 + 100] ^= 1
        path.write_bytes(bytes(data))

    monkeypatch.setattr(backup, "_copy_database", damage)
    with pytest.raises((ReviewerError, LockedError), match=r"does not verify|damaged"):
        back_up(full, tmp_path, no_progress)


def test_the_copy_has_no_free_pages_to_search(full: Vault, tmp_path: Path) -> None:
    made = back_up(full, tmp_path, no_progress)
    with Vault.open(made.folder, PASSPHRASE) as copy, copy.look() as rows:
        assert rows.execute(text("PRAGMA freelist_count")).scalar() == 0
        assert len(rows.scalars(select(AttachmentRow)).all()) == 1
