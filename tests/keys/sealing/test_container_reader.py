"""The strict reader: every vector, and every single change of a small container."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.container import DamagedContainer
from keys.sealing.container_reader import Container
from keys.sealing.errors import FormatError
from keys.sealing.limits import CONTAINER_MEMBERS, CONTAINER_NAME_BYTES
from keys.sealing.names import fold, is_safe_name
from tests.keys.sealing.container_forge import THREE, VECTORS, every, written
from tests.keys.sealing.vectors import vectors

if TYPE_CHECKING:
    from pathlib import Path


def opened(content: bytes) -> Container:
    return Container.read(io.BytesIO(content))


def read_all(container: Container) -> dict[str, bytes]:
    container.check_padding()
    return {member.name: container.open(member.name).read() for member in container.members}


def test_the_vectors_are_those_that_the_forge_makes() -> None:
    found = {str(path.relative_to(VECTORS)): gzip.decompress(path.read_bytes()) for path in VECTORS.rglob("*.gz")}
    assert found == {name: gzip.decompress(content) for name, content in every().items()}


@vectors("container", "accept")
def test_right_containers_are_read(path: Path) -> None:
    read_all(opened(gzip.decompress(path.read_bytes())))


@vectors("container", "refuse")
def test_wrong_structures_are_refused_before_contents(path: Path) -> None:
    with pytest.raises(DamagedContainer):
        opened(gzip.decompress(path.read_bytes()))


@vectors("container", "refuse-name")
def test_wrong_names_are_refused_before_contents(path: Path) -> None:
    with pytest.raises(DamagedContainer, match="name"):
        opened(gzip.decompress(path.read_bytes()))


@vectors("container", "refuse-content")
def test_wrong_contents_are_refused_while_they_are_read(path: Path) -> None:
    container = opened(gzip.decompress(path.read_bytes()))
    with pytest.raises(DamagedContainer):
        read_all(container)


def test_the_last_block_is_only_given_out_when_the_checksum_is_right() -> None:
    content = bytearray(written(("files/a", bytes(range(256)) * 1024)))
    content[300] ^= 1
    stream = opened(bytes(content)).open("files/a")
    given_out = bytearray()
    with pytest.raises(DamagedContainer):
        given_out.extend(byte for block in iter(lambda: stream.read(64 * 1024), b"") for byte in block)
    assert len(given_out) < 256 * 1024


def test_members_can_be_read_in_turns() -> None:
    contents = {"files/a": bytes([1]) * 200_000, "files/b": bytes([2]) * 200_000}
    container = opened(written(*contents.items()))
    first, second = container.open("files/a"), container.open("files/b")
    halves = [stream.read(100_000) for stream in (first, second)]
    assert [half + stream.read() for half, stream in zip(halves, (first, second), strict=True)] == [*contents.values()]


def test_members_cannot_be_read_out_of_order() -> None:
    with pytest.raises(io.UnsupportedOperation):
        opened(written(*THREE)).open("message.txt").seek(3)


def test_neither_the_padding_nor_what_is_not_there_can_be_opened() -> None:
    container = opened(written(*THREE))
    for name in ("padding", "files/c"):
        with pytest.raises(KeyError):
            container.open(name)


def test_a_file_that_shrinks_while_it_is_read_is_damaged() -> None:
    file = io.BytesIO(written(("files/a", bytes(100_000))))
    stream = Container.read(file).open("files/a")
    file.truncate(50_000)
    with pytest.raises(DamagedContainer, match="shorter"):
        stream.read()


class Dribbling(io.BytesIO):
    """Gives one byte a read, as a slow device may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(1, -1 if size is None else size))


def test_short_reads_of_the_file_are_no_damage() -> None:
    assert Container.read(Dribbling(written(*THREE))).open("message.txt").read() == THREE[0][1]


def caught(content: bytearray) -> bool:
    try:
        read_all(opened(bytes(content)))
    except FormatError:
        return True
    return False


def surviving(changes: list[int]) -> list[tuple[int, int]]:
    """Return each byte of a small container, padding's middle left out, whose change nobody notices."""
    content = bytearray(written(*THREE))
    start = content.index(b"padding") + 100
    end = content.index(b"PK\1\2") - 100
    survivors = []
    for place in [*range(start), *range(end, len(content))]:
        for change in changes:
            content[place] ^= change
            if not caught(content):
                survivors.append((place, change))
            content[place] ^= change
    return survivors


def test_no_single_bit_can_change_unnoticed() -> None:
    assert surviving([1, 128]) == []


@pytest.mark.long
def test_no_single_byte_can_change_unnoticed() -> None:
    assert surviving(list(range(1, 256))) == []


@given(st.data())
def test_no_byte_can_go_missing_or_be_put_in(data: st.DataObject) -> None:
    content = written(*THREE)
    place = data.draw(st.integers(0, len(content)))
    changed = data.draw(
        st.sampled_from([content[:place] + content[place + 1 :], content[:place] + b"\0" + content[place:]])
    )
    assert changed == content or caught(bytearray(changed))


@given(st.binary(max_size=400))
def test_any_end_is_read_or_refused(end: bytes) -> None:
    content = written(*THREE)
    try:
        opened(content[: len(content) - len(end)] + end)
    except DamagedContainer:
        return
    assert content.endswith(end)


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), st.binary(max_size=50), max_size=6)
)
def test_what_is_written_is_read(members: dict[str, bytes]) -> None:
    safe = {name: content for name, content in members.items() if is_safe_name(name) and fold(name) != "padding"}
    unique = {fold(name): (name, content) for name, content in safe.items()}
    assert read_all(opened(written(*unique.values()))) == dict(unique.values())


def test_as_many_members_as_there_may_be_are_read_under_the_longest_names() -> None:
    folder = "/".join(["folder".ljust(200, "x")] * 4)
    names = [f"{folder}/{n}".ljust(CONTAINER_NAME_BYTES, "x") for n in range(1, CONTAINER_MEMBERS)]
    container = opened(written(*((name, b"") for name in names)))
    assert [member.name for member in container.members] == names
