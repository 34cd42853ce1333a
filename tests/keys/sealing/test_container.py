"""Containers as people's own tools see them, and what the writer refuses."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.container import ContainerWriter, DamagedContainer, Member
from keys.sealing.container_reader import Container
from keys.sealing.limits import GIB, MIB
from keys.sealing.sizes import size_class
from tests.keys.sealing.container_forge import THREE, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOOLS = {
    "unzip": ["unzip", "-tqq"],
    "bsdtar": ["bsdtar", "-xOf"],
    "7z": ["7z", "t", "-bso0", "-bsp0"],
    "python": [sys.executable, "-c", "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())"],
}
by_tool = pytest.mark.parametrize("tool", TOOLS)


def accepts(tool: str, path: Path) -> None:
    command = [*TOOLS[tool], str(path)]
    assert shutil.which(command[0]), f"{command[0]} is missing; the set-up installs it"
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def extract(tool: str, path: Path, folder: Path) -> None:
    folder.mkdir()
    commands = {
        "unzip": ["unzip", "-q", str(path)],
        "bsdtar": ["bsdtar", "-xf", str(path)],
        "7z": ["7z", "x", "-bso0", "-bsp0", str(path)],
        "python": [sys.executable, "-m", "zipfile", "-e", str(path), "."],
    }
    subprocess.run(commands[tool], check=True, cwd=folder, env={**os.environ, "LC_ALL": "C.UTF-8"})


@by_tool
def test_stock_tools_extract_every_member(tool: str, tmp_path: Path) -> None:
    (tmp_path / "r.zip").write_bytes(written(*THREE))
    extract(tool, tmp_path / "r.zip", tmp_path / "out")
    for name, content in THREE:
        assert (tmp_path / "out" / name).read_bytes() == content


def test_bsdtar_reads_it_from_a_pipe() -> None:
    listed = subprocess.run(["bsdtar", "-tf", "-"], check=True, input=written(*THREE), capture_output=True).stdout
    assert listed.decode().splitlines() == [*(name for name, _ in THREE), "padding"]


def test_members_are_reported_with_size_and_digest() -> None:
    writer = ContainerWriter(lambda _: None)
    writer.start("files/a")
    writer.write(b"one ")
    writer.write(memoryview(b"two"))
    assert writer.end() == Member("files/a", 7, hashlib.sha256(b"one two").hexdigest())


def test_nothing_tells_when_or_by_whom_it_was_made() -> None:
    members = zipfile.ZipFile(io.BytesIO(written(*THREE))).infolist()
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.external_attr >> 16 for member in members} == {0o100600}
    assert written(*THREE) == written(*THREE)


@pytest.mark.parametrize("content", [*range(131_072 - 700, 131_072, 7), *range(130_600, 130_690)])
def test_every_remainder_ends_exactly_at_a_class(content: int) -> None:
    container = written(("files/a", bytes(content)))
    assert len(container) == size_class(len(container))
    assert Container.read(io.BytesIO(container)).members[0].size == content


@given(st.integers(0, 3 * MIB), st.integers(1, 60))
def test_a_container_is_never_longer_than_its_class_asks(size: int, name_length: int) -> None:
    total = 0

    def count(data: bytes) -> None:
        nonlocal total
        total += len(data)

    writer = ContainerWriter(count)
    writer.add("n" * name_length, bytes(size))
    assert writer.finish() == total
    structure = 98 + 2 * (74 + 84) + 2 * (name_length + len("padding"))
    assert total == size_class(size + structure)


@pytest.mark.parametrize("name", ["", "../a", "/a", "a/", "a\\b", "a\0", ".a", "-a", "nul", "\u202ea", "a/" * 600])
def test_unsafe_names_are_not_written(name: str) -> None:
    with pytest.raises(DamagedContainer):
        ContainerWriter(lambda _: None).start(name)


def test_names_that_a_file_system_takes_for_one_are_not_written() -> None:
    writer = ContainerWriter(lambda _: None)
    writer.add("files/a", b"")
    for name in ("files/a", "FILES/A", "files", "Files/a/b"):
        with pytest.raises(DamagedContainer, match="one name"):
            writer.start(name)


def test_the_name_of_the_padding_is_kept_for_it() -> None:
    with pytest.raises(DamagedContainer, match="padding"):
        ContainerWriter(lambda _: None).start("padding")


def test_members_that_would_not_leave_room_for_the_padding_are_not_written() -> None:
    writer = ContainerWriter(lambda _: None)
    for number in range(4095):
        writer.add(f"{number}", b"")
    with pytest.raises(DamagedContainer, match="4096"):
        writer.start("one more")
    assert writer.finish() == size_class(4096 * (74 + 84 + 2) + 4096 * 6)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda writer: writer.write(b""),
        lambda writer: writer.end(),
        lambda writer: (writer.start("a"), writer.start("b")),
        lambda writer: (writer.start("a"), writer.finish()),
        lambda writer: (writer.finish(), writer.finish()),
        lambda writer: (writer.finish(), writer.start("a")),
    ],
)
def test_calls_out_of_order_are_errors_of_the_caller(misuse: Callable[[ContainerWriter], object]) -> None:
    with pytest.raises(ValueError, match="member"):
        misuse(ContainerWriter(lambda _: None))


def write_sparse(path: Path, sizes: dict[str, int]) -> int:
    """Write members of zeros; runs of zeros become holes of the file."""
    block = bytes(MIB)
    with path.open("wb") as file:

        def sink(data: bytes) -> None:
            if data.count(0) == len(data):
                file.seek(len(data), io.SEEK_CUR)
            else:
                file.write(data)

        writer = ContainerWriter(sink)
        for name, size in sizes.items():
            writer.start(name)
            for _ in range(size // MIB):
                writer.write(block)
            writer.write(block[: size % MIB])
            writer.end()
        return writer.finish()


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("huge") / "r.zip"
    assert write_sparse(path, {"files/huge": 4 * GIB + 1, "files/after": 3}) == 5 * GIB == path.stat().st_size
    return path


@pytest.mark.long
def test_members_over_4_gib_are_read_back(huge: Path) -> None:
    with huge.open("rb") as file:
        container = Container.read(file)
        assert [member.size for member in container.members] == [4 * GIB + 1, 3]
        with container.open("files/huge") as member:
            assert sum(len(block) for block in iter(lambda: member.read(MIB), b"")) == 4 * GIB + 1
        assert container.open("files/after").read() == bytes(3)
        container.check_padding()


@pytest.mark.long
@by_tool
def test_stock_tools_read_members_over_4_gib(tool: str, huge: Path) -> None:
    accepts(tool, huge)
