"""The textual header of an age file: version line, stanzas, MAC line (C2SP age, "Header").

Rules:
- Reading is strict without a rule for each defect: what was parsed is written again and must equal the bytes read.
- Arguments are printable ASCII without spaces; bodies are unpadded canonical base64 in lines of 64 columns.
- Reading stops at the last byte of the header and never looks at more than ``HEADER_LIMIT`` bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.age.errors import HeaderError
from keys.sealing.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION_LINE = b"age-encryption.org/v1\n"
HEADER_LIMIT = MIB
"""Room for six hundred post-quantum stanzas; bounds what a hostile header can make us hold."""

_ARGUMENT = re.compile(r"[!-~]+")
_COLUMNS = 64
_MAC_BYTES = 32


def to_base64(data: bytes) -> str:
    """Write unpadded standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).rstrip(b"=").decode("ascii")


def from_base64(text: str) -> bytes:
    """Read canonical unpadded standard base64; raises HeaderError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise HeaderError("The header holds text that is not base64.") from error
    if to_base64(data) != text:
        raise HeaderError("The header holds base64 that is not canonical.")
    return data


@dataclass(frozen=True, slots=True)
class Stanza:
    """The file key, wrapped for one recipient."""

    kind: str
    args: tuple[str, ...]
    body: bytes

    def to_bytes(self) -> bytes:
        """Write the stanza with its line feeds."""
        text = to_base64(self.body)
        lines = [text[start : start + _COLUMNS] for start in range(0, len(text) + 1, _COLUMNS)]
        return "\n".join([" ".join(["->", self.kind, *self.args]), *lines, ""]).encode("ascii")


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header; ``length`` is its size in bytes, the payload's nonce comes next."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    length: int


def mac_input(stanzas: Sequence[Stanza]) -> bytes:
    """Return the bytes that the MAC is computed over: all up to and including the three dashes."""
    return b"".join([VERSION_LINE, *(stanza.to_bytes() for stanza in stanzas), b"---"])


def mac_line(mac: bytes) -> bytes:
    """Return what follows the three dashes."""
    return f" {to_base64(mac)}\n".encode("ascii")


class _Lines:
    """Lines of a header, counted, each ending with a line feed."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.raw: list[bytes] = []
        self.length = 0

    def next(self) -> str:
        line = self._source.readline(HEADER_LIMIT - self.length)
        self.raw.append(line)
        self.length += len(line)
        if not line.endswith(b"\n"):
            raise HeaderError("The header ends early.")
        try:
            return line[:-1].decode("ascii")
        except UnicodeDecodeError as error:
            raise HeaderError("The header holds bytes that are not ASCII.") from error


def _read_stanza(first: str, lines: _Lines) -> Stanza:
    kind, *args = first.removeprefix("-> ").split(" ")
    if not all(_is_argument(argument) for argument in (kind, *args)):
        raise HeaderError("A stanza has an empty argument or one with control characters.")
    body = [lines.next()]
    while len(body[-1]) == _COLUMNS:
        body.append(lines.next())
    return Stanza(kind, tuple(args), from_base64("".join(body)))


def _is_argument(text: str) -> bool:
    return _ARGUMENT.fullmatch(text) is not None


def read_header(source: BinaryIO) -> Header:
    """Read one header and leave ``source`` at the byte after it. Nothing is authenticated yet.

    Raises:
        HeaderError: anything but the one canonical form.
    """
    lines = _Lines(source)
    if lines.next() + "\n" != VERSION_LINE.decode("ascii"):
        raise HeaderError("This is not an age v1 file.")
    stanzas = []
    while (line := lines.next()).startswith("-> "):
        stanzas.append(_read_stanza(line, lines))
    mac = from_base64(line.removeprefix("--- "))
    if not stanzas or len(mac) != _MAC_BYTES or mac_input(stanzas) + mac_line(mac) != b"".join(lines.raw):
        raise HeaderError("The header is not written canonically.")
    return Header(tuple(stanzas), mac, lines.length)
