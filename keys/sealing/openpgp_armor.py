"""OpenPGP as text (RFC 9580, section 6.2; RFC 4880): what stands inside a block, or inside the beginning of one. Pure.

Rules:
- One block, of the label asked for, with nothing but white space before it and after it.
- Lines ``Name: value`` may follow the first one, then an empty line, then base64 in lines of at most 76 columns.
- A checksum may stand before the END line. Its value is not looked at: RFC 9580 forbids to refuse a message for it.
- Of the beginning of a block only whole lines count; of a whole block the END line must be there.
"""

from __future__ import annotations

import base64
import binascii
import re
from enum import IntEnum, StrEnum

from keys.sealing.errors import FormatError


class OpenPgpError(FormatError):
    """An OpenPGP message or key is not what it should be. The subclasses are read differently by people."""


class OpenPgpArmorError(OpenPgpError):
    """The text around an OpenPGP message or key is malformed."""


class NotEncryptedError(OpenPgpError):
    """It is OpenPGP, but not an encrypted message: a key, a signature, something that is only signed or packed."""


class Label(StrEnum):
    """What a block says that it is."""

    MESSAGE = "MESSAGE"
    PUBLIC_KEY = "PUBLIC KEY BLOCK"
    SECRET_KEY = "PRIVATE KEY BLOCK"  # noqa: S105  # a label, not a secret


ARMOR_START = b"-----BEGIN PGP "
_WHITE = b" \t\r\n"
_COLUMNS = 76
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,31}: ?.*")
_CHECKSUM = re.compile(rb"=[A-Za-z0-9+/]{4}")


def is_armored(data: bytes) -> bool:
    """Tell whether a file begins as OpenPGP in a text does."""
    return data.lstrip(_WHITE).startswith(ARMOR_START)


def dearmored_beginning(text: bytes, label: Label) -> bytes:
    """Return what stands in the whole lines of a block of which perhaps only the beginning is there."""
    data, _rest = _read(text, label)
    return data


def dearmored_whole(text: bytes, label: Label) -> bytes:
    """Return what stands in one whole block."""
    data, rest = _read(text, label)
    if rest is None:
        raise OpenPgpArmorError("The armor ends early.")
    if any(line.strip(_WHITE) for line in rest):
        raise OpenPgpArmorError("Something stands after the end of the armor.")
    return data


def _read(text: bytes, label: Label) -> tuple[bytes, list[bytes] | None]:
    """Return the content, and the lines that follow the END line; None where that line is not reached."""
    *lines, unfinished = text.lstrip(_WHITE).split(b"\n")
    first = lines[0] if lines else unfinished
    _check_label(first.rstrip(_WHITE), label)
    end = b"-----END PGP " + label.encode() + b"-----"
    pieces: list[bytes] = []
    closing = _Closing.OPEN
    for number in range(_content_begins(lines), len(lines)):
        line = lines[number].rstrip(_WHITE)
        if line == end:
            return b"".join(pieces), [*lines[number + 1 :], unfinished]
        closing = _next(line, closing)
        if closing < _Closing.CHECKSUM:
            pieces.append(_decoded(line))
    return b"".join(pieces), [] if unfinished.rstrip(_WHITE) == end else None


class _Closing(IntEnum):
    """How near the end of the content is: nothing but a checksum may follow padding, and nothing that."""

    OPEN = 0
    PADDED = 1
    CHECKSUM = 2


def _next(line: bytes, closing: _Closing) -> _Closing:
    if _CHECKSUM.fullmatch(line) and closing < _Closing.CHECKSUM:
        return _Closing.CHECKSUM
    if closing > _Closing.OPEN:
        raise OpenPgpArmorError("Something stands after the last line of the armor's content.")
    return _Closing.PADDED if line.endswith(b"=") else _Closing.OPEN


def _check_label(line: bytes, label: Label) -> None:
    if line == ARMOR_START + label.encode() + b"-----":
        return
    if line.startswith(ARMOR_START):
        raise NotEncryptedError(f"This is an OpenPGP text, but no {label.lower()}.")
    raise OpenPgpArmorError("The first line of the armor is not the right one.")


def _content_begins(lines: list[bytes]) -> int:
    """Return the number of the line after the headers and the empty one."""
    for number, line in enumerate(lines[1:], 1):
        if not line.strip(_WHITE):
            return number + 1
        if not _HEADER.fullmatch(line.rstrip(_WHITE)):
            raise OpenPgpArmorError("A line before the content of the armor is not a header.")
    raise OpenPgpArmorError("The armor ends before its content.")


def _decoded(line: bytes) -> bytes:
    if not 0 < len(line) <= _COLUMNS:
        raise OpenPgpArmorError("A line of the armor is too long, or empty.")
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise OpenPgpArmorError("The armor holds text that is not base64.") from error
