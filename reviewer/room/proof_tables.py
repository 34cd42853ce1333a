"""Reads what a ProofMode proof says: its CSV, its JSON, the head of its OpenTimestamps file. Stands alone.

Rules:
1. Every name stands once; a JSON that names one twice, or holds anything but texts and numbers, is not read.
2. The app adds a line to both tables when it makes a proof again: so the last line counts; another line that names
   another file makes the table unread.
3. The app puts spaces for commas into its CSV, ends each line with one, and quotes nothing.

Source: MediaWatcher and DefaultStorageProvider of the Android app; the OpenTimestamps format, version 1 (head).
"""

from __future__ import annotations

import json

_DIGESTS = ("File Hash SHA256", "SHA256")
_PATHS = ("File Path", "File")
_NAMES_MOST = 100
_LINES_LEAST, _LINES_MOST = 2, 100
"""Names, and one line of values or more."""
_OTS = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01\x08"
"""Mark, version 1, and the tag of SHA-256."""
_SHA256_BYTES = 32

Fields = dict[str, str]


class UnreadError(Exception):
    """It is no such table."""


def read_csv(data: bytes) -> Fields:
    """Return the last line of a proof's CSV by the names of its first; raises UnreadError."""
    try:
        lines = [line.split(",") for line in data.decode().replace("\r\n", "\n").split("\n") if line]
    except UnicodeDecodeError:
        raise UnreadError from None
    if not _LINES_LEAST <= len(lines) <= _LINES_MOST:
        raise UnreadError
    names, *rest = map(_without_last, lines)
    if len(set(names)) != len(names) or len(names) > _NAMES_MOST or any(len(line) != len(names) for line in rest):
        raise UnreadError
    return _last([dict(zip(names, line, strict=True)) for line in rest])


def _last(found: list[Fields]) -> Fields:
    """Return the last of some lines that are about one file; raises UnreadError."""
    if len({digest(fields) for fields in found}) != 1:
        raise UnreadError
    return found[-1]


def _without_last(line: list[str]) -> list[str]:
    return line[:-1] if line[-1] == "" else line


def read_json(data: bytes) -> Fields:
    """Return what a proof's JSON says, or its last line, as texts; raises UnreadError."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UnreadError from None
    try:
        return _object(text)
    except UnreadError:
        return _last([_object(line) for line in text.split("\n") if line.strip()])


def _object(text: str) -> Fields:
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UnreadError from None
    if not isinstance(found, dict) or len(found) > _NAMES_MOST:
        raise UnreadError
    if not all(isinstance(value, str | int | float) for value in found.values()):
        raise UnreadError
    return {name: str(value) for name, value in found.items()}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadError
    return found


def digest(fields: Fields) -> str:
    """Return the digest of the file that a table names, in hex; empty where it names none. Old apps drop zeros."""
    said = next((fields[name] for name in _DIGESTS if fields.get(name)), "").strip().lower()
    return said.zfill(2 * _SHA256_BYTES) if said else ""


def file_name(fields: Fields) -> str:
    """Return the last part of the path that a table names."""
    return next((fields[name] for name in _PATHS if fields.get(name)), "").rsplit("/", maxsplit=1)[-1]


def stamped(data: bytes) -> str:
    """Return the digest that an OpenTimestamps file is for, in hex; empty where it cannot be read."""
    if not data.startswith(_OTS) or len(data) < len(_OTS) + _SHA256_BYTES:
        return ""
    return data[len(_OTS) : len(_OTS) + _SHA256_BYTES].hex()
