"""What is believed of the room: each field in its bounds, or nothing."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from PIL import Image

from reviewer.preview import limits
from reviewer.preview.pages import Kind, Opening, Page, Range, Reading, Trouble
from reviewer.preview.png import png
from reviewer.sandbox.errors import NotReadError
from reviewer.sandbox.worker import Frame

OPENED: dict[str, object] = {"kind": "png", "pages": 9, "notes": [], "trouble": ""}
ONE: dict[str, object] = {"page": 1, "width": 2, "height": 1, "cut": False, "trouble": ""}


def reading(first: int = 1, last: int = 9) -> Reading:
    made = Reading(Range(first, last))
    made.take(Frame(OPENED))
    return made


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "exe"}, {"kind": 7}, {"kind": ["png"]}, {"pages": 0}, {"pages": -1}, {"pages": 1.0}, {"pages": True},
        {"pages": limits.PAGES_MOST + 1}, {"pages": "9"}, {"notes": ["scripts", "scripts"]}, {"notes": ["trust me"]},
        {"notes": "scripts"}, {"notes": [["scripts"]]}, {"notes": {}}, {"trouble": "damaged"},
        {"trouble": "all is well", "pages": 0}, {"more": 1},
    ],
)  # fmt: skip
def test_an_opening_that_is_not_right_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(NotReadError, match="made to do harm"):
        Reading(Range()).take(Frame(OPENED | changed))


@pytest.mark.parametrize("missing", OPENED)
def test_an_opening_with_a_field_missing_is_none(missing: str) -> None:
    with pytest.raises(NotReadError):
        Reading(Range()).take(Frame({name: value for name, value in OPENED.items() if name != missing}))


@pytest.mark.parametrize(
    ("changed", "data"),
    [
        ({"page": 0}, 6), ({"page": 10}, 6), ({"page": "1"}, 6), ({"page": True}, 6), ({"page": None}, 6),
        ({"width": 0}, 6), ({"height": 0}, 6), ({"width": -2, "height": -1}, 6), ({"width": 2.0}, 6), ({}, 5),
        ({"width": True}, 6), ({"width": limits.SIDE + 1, "height": 1}, 3 * (limits.SIDE + 1)),
        ({"width": 2001, "height": 2000}, 3 * 2001 * 2000), ({"width": 10**30, "height": 10**30}, 6),
        ({"cut": 1}, 6), ({"cut": None}, 6), ({"trouble": "x"}, 0), ({"trouble": "damaged"}, 6), ({"more": 1}, 6),
        ({}, 6 + limits.TEXT_BYTES + 1),
    ],
)  # fmt: skip
def test_a_page_that_is_not_right_is_none(changed: dict[str, Any], data: int) -> None:
    with pytest.raises(NotReadError):
        reading().take(Frame(ONE | changed, bytes(data)))


def test_text_that_is_no_utf_8_is_none() -> None:
    with pytest.raises(NotReadError):
        reading().take(Frame(ONE, bytes(6) + b"\xff"))


def test_what_a_screen_would_obey_is_gone_from_the_text() -> None:
    page = reading().take(Frame(ONE, bytes(6) + "a\x1b[2Jb\u202ec".encode()))
    assert page == Page(1, 2, 1, bytes(6), "a\ufffd[2Jb\ufffdc")


@pytest.mark.parametrize("numbers", [(1, 1), (2, 1), (1, 2, 3, 10), (9, 9)])
def test_a_page_comes_once_and_in_its_turn(numbers: tuple[int, ...]) -> None:
    made = reading()
    *before, last = numbers
    for number in before:
        made.take(Frame(ONE | {"page": number}, bytes(6)))
    with pytest.raises(NotReadError):
        made.take(Frame(ONE | {"page": last}, bytes(6)))


def test_a_page_that_nobody_asked_for_is_none() -> None:
    for number in (1, 4):
        with pytest.raises(NotReadError):
            reading(2, 3).take(Frame(ONE | {"page": number}, bytes(6)))


def test_one_that_ends_without_all_pages_was_not_read() -> None:
    with pytest.raises(NotReadError):
        Reading(Range()).end()
    made = reading(2, 3)
    made.take(Frame(ONE | {"page": 2}, bytes(6)))
    with pytest.raises(NotReadError):
        made.end()
    made.take(Frame({"page": 3, "width": 0, "height": 0, "cut": False, "trouble": "damaged"}))
    made.end()
    reading(10, 12).end()


def test_what_cannot_be_opened_has_no_pages() -> None:
    made = Reading(Range())
    assert made.take(Frame(OPENED | {"pages": 0, "trouble": "locked"})) == Opening(Kind.PNG, 0, (), Trouble.LOCKED)
    made.end()


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (1, 21), (-1, -1), (10**6, 10**6 + 1)])
def test_pages_that_cannot_be_asked_for(first: int, last: int) -> None:
    with pytest.raises(ValueError, match=f"{first}"):
        Range(first, last)


def test_a_png_of_ours_has_the_pixels_that_came(tmp_path: Any) -> None:
    pixels = bytes(range(3 * 5 * 4))
    (tmp_path / "x.png").write_bytes(b"".join(png(5, 4, pixels)))
    with Image.open(tmp_path / "x.png") as image:
        image.verify()
    with Image.open(tmp_path / "x.png") as image:
        assert (image.size, image.mode, image.tobytes(), image.info) == ((5, 4), "RGB", pixels, {})
    head, idat, _end = list(png(5, 4, pixels))[1:]
    assert len(head) == 25
    assert zlib.decompress(idat[8:-4])[1:16] == pixels[:15]


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (2, 2), (-1, -1)])
def test_no_png_is_made_of_other_pixels_than_it_says(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="are not"):
        list(png(width, height, bytes(3)))
