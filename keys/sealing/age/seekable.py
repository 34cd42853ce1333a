"""Reading anywhere in an age file, for readers that need its end first (ZIP directories)."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.age.errors import AgeError, PayloadError
from keys.sealing.age.stream import SEALED_CHUNK, TAG_BYTES, open_chunk, open_payload, read_up_to
from keys.sealing.limits import AGE_CHUNK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import WriteableBuffer

    from keys.sealing.age.file_key import Identity


class SeekableOpening(io.RawIOBase):
    """The plaintext of a seekable age file as a seekable file; ``size`` is its length in bytes.

    The last chunk is verified when made, so that ``size`` can be trusted (C2SP age, "Payload"); every other one when
    it is read. One chunk is held. The source must stay as it is and is not closed.

    Raises:
        HeaderError, NoMatchError, HmacError: when made.
        PayloadError: when made (the end is not the end) or from reading (a chunk is damaged).
    """

    def __init__(self, source: BinaryIO, identities: Sequence[Identity]) -> None:
        super().__init__()
        begin = source.tell()
        self._cipher, offset = open_payload(source, identities)
        self._source = source
        self._begin = begin + offset
        payload = source.seek(0, os.SEEK_END) - self._begin
        self._chunks = max(1, -(-payload // SEALED_CHUNK))
        self.size = payload - self._chunks * TAG_BYTES
        self._position = 0
        self._number, self._chunk = self._chunks - 1, self._open(self._chunks - 1)
        if not self._chunk and self._number:
            raise PayloadError("The file ends with an empty chunk.")

    def readable(self) -> bool:
        """Say yes: this is what it is for."""
        return True

    def seekable(self) -> bool:
        """Say yes: this is what it is for."""
        return True

    def tell(self) -> int:
        """Return the place in the plaintext that is read next."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the plaintext; beyond the end there is nothing to read."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise AgeError("There is nothing before the beginning of a file.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill ``buffer`` from at most one chunk; 0 at the end."""
        view = memoryview(buffer).cast("B")
        number, start = divmod(self._position, AGE_CHUNK)
        if self._position >= self.size or not view:
            return 0
        if number != self._number:
            self._chunk, self._number = self._open(number), number
        piece = memoryview(self._chunk)[start : start + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _open(self, number: int) -> bytes:
        self._source.seek(self._begin + number * SEALED_CHUNK)
        sealed = read_up_to(self._source, SEALED_CHUNK)
        chunk = open_chunk(self._cipher, number, sealed, last=number == self._chunks - 1)
        if chunk is None:
            raise PayloadError("The file is damaged or cut off.", "Fetch it again.")
        return chunk
