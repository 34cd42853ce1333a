from __future__ import annotations

from pathlib import Path

import pytest

from keys.opening.errors import OpeningError
from keys.opening.staging import staged_folder


def fill(folder: Path) -> None:
    with staged_folder(folder) as staging:
        (staging / "inner").mkdir()
        (staging / "inner/key").write_bytes(b"k")
        (staging / "note").write_bytes(b"n")
        assert staging.parent in {folder, folder.parent}, "on one file system"


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_is_filled_whole(tmp_path: Path, *, there: bool) -> None:
    folder = tmp_path / "a" / "b"
    if there:
        folder.mkdir(parents=True)
        (folder / "lost+found").mkdir()
    fill(folder)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != "lost+found") == [
        "inner",
        "inner/key",
        "note",
    ]


@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_left_of_a_failure(tmp_path: Path, *, there: bool) -> None:
    folder = tmp_path / "a"
    if there:
        folder.mkdir()
    with pytest.raises(RuntimeError), staged_folder(folder) as staging:  # noqa: PT012 - the failure comes inside
        (staging / "note").write_bytes(b"n")
        raise RuntimeError
    assert folder.exists() is there
    assert list(tmp_path.rglob("*")) == ([folder] if there else [])


def test_nothing_is_left_if_the_last_move_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name == "note":
            raise OSError("stick pulled out")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="pulled out"):
        fill(tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_left_if_the_last_sync_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    if there:
        (tmp_path / "a").mkdir()

    def failing(folder: Path) -> None:
        if folder == (tmp_path / "a" if there else tmp_path):
            raise OSError("stick pulled out")

    monkeypatch.setattr("keys.opening.staging.sync_folder", failing)
    with pytest.raises(OSError, match="pulled out"):
        fill(tmp_path / "a")
    assert list(tmp_path.rglob("*")) == ([tmp_path / "a"] if there else [])


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"x")
    with pytest.raises(OpeningError, match="mine is there"):
        fill(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
