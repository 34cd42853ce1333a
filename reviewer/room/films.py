"""Reads what a film or a sound in MP4, MOV, 3GP or M4A says of itself. Stands alone; no picture of it is decoded.

Rules: boxes lie in each other by their sizes; one that is larger than what holds it ends the reading. Only boxes that
hold what is known are opened, and never more than so many.

Source: ISO/IEC 14496-12 (boxes, ``mvhd``); QuickTime File Format (``udta``, ``keys`` and ``ilst``).
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Box = tuple[bytes, memoryview]

_SINCE = datetime(1904, 1, 1, tzinfo=UTC)
_BOXES_MOST = 10_000
_HEAD = 8
_TEXT_HEAD, _DATA_HEAD = 4, 8
_USER = {
    b"\xa9xyz": ("place", "location"),
    b"\xa9day": ("time", "day"),
    b"\xa9mak": ("device", "make"),
    b"\xa9mod": ("device", "model"),
    b"\xa9swr": ("edit", "software"),
    b"\xa9too": ("edit", "tool"),
    b"\xa9ART": ("person", "artist"),
    b"\xa9aut": ("person", "author"),
    b"\xa9nam": ("text", "name"),
    b"\xa9cmt": ("text", "comment"),
}
_KEYS = {
    "location.ISO6709": "place",
    "creationdate": "time",
    "make": "device",
    "model": "device",
    "com.android.version": "device",
    "com.android.manufacturer": "device",
    "com.android.model": "device",
    "software": "edit",
    "author": "person",
    "artist": "person",
    "title": "text",
    "comment": "text",
    "description": "text",
}
_APPLE = "com.apple.quicktime."


class BrokenFilmError(Exception):
    """Its boxes do not fit into each other."""


def read_film(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Give kind, name and value of what is known; raises BrokenFilmError."""
    for name, moov in _boxes(memoryview(data)):
        if name != b"moov":
            continue
        for inner, body in _boxes(moov):
            if inner == b"mvhd":
                yield from _made(body)
            elif inner == b"udta":
                yield from _user(body)
            elif inner == b"meta":
                yield from _keyed(body)


def _boxes(data: memoryview) -> Iterator[Box]:
    for _count in range(_BOXES_MOST):
        if len(data) < _HEAD:
            return
        size, name = struct.unpack_from(">L4s", data)
        head = _HEAD
        if size == 1 and len(data) >= 2 * _HEAD:
            (size,), head = struct.unpack_from(">Q", data, _HEAD), 2 * _HEAD
        size = size or len(data)
        if not head <= size <= len(data):
            raise BrokenFilmError
        yield name, data[head:size]
        data = data[size:]


def _made(body: memoryview) -> Iterator[tuple[str, str, str]]:
    """Give when it was made, and changed, in seconds since 1904."""
    form = ">4xQQ" if body[:1].tobytes() == b"\1" else ">4xLL"
    if len(body) < struct.calcsize(form):
        raise BrokenFilmError
    made, changed = struct.unpack_from(form, body)
    for kind, name, seconds in (("time", "creation_time", made), ("edit", "modification_time", changed)):
        if seconds and (kind == "time" or changed != made):
            try:
                yield kind, name, f"{_SINCE + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC"
            except OverflowError:
                yield "odd", name, "a time that no calendar has"


def _user(body: memoryview) -> Iterator[tuple[str, str, str]]:
    for name, value in _boxes(body):
        if name in _USER:
            kind, word = _USER[name]
            yield kind, word, _text(value[_TEXT_HEAD:])
        elif name == b"meta":
            yield from _keyed(value)


def _keyed(body: memoryview) -> Iterator[tuple[str, str, str]]:
    """Give what ``ilst`` says under the names of ``keys``; MP4 has four bytes before the boxes, QuickTime has none."""
    inside = dict(_boxes(body[4:] if body[:4].tobytes() == bytes(4) else body))
    names = [_text(value) for _space, value in _boxes(inside.get(b"keys", memoryview(b""))[8:])]
    for index, item in _boxes(inside.get(b"ilst", memoryview(b""))):
        number = int.from_bytes(index, "big")
        value = next((_text(data[_DATA_HEAD:]) for name, data in _boxes(item) if name == b"data"), "")
        if index in _USER:
            yield *_USER[index], value
        elif 1 <= number <= len(names):
            name = names[number - 1].removeprefix(_APPLE)
            if name in _KEYS:
                yield _KEYS[name], name, value


def _text(data: memoryview) -> str:
    return bytes(data).decode("utf-8", "replace").strip("\0 ")
