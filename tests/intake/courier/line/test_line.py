"""Bundles over the line: fetched and pushed piece by piece, by couriers only, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import secrets
import socket
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

from intake.courier.importing import Trust
from intake.courier.line import visits
from intake.courier.line.app import EXTENSION, Line, create_courier_app
from intake.courier.line.parcels import PARCEL_BYTES, Parcels
from intake.courier.line.visits import Visits
from keys.sealing.chain_position import Direction
from keys.sealing.courier_line import ANSWER_BYTES, PIECE_BYTES, VISIT_HEADER, piece_count
from keys.sealing.courier_note import CourierNote, sign_courier_note
from keys.sealing.notes import SigningKey
from keys.sealing.onion_address import OnionAddress
from reviewer.errors import ReviewerError
from reviewer.online import courier_line
from reviewer.online.courier_line import CourierLine, fetch, push
from tests.intake.courier.conftest import Desk, Server, new_address, new_letter
from tests.intake.world import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from keys.sealing.public_bundle import PublicBundle

ONION = OnionAddress.parse("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")
OTHER = OnionAddress.parse("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion")
LARGE = 3 * PIECE_BYTES + 12_345
FEW = 20


@dataclass
class Onion:
    """The courier's app behind a socket, and what passes over the line."""

    app: Flask
    public: PublicBundle
    key: SigningKey
    clock: Clock
    waiting: Path
    port: int = 0
    breaks_after: int | None = None
    connections: list[socket.socket] = field(default_factory=list)

    def line(self, key: SigningKey | None = None, onion: OnionAddress = ONION) -> CourierLine:
        return CourierLine(onion, key or self.key, self.connect)

    def connect(self) -> socket.socket:
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                raise ConnectionResetError
        return socket.create_connection(("127.0.0.1", self.port), 60)

    @property
    def held(self) -> Line:
        found: Line = self.app.extensions[EXTENSION]
        return found


@pytest.fixture
def onion(server: Server) -> Iterator[Onion]:
    key, clock = SigningKey.generate("courier"), Clock()
    public = replace(server.world.bundle(), couriers=(key.verify_key,))
    trust = Trust(server.world.root.verify_key, public, server.folder / "public-bundle.note")
    held = Visits(lambda: public, lambda: ONION, clock)
    app = create_courier_app(Line(server.store, server.world.server_key, lambda: trust, held, Parcels(server.store)))
    with make_server("127.0.0.1", 0, app, threaded=True) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield Onion(app, public, key, clock, server.folder / "waiting", web.server_port)
        web.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_line, "PAUSE_SECONDS", 0.0)


def silent(_done: int, _all: int) -> None:
    """Tell nobody."""


def test_a_courier_fetches_what_the_desk_then_reads(server: Server, desk: Desk, stick: Path, onion: Onion) -> None:
    rows = {server.put(secrets.token_bytes(500)), server.put(secrets.token_bytes(LARGE))}
    file = fetch(onion.line(), stick, onion.public, onion.waiting, silent)
    desk.read(file)
    assert {bytes.fromhex(row) for row in desk.rows} == rows
    assert [one.name for one in stick.iterdir()] == [file.name]


def test_what_was_fetched_is_the_bundle_that_a_stick_would_carry(
    server: Server, stick: Path, onion: Onion, tmp_path: Path
) -> None:
    server.put(b"row")
    file = fetch(onion.line(), stick, onion.public, onion.waiting, silent)
    again = server.exporter.export_again(tmp_path / "again.bundle")
    assert again.path.read_bytes() == file.read_bytes()


def test_a_bundle_that_was_fetched_is_done_and_the_next_one_has_the_next_number(
    server: Server, desk: Desk, stick: Path, onion: Onion
) -> None:
    server.put(b"one")
    desk.read(fetch(onion.line(), stick, onion.public, onion.waiting, silent))
    server.put(b"two")
    assert desk.read(fetch(onion.line(), stick, onion.public, onion.waiting, silent)).manifest.number == 2


def test_a_line_that_breaks_goes_on_where_it_was(server: Server, desk: Desk, stick: Path, onion: Onion) -> None:
    server.put(secrets.token_bytes(LARGE))
    seen: list[int] = []
    onion.breaks_after = 5  # two for the visit, one for the offer, two pieces
    with pytest.raises((ReviewerError, OSError)):
        fetch(onion.line(), stick, onion.public, onion.waiting, lambda done, _all: seen.append(done))
    onion.breaks_after = None
    desk.read(fetch(onion.line(), stick, onion.public, onion.waiting, lambda done, _all: seen.append(done)))
    assert seen == list(range(1, piece_count(LARGE) + 1)), "no piece travels twice"


def test_a_line_that_breaks_before_the_end_leaves_no_bundle(server: Server, stick: Path, onion: Onion) -> None:
    server.put(b"row")
    onion.breaks_after = 3
    with pytest.raises((ReviewerError, OSError)):
        fetch(onion.line(), stick, onion.public, onion.waiting, silent)
    assert not list(stick.glob("*.bundle"))


def test_a_server_that_sends_another_servers_bundle_is_noticed(server: Server, stick: Path, onion: Onion) -> None:
    server.put(b"row")
    stranger = replace(onion.public, servers=(SigningKey.generate("elsewhere").verify_key,))
    with pytest.raises(Exception, match="signed"):
        fetch(onion.line(), stick, stranger, onion.waiting, silent)
    assert not list(stick.iterdir())


def test_a_courier_pushes_what_the_server_takes_in(server: Server, desk: Desk, onion: Onion) -> None:
    letters = {new_address(): new_letter() for _ in range(FEW)}
    file = desk.write(letters)
    assert push(onion.line(), file, onion.public, silent).letters == FEW
    assert {address: server.store.letter(address) for address in letters} == letters
    assert push(onion.line(), file, onion.public, silent).repeated


def test_a_push_goes_on_where_it_was(desk: Desk, onion: Onion) -> None:
    file = desk.write({new_address(): new_letter() for _ in range(100)})
    pieces, seen = piece_count(file.stat().st_size), []
    assert pieces > 3
    onion.breaks_after = 5
    with pytest.raises((ReviewerError, OSError)):
        push(onion.line(), file, onion.public, lambda done, _all: seen.append(done))
    onion.breaks_after = None
    push(onion.line(), file, onion.public, lambda done, _all: seen.append(done))
    assert seen == list(range(1, pieces + 1))


def test_a_bundle_that_the_server_does_not_accept_is_refused_in_its_words(desk: Desk, onion: Onion) -> None:
    desk.write({})
    with pytest.raises(ReviewerError, match="confirm"):
        push(onion.line(), desk.write({}), onion.public, silent)


def test_a_gap_that_people_have_confirmed_is_taken(desk: Desk, onion: Onion) -> None:
    push(onion.line(), desk.write({}), onion.public, silent)
    desk.write({})
    assert push(onion.line(), desk.write({}), onion.public, silent, confirmed=True).number == 3


# Who is let in.


def client(onion: Onion) -> FlaskClient:
    return onion.app.test_client()


def proof(door: Onion, direction: Direction = Direction.TO_DESK, **other: Any) -> bytes:
    nonce = other.get("nonce") or bytes.fromhex(client(door).post("/challenge").get_json()["nonce"])
    note = CourierNote(direction, other.get("onion", ONION), nonce)
    return sign_courier_note(note, other.get("key", door.key))


def enters(onion: Onion, text: bytes) -> bool:
    return client(onion).post("/visit", data=text).status_code == 200


def test_a_courier_of_the_bundle_enters_once_with_a_proof(onion: Onion) -> None:
    text = proof(onion)
    assert enters(onion, text)
    assert not enters(onion, text), "a nonce counts once"


@pytest.mark.parametrize("other", [{"key": SigningKey.generate("courier")}, {"onion": OTHER}, {"nonce": bytes(32)}])
def test_another_key_another_address_or_another_nonce_does_not_enter(onion: Onion, other: dict[str, Any]) -> None:
    assert not enters(onion, proof(onion, **other))


def test_a_proof_is_too_old_after_a_minute(onion: Onion) -> None:
    text = proof(onion)
    onion.clock.pass_by(seconds=61)
    assert not enters(onion, text)


def test_old_nonces_make_room(onion: Onion) -> None:
    text = proof(onion)
    for _ in range(visits.MOST_NONCES):
        client(onion).post("/challenge")
    assert not enters(onion, text)


def test_a_visit_serves_one_direction(server: Server, onion: Onion) -> None:
    line = onion.line()
    line.enter(Direction.TO_SERVER)
    with pytest.raises(ReviewerError, match="visit"):
        line.ask("GET", "/offer")


def test_a_visit_ends_after_two_hours(onion: Onion) -> None:
    line = onion.line()
    line.enter(Direction.TO_DESK)
    onion.clock.pass_by(hours=2)
    with pytest.raises(ReviewerError, match="visit"):
        line.ask("GET", "/offer")


def test_old_visits_make_room(onion: Onion) -> None:
    first = onion.line()
    first.enter(Direction.TO_DESK)
    for _ in range(visits.MOST_VISITS):
        onion.line().enter(Direction.TO_DESK)
    with pytest.raises(ReviewerError, match="visit"):
        first.ask("GET", "/offer")


PATHS = [
    ("GET", "/offer"),
    ("GET", "/offer/0"),
    ("POST", "/offer/done"),
    ("POST", "/parcel"),
    ("PUT", "/parcel/0"),
    ("POST", "/parcel/done"),
]


@pytest.mark.parametrize(("verb", "path"), PATHS)
def test_nobody_gets_anything_without_a_visit(onion: Onion, verb: str, path: str) -> None:
    assert client(onion).open(path, method=verb, data=b"{}").status_code == 403


@pytest.mark.parametrize(("verb", "path"), [*PATHS, ("POST", "/challenge"), ("POST", "/visit")])
def test_every_answer_that_is_no_piece_has_one_size(onion: Onion, verb: str, path: str) -> None:
    assert len(client(onion).open(path, method=verb, data=b"{}").data) == ANSWER_BYTES


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("GET", "/", b"", 404),
        ("GET", "/offer/one", b"", 404),
        ("GET", "/challenge", b"", 405),
        ("OPTIONS", "/challenge", b"", 405),
        ("POST", "/visit", bytes(PIECE_BYTES + 1), 413),
    ],
)
def test_so_has_the_answer_to_a_request_that_no_route_takes(
    onion: Onion, verb: str, path: str, body: bytes, status: int
) -> None:
    answer = client(onion).open(path, method=verb, data=body)
    assert (answer.status_code, len(answer.data), answer.mimetype) == (status, ANSWER_BYTES, "application/json")
    assert answer.get_json()["remedy"]


def test_and_the_answer_that_our_own_mistake_leaves(onion: Onion, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bytes:
        raise RuntimeError("a row of somebody")

    monkeypatch.setattr(onion.held.visits, "nonce", fail)
    answer = client(onion).post("/challenge")
    assert (answer.status_code, len(answer.data)) == (500, ANSWER_BYTES)
    assert b"somebody" not in answer.data


# Requests that are wrong.


def asked(onion: Onion, direction: Direction, verb: str, path: str, body: bytes = b"") -> tuple[int, str]:
    name = onion.held.visits.begin(proof(onion, direction))
    answer = client(onion).open(path, method=verb, data=body, headers={VISIT_HEADER: name})
    return answer.status_code, answer.text


def announced(size: int, sha256: str = "00" * 32) -> bytes:
    return json.dumps({"size": size, "sha256": sha256}).encode()


@pytest.mark.parametrize(
    ("direction", "verb", "path", "body"),
    [
        (Direction.TO_DESK, "GET", "/offer/0", b""),
        (Direction.TO_DESK, "POST", "/offer/done", b""),
        (Direction.TO_SERVER, "PUT", "/parcel/0", bytes(PIECE_BYTES)),
        (Direction.TO_SERVER, "POST", "/parcel/done", b"{}"),
        (Direction.TO_SERVER, "POST", "/parcel", b""),
        (Direction.TO_SERVER, "POST", "/parcel", b"[]"),
        (Direction.TO_SERVER, "POST", "/parcel", b"{}"),
        (Direction.TO_SERVER, "POST", "/parcel", b'{"size": [], "sha256": 1}'),
        (Direction.TO_SERVER, "POST", "/parcel", b'{"size": Infinity, "sha256": "%s"}' % (b"00" * 32)),
        (Direction.TO_SERVER, "POST", "/parcel", b'{"size": 1e999, "sha256": "%s"}' % (b"00" * 32)),
        (Direction.TO_SERVER, "POST", "/parcel", b'{"size": %s, "sha256": "%s"}' % (b"9" * 4000, b"00" * 32)),
        (Direction.TO_SERVER, "POST", "/parcel", b'{"size": true, "sha256": "%s"}' % (b"00" * 32)),
        (Direction.TO_SERVER, "POST", "/parcel", announced(PIECE_BYTES, "../../etc/passwd")),
        (Direction.TO_SERVER, "POST", "/parcel", b'{"size": 1, "sha256": "%s", "other": 1}' % (b"00" * 32)),
        (Direction.TO_SERVER, "POST", "/parcel", b"[" * 4000),
        (Direction.TO_SERVER, "POST", "/parcel/done", b"[" * 4000),
        (Direction.TO_SERVER, "POST", "/parcel", b" " * 5000),
        (Direction.TO_SERVER, "POST", "/parcel", announced(0)),
        (Direction.TO_SERVER, "POST", "/parcel", announced(PARCEL_BYTES + 1)),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    onion: Onion, direction: Direction, verb: str, path: str, body: bytes
) -> None:
    status, text = asked(onion, direction, verb, path, body)
    assert status == 409
    assert json.loads(text)["remedy"]


def test_a_piece_behind_the_last_one_is_refused(server: Server, onion: Onion) -> None:
    server.put(b"row")
    assert asked(onion, Direction.TO_DESK, "GET", "/offer")[0] == 200
    assert asked(onion, Direction.TO_DESK, "GET", "/offer/1")[0] == 409


def push_by_hand(onion: Onion, content: bytes, digest: str, pieces: list[tuple[int, bytes]]) -> int:
    asked(onion, Direction.TO_SERVER, "POST", "/parcel", announced(len(content), digest))
    for number, piece in pieces:
        asked(onion, Direction.TO_SERVER, "PUT", f"/parcel/{number}", piece)
    return asked(onion, Direction.TO_SERVER, "POST", "/parcel/done", b"{}")[0]


@pytest.mark.parametrize(
    "pieces",
    [[], [(1, bytes(PIECE_BYTES))], [(0, b"short")], [(0, bytes(PIECE_BYTES)), (0, bytes(PIECE_BYTES))]],
)
def test_pieces_that_are_missing_short_or_out_of_order_make_no_bundle(
    server: Server, desk: Desk, onion: Onion, pieces: list[tuple[int, bytes]]
) -> None:
    content = desk.write({}).read_bytes() + bytes(PIECE_BYTES)
    assert push_by_hand(onion, content, hashlib.sha256(content).hexdigest(), pieces) == 409
    assert server.store.chains.incoming() == {}


def test_a_bundle_that_changed_on_its_way_is_not_looked_into(server: Server, desk: Desk, onion: Onion) -> None:
    content = desk.write({}).read_bytes()
    piece = bytes([content[0] ^ 1]) + content[1:] + bytes(PIECE_BYTES - len(content))
    assert push_by_hand(onion, content, hashlib.sha256(content).hexdigest(), [(0, piece)]) == 409
    assert server.store.chains.incoming() == {}


def test_nothing_of_a_parcel_stays_on_the_disk(server: Server, desk: Desk, onion: Onion) -> None:
    content = desk.write({}).read_bytes()
    pieces = [(0, content + bytes(PIECE_BYTES - len(content)))]
    assert push_by_hand(onion, content, "00" * 32, pieces) == 409
    assert push_by_hand(onion, content, hashlib.sha256(content).hexdigest(), pieces) == 200
    assert [
        file for file in (server.folder / "store" / "incoming").rglob("*") if file.is_file() and file.stat().st_size
    ] == []


def test_another_parcel_takes_the_place_of_one_that_was_begun(desk: Desk, onion: Onion) -> None:
    assert asked(onion, Direction.TO_SERVER, "POST", "/parcel", announced(2 * PIECE_BYTES))[0] == 200
    assert asked(onion, Direction.TO_SERVER, "PUT", "/parcel/0", bytes(PIECE_BYTES))[0] == 200
    assert push(onion.line(), desk.write({}), onion.public, silent).number == 1


def test_a_server_that_answers_nonsense_is_told_so(onion: Onion, stick: Path) -> None:
    @onion.app.errorhandler(404)
    def nonsense(_error: Exception) -> tuple[str, int]:
        return "<html>", 404

    line = onion.line()
    with pytest.raises(ReviewerError, match="answered with an error"):
        line.ask("GET", "/nothing")
