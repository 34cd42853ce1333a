"""Whenever a ceremony is killed, the folder is whole, or nobody can take it for whole."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from keys.opening.errors import OpeningError
from keys.opening.staging import staged_folder
from keys.sealing.notes import VerifyKey
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from pathlib import Path

FILES = 15
"""Of a ceremony with one reviewer."""


def killed(place: Path, there: str) -> list[Path]:
    """Return the folders of ceremonies that were killed ever later; the last one's was not."""
    command = [sys.executable, "-m", "tests.keys.opening.killed_ceremonies", str(place), there]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    moments = int(done.stdout)
    assert moments > 50
    return [place / str(moment) / "keys" for moment in range(1, moments + 1)]


def assert_whole(folder: Path) -> None:
    assert len([path for path in folder.rglob("*") if path.is_file()]) == FILES
    root = VerifyKey.parse((folder / "root.pub").read_text().strip())
    assert PublicBundle.from_note((folder / "public-bundle.note").read_bytes(), root).serial == 1


def test_a_new_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    *folders, last = killed(tmp_path, "new")
    assert_whole(last)
    assert [path.name for path in last.parent.iterdir()] == ["keys"]
    there = [folder for folder in folders if folder.exists()]
    assert 0 < len(there) < 5
    for folder in there:
        assert_whole(folder)


def test_a_stick_that_was_half_filled_lacks_the_root_and_is_refused(tmp_path: Path) -> None:
    *folders, last = killed(tmp_path, "there")
    assert_whole(last)
    there = [folder for folder in folders if (folder / "root.pub").exists()]
    assert 0 < len(there) < 5
    for folder in there:
        assert_whole(folder)
    half_filled = [folder for folder in folders if folder not in there and any(folder.iterdir())]
    assert len(half_filled) > 20
    for folder in half_filled:
        with pytest.raises(OpeningError, match="not empty"), staged_folder(folder):
            pass
        assert any(path.name.startswith(".partial-") for path in folder.iterdir())
