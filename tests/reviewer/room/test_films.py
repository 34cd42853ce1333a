"""What films of phones say of themselves, and films that are none."""

from __future__ import annotations

import random
import struct

import pytest

from reviewer.room.films import BrokenFilmError, read_film


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">L4s", 8 + len(body), name) + body


def text(name: bytes, value: str) -> bytes:
    raw = value.encode()
    return box(name, struct.pack(">HH", len(raw), 0x15C7), raw)


def keyed(**values: str) -> bytes:
    keys = [box(b"mdta", name.encode()) for name in values]
    items = [
        box(number.to_bytes(4, "big"), box(b"data", struct.pack(">LL", 1, 0), value.encode()))
        for number, value in enumerate(values.values(), 1)
    ]
    return box(b"keys", struct.pack(">LL", 0, len(keys)), *keys) + box(b"ilst", *items)


MADE = 3_876_379_200  # 2026-11-01 12:00 UTC
MVHD = box(b"mvhd", struct.pack(">4xLL", MADE, MADE + 60), bytes(88))
FTYP = box(b"ftyp", b"mp42", bytes(4))
ANDROID = FTYP + box(b"mdat", bytes(100)) + box(b"moov", MVHD, box(b"udta", text(b"\xa9xyz", "-13.9626+033.7741/")))
NAMES = {"com.apple.quicktime.location.ISO6709": "-13.96+033.77/", "com.apple.quicktime.make": "Phone", "other": "x"}


def said(data: bytes) -> set[tuple[str, str, str]]:
    return set(read_film(data))


def test_a_film_of_a_phone_tells_its_time_place_and_device() -> None:
    times = {
        ("time", "creation_time", "2026-11-01 12:00:00 UTC"),
        ("edit", "modification_time", "2026-11-01 12:01:00 UTC"),
    }
    assert said(ANDROID) == times | {("place", "location", "-13.9626+033.7741/")}
    for meta in (box(b"meta", keyed(**NAMES)), box(b"meta", bytes(4), keyed(**NAMES))):
        told = said(FTYP + box(b"moov", meta))
        assert told == {("place", "location.ISO6709", "-13.96+033.77/"), ("device", "make", "Phone")}
    tool = box(b"ilst", box(b"\xa9too", box(b"data", bytes(8), b"Editor 9")))
    assert said(box(b"moov", box(b"udta", box(b"meta", bytes(4), tool)))) == {("edit", "tool", "Editor 9")}


def test_times_of_eight_bytes_and_large_boxes_are_read() -> None:
    long = box(b"mvhd", b"\1", bytes(3), struct.pack(">QQ", MADE, MADE), bytes(88))
    large = struct.pack(">L4sQ", 1, b"moov", 16 + len(long)) + long
    assert said(large) == {("time", "creation_time", "2026-11-01 12:00:00 UTC")}
    endless = struct.pack(">L4s", 0, b"moov") + long
    assert said(endless) == said(large)
    odd = box(b"moov", box(b"mvhd", b"\1", bytes(3), struct.pack(">QQ", 1 << 60, 0)))
    assert said(odd) == {("odd", "creation_time", "a time that no calendar has")}


@pytest.mark.parametrize(
    "data",
    [ANDROID[:-5], box(b"moov", box(b"mvhd", b"\0")), struct.pack(">L4s", 4, b"moov"), box(b"moov", b"\xff" * 9)],
)
def test_boxes_that_do_not_fit_end_the_reading(data: bytes) -> None:
    with pytest.raises(BrokenFilmError):
        said(data)


def test_without_boxes_there_is_nothing() -> None:
    assert said(b"") == said(FTYP) == said(box(b"moov", box(b"meta"))) == set()


def test_whatever_is_changed_it_ends() -> None:
    draw = random.Random(20261120)
    whole = ANDROID + box(b"moov", box(b"meta", keyed(**NAMES)))
    for _time in range(2000):
        data = bytearray(whole)
        for _change in range(3):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            said(bytes(data))
        except BrokenFilmError:
            continue
