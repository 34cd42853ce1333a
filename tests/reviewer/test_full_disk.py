"""A disk that is full: every command says so, keeps what there was, and repeats no word of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from reviewer.commands import main
from reviewer.inbox import import_bundle
from reviewer.vault.database import disk_in_words
from tests.full_disk import files_at_most

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

WORDS = "words of a source " * 500


def _refused(desk: Vault, *arguments: object) -> str:
    done = CliRunner(catch_exceptions=False).invoke(main, [str(one) for one in arguments], obj=desk)
    assert done.exit_code == 1, done.output
    assert "words of a source" not in done.output
    return done.stderr


def test_an_import_onto_a_full_disk_says_so_and_is_run_again(org: Organisation, desk: Vault, tmp_path: Path) -> None:
    org.report(WORDS)
    bundle = org.bundle(tmp_path / "one.bundle")
    with files_at_most((desk.folder / "vault.db").stat().st_size):
        said = _refused(desk, "import", bundle)
    assert "The disk is full, read-only or failing" in said
    assert "Free space there, then run the command again." in said
    assert import_bundle(desk, bundle).finished


def test_a_backup_onto_a_full_disk_says_so_and_leaves_nothing(desk: Vault, carry: Carry, tmp_path: Path) -> None:
    carry()
    disk = tmp_path / "disk"
    disk.mkdir()
    with files_at_most(100_000):
        assert "The disk is full, read-only or failing" in _refused(desk, "backup", disk)
    assert list(disk.iterdir()) == []


def test_an_error_of_the_database_repeats_no_values_and_is_not_taken_for_a_full_disk(desk: Vault) -> None:
    with pytest.raises(OperationalError) as caught, desk.look() as rows:
        rows.execute(text("SELECT :words FROM missing"), {"words": WORDS})
    assert "words of a source" not in str(caught.value)
    with pytest.raises(OperationalError, match="no such table"):
        disk_in_words(caught.value)
