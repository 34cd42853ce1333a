"""What the courier's laptop says to the server: proves who it is, fetches a bundle piece by piece, pushes one.

Rules:
1. A file comes onto the stick only when all of it is here, its signature and layout are right, and it is the one that
   the server named.
2. A line that breaks costs one piece: what came before is kept, in the courier's own folder.
3. The server forgets a bundle that was fetched only when it hears that all of it is on the stick.
4. Nothing leaves the laptop but a bundle that a desk of the public bundle signed: a name on a stick may be a link.
5. An answer is a JSON object with members of the right kind, or none at all.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from keys.sealing.bundle import UntrustedBundle, bundle_stem
from keys.sealing.chain_position import Direction
from keys.sealing.courier_line import ANSWER_BYTES, PIECE_BYTES, VISIT_HEADER, padded_piece, piece_count
from keys.sealing.courier_note import CourierNote, sign_courier_note
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from reviewer.errors import ReviewerError
from reviewer.online.courier_waiting import WaitingBundle

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from keys.sealing.notes import SigningKey
    from keys.sealing.onion_address import OnionAddress
    from keys.sealing.public_bundle import PublicBundle

OK = 200
PAUSE_SECONDS = 1.0
TRIES = 5
"""A piece that does not come is asked for so many times, each over a new connection."""
_DRAWN = range(32, 33)
"""Bytes of a nonce and of a visit's name."""


class Way(Protocol):
    """How one gets to the server."""

    def __call__(self) -> socket.socket:
        """Return a connection."""


@dataclass
class CourierLine:
    """One visit at the server.

    Args:
        onion: the address.
        key: the courier's.
        connect: opens a connection to it.
    """

    onion: OnionAddress
    key: SigningKey
    connect: Way
    _visit: str = field(default="", repr=False)

    def enter(self, direction: Direction) -> None:
        """Prove who this is; raises ``ReviewerError`` if the server does not let this courier in."""
        with _understood():
            nonce = self._ask("POST", "/challenge").binary("nonce", _DRAWN)
            proof = sign_courier_note(CourierNote(direction, self.onion, nonce), self.key)
            self._visit = self._ask("POST", "/visit", proof).binary("visit", _DRAWN).hex()

    def ask(self, verb: str, path: str, value: dict[str, Any] | None = None) -> Fields:
        """Ask for something small; read the answer inside of ``_understood``."""
        return self._ask(verb, path, b"" if value is None else json.dumps(value).encode())

    def fetch_piece(self, number: int) -> bytes:
        """Return one piece of what is offered."""
        piece = self._request("GET", f"/offer/{number}", b"")
        if len(piece) != PIECE_BYTES:
            raise ReviewerError("The server sent something that is no piece.", "Update Khomo on both sides.")
        return piece

    def push_piece(self, number: int, data: bytes) -> None:
        """Send one piece."""
        self._request("PUT", f"/parcel/{number}", padded_piece(data))

    def _ask(self, verb: str, path: str, body: bytes = b"") -> Fields:
        with _understood():
            return _read_answer(self._request(verb, path, body))

    def _request(self, verb: str, path: str, body: bytes) -> bytes:
        """Send a request; one that can be sent again is, over another connection, when the line breaks."""
        tries = TRIES if verb == "GET" else 1
        for left in reversed(range(tries)):
            try:
                status, answer = self._once(verb, path, body)
            except (OSError, http.client.HTTPException) as error:
                if not left:
                    raise ReviewerError("The line broke.", "Start the same command again; it goes on there.") from error
            else:
                break
        if status != OK:
            raise _refusal(answer)
        return answer

    def _once(self, verb: str, path: str, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.onion.host)
        connection.sock = self._connected()
        try:
            connection.request(verb, path, body, {VISIT_HEADER: self._visit, "Connection": "close"})
            response = connection.getresponse()
            answer = response.read(2 * PIECE_BYTES)
            if response.length:
                raise http.client.IncompleteRead(answer)
            return response.status, answer
        finally:
            connection.close()

    def _connected(self) -> socket.socket:
        """Connect; a way that is not found just now is tried again, as nothing has been sent yet."""
        for _ in range(TRIES - 1):
            try:
                return self.connect()
            except ReviewerError:
                time.sleep(PAUSE_SECONDS)
        return self.connect()


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the server says that it did with a desk's bundle: its number, letters replaced, and whether it had it."""

    number: int
    letters: int
    repeated: bool


def fetch(
    line: CourierLine, folder: Path, bundle: PublicBundle, waiting: Path, progress: Callable[[int, int], object]
) -> Path:
    """Fetch what the server has for the desk into ``folder``; returns the file.

    Args:
        line: the way to the server.
        folder: of the stick.
        bundle: names the server's key.
        waiting: a folder of the courier's own (``courier_waiting.py``).
        progress: is told how many pieces are here, and how many there are.
    """
    line.enter(Direction.TO_DESK)
    with _understood():
        said = line.ask("GET", "/offer")
        offer = WaitingBundle.expected(waiting, said.text("name"), said.integer("size"))
    target = folder / offer.name
    if os.path.lexists(target):
        raise ReviewerError(f"{target} is there already.", "Choose another folder, or bring that file to the desk.")
    offer.check_room(folder)
    pieces = piece_count(offer.size)
    with offer.opened() as file:
        there = min(file.seek(0, os.SEEK_END), offer.size) // PIECE_BYTES
        file.truncate(there * PIECE_BYTES)
        for number in range(there, pieces):
            piece = line.fetch_piece(number)
            file.write(piece[: max(offer.size - number * PIECE_BYTES, 0)])
            file.flush()
            progress(number + 1, pieces)
    _check(offer, bundle)
    offer.copy(target)
    line.ask("POST", "/offer/done")
    offer.forget()
    return target


def push(
    line: CourierLine,
    file: Path,
    bundle: PublicBundle,
    progress: Callable[[int, int], object],
    *,
    confirmed: bool = False,
) -> Pushed:
    """Push a bundle that a desk of the public bundle signed; returns what the server says that it did."""
    if file.is_symlink() or not file.is_file():
        raise ReviewerError(f"{file} is a link or no file.", "Name the bundle itself. Who had the stick?")
    UntrustedBundle(file).verify(bundle.desk_keys, Direction.TO_SERVER)
    line.enter(Direction.TO_SERVER)
    size, pieces = file.stat().st_size, piece_count(file.stat().st_size)
    with file.open("rb") as content, _understood():
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        there = line.ask("POST", "/parcel", {"size": size, "sha256": sha256}).integer("there")
        for number in range(there, pieces):
            content.seek(number * PIECE_BYTES)
            line.push_piece(number, content.read(PIECE_BYTES))
            progress(number + 1, pieces)
        done = line.ask("POST", "/parcel/done", {"confirmed": confirmed})
        return Pushed(done.integer("number"), done.integer("letters"), done.flag("repeated"))


def _check(offer: WaitingBundle, bundle: PublicBundle) -> None:
    try:
        manifest = UntrustedBundle(offer.path).verify(bundle.servers, Direction.TO_DESK).manifest
    except Exception:
        offer.forget()
        raise
    if offer.name != f"{bundle_stem(manifest)}.bundle":
        offer.forget()
        raise ReviewerError(
            f"The server gave {bundle_stem(manifest)} the name of another bundle.", "Tell the operator."
        )


@contextmanager
def _understood() -> Iterator[None]:
    """Say of an answer that is none that the versions differ."""
    try:
        yield
    except FormatError as error:
        raise ReviewerError(
            "The server answered with something that this version does not know.", "Update Khomo on both sides."
        ) from error


def _read_answer(answer: bytes) -> Fields:
    try:
        said = json.loads(answer) if len(answer) <= ANSWER_BYTES else None
    except (ValueError, RecursionError):
        said = None
    return Fields(said, "server's answer")


def _refusal(answer: bytes) -> ReviewerError:
    try:
        said = _read_answer(answer)
        return ReviewerError(said.text("error"), said.text("remedy"))
    except FormatError:
        return ReviewerError("The server answered with an error.", "Ask the operator to look at it.")
