"""The payload: 64 KiB chunks, each sealed under its number and whether it is the last (C2SP age, "Payload").

Push to write, pull to read, so that neither side ever holds more than two chunks.

Rules:
- No byte leaves a reader before the chunk it stands in has verified under its own number.
- A reader that has failed goes on failing; it never turns into a clean end of file.
- The end is the end only where a chunk marked as last has verified and nothing follows it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from keys.sealing.age.errors import AgeError, HeaderError, PayloadError
from keys.sealing.age.file_key import NONCE_BYTES, Identity, Recipient, new_file_key, payload_key, unwrap_file_key
from keys.sealing.age.header import read_header
from keys.sealing.limits import AGE_CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TAG_BYTES = 16
SEALED_CHUNK = AGE_CHUNK + TAG_BYTES


def chunk_nonce(number: int, *, last: bool) -> bytes:
    """Eleven bytes of counter and one that marks the last chunk."""
    return number.to_bytes(11) + (b"\x01" if last else b"\x00")


def open_chunk(cipher: ChaCha20Poly1305, number: int, sealed: bytes, *, last: bool) -> bytes | None:
    """Return the chunk's plaintext; None where it does not verify as this one."""
    try:
        return cipher.decrypt(chunk_nonce(number, last=last), sealed, None)
    except InvalidTag:
        return None


def read_up_to(source: BinaryIO, length: int) -> bytes:
    """Read ``length`` bytes, fewer only at the end, also from a source that gives them in pieces."""
    first = source.read(length)
    if len(first) in {0, length}:
        return first
    pieces = [first]
    missing = length - len(first)
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def open_payload(source: BinaryIO, identities: Sequence[Identity]) -> tuple[ChaCha20Poly1305, int]:
    """Read header and nonce; return the payload's cipher and where in the file its first chunk begins."""
    header = read_header(source)
    file_key = unwrap_file_key(header, identities)
    nonce = read_up_to(source, NONCE_BYTES)
    if len(nonce) != NONCE_BYTES:
        raise HeaderError("The file ends before its payload begins.")
    return ChaCha20Poly1305(payload_key(file_key, nonce)), header.length + NONCE_BYTES


class SealingWriter:
    """Takes plaintext in pieces of any size and pushes an age file to ``sink``, the header at once.

    The sink gets every piece exactly once, in order. An age file whose ``finish`` was never called does not open, and
    a sink that has raised ends the file: a piece is missing, so nothing more is taken.

    Raises:
        AgeError: no recipients, or recipients that do not share a file.
    """

    def __init__(self, recipients: Sequence[Recipient], sink: Callable[[bytes], object]) -> None:
        file_key, header = new_file_key(recipients)
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._cipher = ChaCha20Poly1305(payload_key(file_key, nonce))
        self._sink = sink
        self._chunk = memoryview(bytearray(AGE_CHUNK))
        self._held = 0
        self._number = 0
        self._size = 0
        self._closed = ""
        self._push(header + nonce)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Seal what is certainly not the last chunk, keep the rest."""
        self._check_open()
        view = memoryview(data).cast("B")
        while view:
            if self._held == AGE_CHUNK:
                self._seal(last=False)
            taken = min(len(view), AGE_CHUNK - self._held)
            self._chunk[self._held : self._held + taken] = view[:taken]
            self._held += taken
            view = view[taken:]

    def finish(self) -> int:
        """Seal the last chunk; return the size of the whole age file in bytes."""
        self._check_open()
        self._seal(last=True)
        self._closed = "finished"
        return self._size

    def _seal(self, *, last: bool) -> None:
        sealed = self._cipher.encrypt(chunk_nonce(self._number, last=last), self._chunk[: self._held], None)
        self._number += 1
        self._held = 0
        self._push(sealed)

    def _push(self, piece: bytes) -> None:
        self._closed, before = "broken: its destination failed", self._closed
        self._sink(piece)
        self._closed = before
        self._size += len(piece)

    def _check_open(self) -> None:
        if self._closed:
            raise AgeError(f"This file is {self._closed}.")


class OpeningReader:
    """Reads the plaintext of an age file, front to back.

    Raises:
        HeaderError, NoMatchError, HmacError: when made.
        PayloadError: from ``read`` or iteration, at the first chunk that is damaged, missing or too many.
    """

    def __init__(self, source: BinaryIO, identities: Sequence[Identity]) -> None:
        self._cipher, _ = open_payload(source, identities)
        self._source = source
        self._ahead = read_up_to(source, SEALED_CHUNK)
        self._number = 0
        self._ready = memoryview(b"")
        self._ended = False
        self._failure: PayloadError | None = None

    def read(self, n: int = -1) -> bytes:
        """Read ``n`` bytes, fewer only at the end; everything with -1."""
        pieces = []
        while n and (piece := self._take(n)):
            pieces.append(piece)
            n -= len(piece) if n > 0 else 0
        return b"".join(pieces)

    def __iter__(self) -> Iterator[bytes]:
        """Yield what is left, a chunk at a time."""
        while piece := self._take(AGE_CHUNK):
            yield bytes(piece)

    def _take(self, n: int) -> memoryview:
        if not self._ready and not self._ended:
            self._ready = memoryview(self._next_chunk())
        end = len(self._ready) if n < 0 else n
        piece, self._ready = self._ready[:end], self._ready[end:]
        return piece

    def _next_chunk(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        try:
            return self._open_next()
        except PayloadError as error:
            self._failure = error
            raise

    def _open_next(self) -> bytes:
        sealed, self._ahead = self._ahead, read_up_to(self._source, SEALED_CHUNK)
        last = not self._ahead
        chunk = open_chunk(self._cipher, self._number, sealed, last=last)
        if chunk is None:
            return self._open_misplaced(sealed, last=last)
        if last and not chunk and self._number:
            raise PayloadError("The file ends with an empty chunk.")
        self._number += 1
        self._ended = last
        return chunk

    def _open_misplaced(self, sealed: bytes, *, last: bool) -> bytes:
        """Give out a chunk that is whole but not where the file ends, then fail: as the test kit asks."""
        chunk = open_chunk(self._cipher, self._number, sealed, last=not last) if len(sealed) == SEALED_CHUNK else None
        if chunk is None:
            raise PayloadError("The file is damaged or cut off.", "Fetch it again.")
        self._failure = PayloadError("The file is cut off." if last else "The file goes on after its end.")
        return chunk
