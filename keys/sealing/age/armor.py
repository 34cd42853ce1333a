"""Age files as text (C2SP age, "ASCII armor": strict PEM with the label AGE ENCRYPTED FILE).

Rules:
- Lines of 64 columns, the last one shorter or equal but not empty; canonical padded base64; LF or CRLF.
- White space may stand before and after the block, nothing else may, and not without end.
- The end of file is given out only after the END line and what follows it were checked.
"""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.age.errors import ArmorError
from keys.sealing.age.stream import read_up_to
from keys.sealing.limits import KIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer, WriteableBuffer

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"

_COLUMNS = 64
_LINE_BYTES = 48
_WHITE = b" \t\r\n"
_WHITE_LIMIT = KIB
"""White space around the block, each side: as the reference implementation."""
_BUFFER = 64 * KIB


class ArmorReader(io.BufferedReader):
    """The age file inside a text; raises ArmorError from reading where the text is malformed."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__(_Decoder(source), _BUFFER)


class _Decoder(io.RawIOBase):
    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self._ready = b""
        self._begun = False
        self._short = False
        self._ended = False
        self._failure: ArmorError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self._failure is not None:
            raise self._failure
        try:
            self._fill()
        except ArmorError as error:
            self._failure = error
            raise
        view = memoryview(buffer).cast("B")
        piece, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(piece)] = piece
        return len(piece)

    def _fill(self) -> None:
        if not self._begun:
            self._begin()
        if not self._ready and not self._ended:
            self._ready = self._next_line()

    def _begin(self) -> None:
        allowance = _WHITE_LIMIT
        while not (line := self._source.readline(_WHITE_LIMIT)).strip(_WHITE):
            allowance -= len(line)
            if not line or allowance < 0:
                raise ArmorError("There is no age file in this text.")
        if _without_end(line) != BEGIN:
            raise ArmorError("The first line of the armor is not the right one.")
        self._begun = True

    def _next_line(self) -> bytes:
        line = _without_end(self._source.readline(_COLUMNS + 3))
        if line == END:
            self._check_rest()
            self._ended = True
            return b""
        if self._short or not line or len(line) > _COLUMNS:
            raise ArmorError("A line of the armor is too long, too short or empty.")
        self._short = len(line) < _COLUMNS
        data = _decode(line)
        self._short = self._short or len(data) < _LINE_BYTES
        return data

    def _check_rest(self) -> None:
        rest = self._source.read(_WHITE_LIMIT + 1)
        if rest.strip(_WHITE) or len(rest) > _WHITE_LIMIT:
            raise ArmorError("Something stands after the end of the armor.")


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r") if line.endswith(b"\n") else line


def _decode(line: bytes) -> bytes:
    try:
        data = base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise ArmorError("The armor holds text that is not base64.") from error
    if base64.b64encode(data) != line:
        raise ArmorError("The armor holds base64 that is not canonical.")
    return data


class ArmorWriter:
    """Takes an age file in pieces and pushes its text to ``sink``."""

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._held = b""
        sink(BEGIN + b"\n")

    def write(self, data: bytes) -> None:
        """Encode all whole lines, keep the rest."""
        data = self._held + data
        whole = len(data) - len(data) % _LINE_BYTES
        self._held = data[whole:]
        if whole:
            self._sink(_encode(data[:whole]))

    def finish(self) -> None:
        """Write what is left and the END line."""
        self._sink(_encode(self._held) + END + b"\n")


def _encode(data: bytes) -> bytes:
    lines = (data[start : start + _LINE_BYTES] for start in range(0, len(data), _LINE_BYTES))
    return b"".join(base64.b64encode(line) + b"\n" for line in lines)


def dearmored(source: BinaryIO) -> BinaryIO:
    """Return the age file in ``source``, whether it comes as text or as it is.

    A seekable source is wound back to where it stood; one that is not is read through a buffer from here on.
    """
    if source.seekable():
        start = source.tell()
        opening = read_up_to(source, _WHITE_LIMIT + len(BEGIN))
        source.seek(start)
        return ArmorReader(source) if _is_armor(opening) else source
    opening = read_up_to(source, _WHITE_LIMIT + len(BEGIN))
    whole = io.BufferedReader(_Rewound(opening, source), _BUFFER)
    return ArmorReader(whole) if _is_armor(opening) else whole


def _is_armor(opening: bytes) -> bool:
    return opening.lstrip(_WHITE).startswith(BEGIN[:11])


class _Rewound(io.RawIOBase):
    """What was read already, then the rest."""

    def __init__(self, opening: bytes, source: BinaryIO) -> None:
        super().__init__()
        self._opening = opening
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece: ReadableBuffer = self._opening[: len(view)] or self._source.read(len(view))
        self._opening = self._opening[len(view) :]
        data = bytes(piece)
        view[: len(data)] = data
        return len(data)
