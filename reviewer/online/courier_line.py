"""What the courier's laptop says to the server: proves who it is, fetches a bundle piece by piece, pushes one.

Rules:
1. A file gets its name only when all of it is here and its signature and layout are right.
2. A line that breaks costs one piece: what came before is kept, in a file that is no bundle yet.
3. The server forgets a bundle that was fetched only when it hears that all of it is here.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from keys.sealing.atomic import sync_folder
from keys.sealing.bundle import UntrustedBundle
from keys.sealing.chain_position import Direction
from keys.sealing.courier_line import PIECE_BYTES, VISIT_HEADER, padded_piece, piece_count
from keys.sealing.courier_note import CourierNote, sign_courier_note
from keys.sealing.names import safe_name
from reviewer.errors import ReviewerError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from keys.sealing.notes import SigningKey
    from keys.sealing.onion_address import OnionAddress
    from keys.sealing.public_bundle import PublicBundle

OK = 200
PAUSE_SECONDS = 1.0
TRIES = 5
"""A piece that does not come is asked for so many times, each over a new connection."""
PARTIAL = ".partial-fetch"


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
        nonce = bytes.fromhex(self._ask("POST", "/challenge")["nonce"])
        proof = sign_courier_note(CourierNote(direction, self.onion, nonce), self.key)
        self._visit = self._ask("POST", "/visit", proof)["visit"]

    def ask(self, verb: str, path: str, value: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask for something small."""
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

    def _ask(self, verb: str, path: str, body: bytes = b"") -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._request(verb, path, body))
        return answer

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


def fetch(line: CourierLine, folder: Path, bundle: PublicBundle, progress: Callable[[int, int], object]) -> Path:
    """Fetch what the server has for the desk into ``folder``; returns the file. ``progress``: pieces here, and all."""
    line.enter(Direction.TO_DESK)
    offer = line.ask("GET", "/offer")
    target = folder / safe_name(str(offer["name"]))
    if target.exists():
        raise ReviewerError(f"{target} is there already.", "Choose another folder, or bring that file to the desk.")
    partial, size = target.with_name(target.name + PARTIAL), int(offer["size"])
    pieces = piece_count(size)
    with partial.open("ab") as file:
        there = min(file.tell(), size) // PIECE_BYTES
        file.truncate(there * PIECE_BYTES)
        for number in range(there, pieces):
            piece = line.fetch_piece(number)
            file.write(piece[: max(size - number * PIECE_BYTES, 0)])
            file.flush()
            progress(number + 1, pieces)
    _check(partial, bundle)
    partial.rename(target)
    sync_folder(folder)
    line.ask("POST", "/offer/done")
    return target


def push(
    line: CourierLine, file: Path, progress: Callable[[int, int], object], *, confirmed: bool = False
) -> dict[str, Any]:
    """Push a desk's bundle; returns what the server says that it did."""
    line.enter(Direction.TO_SERVER)
    size, pieces = file.stat().st_size, piece_count(file.stat().st_size)
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        there = int(line.ask("POST", "/parcel", {"size": size, "sha256": sha256})["there"])
        for number in range(there, pieces):
            content.seek(number * PIECE_BYTES)
            line.push_piece(number, content.read(PIECE_BYTES))
            progress(number + 1, pieces)
    return line.ask("POST", "/parcel/done", {"confirmed": confirmed})


def _check(partial: Path, bundle: PublicBundle) -> None:
    try:
        UntrustedBundle(partial).verify(bundle.servers, Direction.TO_DESK)
    except Exception:
        partial.unlink()
        raise


def _refusal(answer: bytes) -> ReviewerError:
    try:
        said = json.loads(answer)
        return ReviewerError(str(said["error"]), str(said["remedy"]))
    except (ValueError, LookupError, TypeError):
        return ReviewerError("The server answered with an error.", "Ask the operator to look at it.")
