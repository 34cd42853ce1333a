from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from keys.sealing.atomic import PARTIAL_PREFIX, atomic_file, atomic_write


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_appears_with_its_content_and_mode(tmp_path: Path) -> None:
    previous = os.umask(0o077)
    try:
        atomic_write(tmp_path / "a", b"content", mode=0o640)
    finally:
        os.umask(previous)
    assert (tmp_path / "a").read_bytes() == b"content"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert names_in(tmp_path) == ["a"]


def test_chunks_are_written_in_order(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", (bytes([i]) for i in range(5)))
    assert (tmp_path / "a").read_bytes() == bytes(range(5))


def test_files_are_private_by_default(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", b"")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("taken_by", ["file", "folder", "dangling link"])
def test_a_taken_name_is_never_overwritten(tmp_path: Path, taken_by: str) -> None:
    path = tmp_path / "a"
    if taken_by == "file":
        path.touch()
    elif taken_by == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(FileExistsError, match="a'"):
        atomic_write(path, b"new")
    assert names_in(tmp_path) == ["a"]


def test_overwrite_replaces_the_old_file(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", b"old")
    atomic_write(tmp_path / "a", b"new", overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names_in(tmp_path) == ["a"]


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", b"old")

    def broken() -> None:
        with atomic_file(tmp_path / "a", overwrite=True) as file:
            file.write(b"half")
            assert any(name.startswith(PARTIAL_PREFIX) for name in names_in(tmp_path))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names_in(tmp_path) == ["a"]


def test_a_name_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    def slow() -> None:
        with atomic_file(tmp_path / "a") as file:
            file.write(b"mine")
            (tmp_path / "a").write_bytes(b"theirs")

    with pytest.raises(FileExistsError):
        slow()
    assert (tmp_path / "a").read_bytes() == b"theirs"
    assert names_in(tmp_path) == ["a"]


def test_the_content_can_be_read_back_before_the_name_is_given(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a") as file:
        file.write(b"content")
        file.seek(0)
        assert file.read() == b"content"
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").exists()


def test_a_stick_without_hard_links_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    atomic_write(tmp_path / "a", b"content")
    assert (tmp_path / "a").read_bytes() == b"content"
    with pytest.raises(FileExistsError):
        atomic_write(tmp_path / "a", b"new")
    assert names_in(tmp_path) == ["a"]


def test_data_are_synced_before_the_name_and_the_folder_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL proves nothing about fsync; the order of the calls does."""
    calls: list[str] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        calls.append("folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "file")
        real_fsync(descriptor)

    def link(source: Path, target: Path, *, follow_symlinks: bool) -> None:
        calls.append("name")
        real_link(source, target, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    atomic_write(tmp_path / "a", b"content")
    assert calls == ["file", "name", "folder"]
