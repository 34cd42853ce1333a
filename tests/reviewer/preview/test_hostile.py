"""Files that were made to do harm: none reaches out, none fills or hangs the desk, and each is said in words."""

from __future__ import annotations

import io
import json
import os
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reviewer.preview import limits, looking
from reviewer.preview.looking import PREVIEW, asked, look
from reviewer.preview.pages import Kind, Note, Range, Trouble
from reviewer.sandbox import worker
from reviewer.sandbox.bubblewrap import Bounds
from reviewer.sandbox.errors import CutOffError, NotReadError
from reviewer.sandbox.worker import Frame, frames
from tests.reviewer.preview.samples import KINDS, pdf, sample, stream
from tests.reviewer.preview.seeing import is_blue, seen, seen_here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of the processor instead of a minute, for files that would take all of it."""
    bounds = Bounds(limits.MEMORY, limits.PROCESSES, 1, 60, limits.HOME_BYTES, limits.FILE_BYTES)
    monkeypatch.setattr(looking, "PREVIEW", replace(PREVIEW, bounds=bounds))


# A file that took the program over.


@pytest.fixture
def taken_over(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts code of an attacker in the place of the program."""
    shipped = worker._program

    def take(code: str) -> None:
        evil = f"import json, os, socket, sys\nfrom reviewer.room.frames import *\n{code}\ngive(DONE)\n".encode()
        monkeypatch.setattr(worker, "_program", lambda name: evil if name == "preview.py" else shipped(name))

    return take


def told(data: bytes = b"") -> Frame:
    [frame] = frames(PREVIEW, asked(Range()), io.BytesIO(data))
    return frame


def test_it_reaches_no_network_no_file_of_ours_and_no_process(
    taken_over: Callable[[str], None], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    taken_over(
        f"""
got = []
for number, what in enumerate((
    lambda: socket.create_connection(("127.0.0.1", 9050)), lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    lambda: socket.socket(socket.AF_NETLINK), lambda: open({str(secret)!r}), lambda: open("/etc/passwd"),
    lambda: os.listdir("/proc"), lambda: os.listdir("/sys"), lambda: os.listdir("/root"), lambda: os.listdir("/run"),
    lambda: os.kill({os.getpid()}, 0), lambda: open("/usr/x", "w"), lambda: open("/libraries/PIL/x", "w"),
    lambda: os.symlink("/etc/passwd", "/libraries/x"), lambda: os.setuid(0), lambda: os.memfd_create("x"),
    lambda: bytearray({limits.MEMORY}), lambda: open("x", "wb").write(bytes({2 * limits.FILE_BYTES})),
)):
    try:
        what()
        got.append(number)
    except (OSError, MemoryError):
        pass
give({{"got": got}})"""
    )
    assert told().fields == {"got": []}


def test_a_fork_bomb_has_room_for_two(taken_over: Callable[[str], None]) -> None:
    taken_over(
        "import time\nn = 0\ntry:\n    while True:\n        if not os.fork(): time.sleep(60)\n        n += 1\n"
        "except OSError: give({'n': n})\ngive(DONE)\nos._exit(0)"
    )
    number = told().fields["n"]
    assert isinstance(number, int)
    assert number < limits.PROCESSES


def test_all_that_it_may_take_is_less_than_an_old_laptop_has() -> None:
    assert limits.MEMORY * limits.PROCESSES <= 3 << 30


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("give({'kind': 'png', 'pages': 1, 'notes': [], 'trouble': ''}, b'')\nwhile True: give({}, bytes(9))", "harm"),
        ("while True: sys.stdout.buffer.write(bytes(65536))", "nobody can read"),
        (
            "os.write(1, HEAD.pack(2, 1 << 31) + b'{}')\nwhile True: pass",
            "larger than is shown",
        ),
        ("give({'kind': 'png', 'pages': 20, 'notes': [], 'trouble': ''})", "harm"),
        ("os.kill(os.getpid(), 11)", "broke down"),
        ("import ctypes; ctypes.string_at(0)", "broke down"),
    ],
)
def test_lies_of_a_program_that_was_taken_over_are_not_shown(
    taken_over: Callable[[str], None], code: str, error: str
) -> None:
    taken_over(code)
    with pytest.raises((NotReadError, CutOffError), match=error):
        seen(b"")


@pytest.mark.usefixtures("hurried")
def test_one_that_never_ends_is_ended_and_what_came_before_is_good(taken_over: Callable[[str], None]) -> None:
    opening = {"kind": "png", "pages": 2, "notes": [], "trouble": ""}
    page = {"page": 1, "width": 1, "height": 1, "cut": False, "trouble": ""}
    taken_over(f"give(json.loads({json.dumps(opening)!r}))\ngive({page}, b'abc')\nwhile True: pass")
    given = look(io.BytesIO(), 0, Range())
    assert [getattr(next(given), name) for name in ("kind", "pixels")] == [Kind.PNG, b"abc"]
    with pytest.raises((NotReadError, CutOffError)):
        next(given)


# Bombs.


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))


def png_of(width: int, height: int, *before: bytes, bits: int = 1, colour: int = 0) -> bytes:
    """A PNG of zeros that says to have this size; it holds at most a megabyte of them."""
    zeros = bytes(min(height * (width * bits // 8 + 1), 1 << 20))
    head = chunk(b"IHDR", struct.pack(">2L5B", width, height, bits, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(zeros)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + body


def gif_of(width: int, height: int, images: int) -> bytes:
    image = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    return b"GIF89a" + struct.pack("<2H", width, height) + b"\x80\0\0\0\0\0\xff\xff\xff" + image * images + b";"


def tiff_of(width: int, height: int, following: int) -> bytes:
    """One directory without pixels, whose next one lies at ``following``."""
    fields = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 1)]
    rows = b"".join(struct.pack("<2H2L", tag, 4, 1, value) for tag, value in fields)
    return b"II*\0" + struct.pack("<LH", 8, len(fields)) + rows + struct.pack("<L", following)


def jpeg_of(width: int, height: int) -> bytes:
    whole = bytearray(sample("jpeg"))
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">2H", height, width)
    return bytes(whole)


def heic_of(width: int, height: int) -> bytes:
    whole = sample("heic")
    at = whole.index(b"ispe") + 8
    return whole[:at] + struct.pack(">2L", width, height) + whole[at + 8 :]


@pytest.mark.parametrize(
    "data",
    [
        png_of(50_000, 50_000),
        png_of(2**31 - 1, 2**31 - 1),
        png_of(limits.DECODED_PIXELS // 1000 + 1, 1000),
        gif_of(65_535, 65_535, 1),
        tiff_of(100_000, 100_000, 0),
    ],
    ids=["png", "png of all numbers", "png one too wide", "gif", "tiff"],
)
def test_a_picture_of_more_pixels_than_fit_is_refused_by_what_it_says(data: bytes) -> None:
    opening, pages = seen(data)
    assert (opening.trouble, pages) == (Trouble.TOO_LARGE, [])


@pytest.mark.long
def test_a_picture_that_says_to_be_large_and_is_empty_is_shown_small_or_not_at_all() -> None:
    for data in (jpeg_of(65_500, 65_500), heic_of(60_000, 60_000), png_of(8000, 8000)):
        opening, pages = seen(data)
        assert opening.trouble or all(page.trouble or page.width * page.height <= limits.PIXELS for page in pages)


@pytest.mark.parametrize("name", [b"iCCP", *(pytest.param(one, marks=pytest.mark.long) for one in (b"zTXt", b"iTXt"))])
def test_a_text_in_a_picture_that_unpacks_to_a_hundred_times_the_memory_does_not(name: bytes) -> None:
    packed = zlib.compressobj(9)
    bomb = b"".join([packed.compress(bytes(1 << 20)) for _ in range(64)]) + packed.flush()
    head = b"x\0" + (b"\1\0\0\0" if name == b"iTXt" else b"\0")
    opening, pages = seen(png_of(8, 8, chunk(name, head + bomb)))
    assert opening.trouble is Trouble.DAMAGED or pages[0].width == 8


def test_of_a_gif_with_a_hundred_thousand_pictures_a_few_are_made() -> None:
    opening, pages = seen(gif_of(1, 1, 100_000), 1, 3)
    assert (opening.pages, [page.number for page in pages]) == (100_000, [1, 2, 3])


def test_a_tiff_whose_pages_go_in_a_circle_ends() -> None:
    opening, pages = seen_here(tiff_of(4, 4, 8))
    assert len(pages) <= opening.pages == 1


def test_of_a_pdf_with_ten_thousand_pages_those_that_are_asked_for_are_made() -> None:
    opening, pages = seen(pdf(pages=10_000), 9_990, 10_000)
    assert opening.pages == 10_000
    assert [page.number for page in pages] == list(range(9_990, 10_001))


def packed_twice(megabytes: int) -> bytes:
    """So many megabytes of zeros, packed and packed again (RFC 1950): a few hundred bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    total = (megabytes << 20) % 65521 << 16 | 1
    return zlib.compress(b"\x78\xda" + one * megabytes + b"\x03\0" + total.to_bytes(4, "big"), 9)


@pytest.mark.long
@pytest.mark.parametrize("megabytes", [64, 2048])
def test_a_pdf_whose_streams_unpack_to_gigabytes_takes_its_memory_and_no_more(megabytes: int) -> None:
    head, packed = b"/Filter[/FlateDecode/FlateDecode]", packed_twice(megabytes)
    assert zlib.decompress(packed)[:2] == b"\x78\xda"
    bomb = stream(packed, head)
    image = stream(
        packed,
        b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceRGB" + head,
    )
    data = pdf(bomb, image, page=b"/Contents 6 0 R/Resources<</XObject<</I 7 0 R>>>>", content=b"/I Do")
    try:
        opening, pages = seen(data)
    except (NotReadError, CutOffError):
        return
    assert opening.kind is Kind.PDF
    assert all(page.width * page.height <= limits.PIXELS for page in pages)


@pytest.mark.parametrize("side", [b"1e9", b"14400", b"0", b"-5", b"nan", b"0.0001"])
def test_a_page_of_a_pdf_of_any_size_is_bounded(side: bytes) -> None:
    _, [page] = seen_here(pdf(page=b"/MediaBox[0 0 %s %s]/UserUnit 75000" % (side, side)))
    assert page.trouble or 0 < page.width * page.height <= limits.PIXELS


@pytest.mark.long
@pytest.mark.usefixtures("hurried")
def test_a_pdf_that_draws_itself_a_billion_times_is_ended() -> None:
    names = [b"/F%d" % n for n in range(12)]
    forms = []
    for depth in range(12):
        below = b"<<%s>>" % b"".join(b"%s %d 0 R" % (name, 6 + n) for n, name in enumerate(names[:depth]))
        calls = b" ".join(b"%s Do" % name for name in names[:depth] for _ in range(8)) or b"0 0 9 9 re f"
        forms.append(stream(calls, b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject%s>>" % below))
    data = pdf(*forms, page=b"/Resources<</XObject<</F 17 0 R>>>>", content=b"/F Do")
    try:
        _, pages = seen(data)
    except (NotReadError, CutOffError):
        return
    assert pages[0].width


@pytest.mark.long
@pytest.mark.parametrize(
    "data",
    [
        pdf(b"<</Type/Pages/Kids[6 0 R 2 0 R]/Count 9>>", catalog=b"/Pages 6 0 R"),
        pdf().replace(b"/Count 1", b"/Count 999999999"),
        pdf(content=b"q " * 100_000 + b"[" * 100_000),
        b"%PDF-1.7\n" + b"1 0 obj<<" * 50_000,
        b"%PDF-1.7\ntrailer<</Root 1 0 R/Prev 9>>startxref 9 %%EOF",
    ],
    ids=["circle", "count", "deep content", "deep objects", "circle of tables"],
)
def test_a_pdf_that_leads_nowhere_ends(data: bytes) -> None:
    try:
        opening, pages = seen(data, 1, 3)
    except NotReadError:
        return
    assert opening.trouble or pages


@pytest.mark.parametrize(
    "text",
    [
        b"<html>" + b"<div>" * 200_000, b"<html>" + b"<a " * 100_000, b"<html>" + b"<!--" * 100_000,
        b"<html>" + b"<![" * 50_000, b"<html>" + b"&#" * 200_000, b"<html><svg>" * 50_000, b"<!-- a -->" * 50_000,
    ],
    ids=["deep", "open", "remarks", "marked", "letters", "skipped", "before"],
)  # fmt: skip
@pytest.mark.long
@pytest.mark.usefixtures("hurried")
def test_a_web_page_that_is_slow_to_read_is_ended_or_read(text: bytes) -> None:
    try:
        opening, _ = seen(text, 1, 1)
    except (NotReadError, CutOffError):
        return
    assert opening.pages


@pytest.mark.parametrize(
    "body",
    [
        b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(2000)),
        b'Content-Type: multipart/mixed; boundary="x"\n\n' + b"--x\n\na\n" * 20_000,
        b"X: y\n" * 50_000,
        b'Content-Type: message/external-body; access-type=local-file; name="/etc/passwd"\n\nContent-Type: a/b\n',
        b"Content-Type: text/plain; charset=utf-7\nContent-Transfer-Encoding: base64\n\n!!!!",
        b"Content-Type: text/plain; charset=\xff\n\n\xff",
    ],
    ids=["deep", "many", "fields", "outside", "letters", "no letters"],
)
@pytest.mark.long
@pytest.mark.usefixtures("hurried")
def test_a_mail_that_is_slow_or_wrong_is_ended_or_read(body: bytes) -> None:
    try:
        opening, pages = seen(b"From: a\nTo: b\nSubject: c\n" + body, 1, 1)
    except (NotReadError, CutOffError):
        return
    assert opening.kind is Kind.MAIL
    assert opening.trouble or "root:" not in pages[0].text


# Files that are cut, that are two things, or that want something.


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_file_is_shown_as_far_as_it_goes_or_called_damaged(kind: str) -> None:
    whole = sample(kind, (640, 480))
    opening, pages = seen_here(whole[: len(whole) // 2])
    assert opening.kind.value == kind
    assert opening.trouble in {Trouble.NONE, Trouble.DAMAGED}
    assert all(page.width or page.text or page.trouble for page in pages)


def test_a_file_that_is_two_things_is_shown_as_what_it_begins_with_and_that_is_said() -> None:
    remark, gif = b"%PDF-1.4 1 0 obj", sample("gif")
    after_colours = 13 + 3 * 2 ** ((gif[10] & 7) + 1)
    both = gif[:after_colours] + b"\x21\xfe" + bytes([len(remark)]) + remark + b"\0" + gif[after_colours:]
    opening, [page] = seen_here(both)
    assert (opening.kind, opening.notes, is_blue(page, 0.2, 0.2)) == (Kind.GIF, (Note.ALSO_PDF,), True)
    opening, [page] = seen_here(sample("png") + b"PK\x05\x06" + bytes(18))
    assert (opening.kind, opening.notes, is_blue(page, 0.2, 0.2)) == (Kind.PNG, (Note.ALSO_ARCHIVE,), True)
    opening, [page] = seen_here(b"<html>run me</html>\n" + pdf())
    assert (opening.kind, opening.notes, page.text) == (Kind.PDF, (Note.BEGINS_OTHERWISE,), "hello")


@pytest.mark.parametrize(
    ("catalog", "action", "notes"),
    [
        (b"/OpenAction 6 0 R", b"<</S/JavaScript/JS(app.launchURL\\('http://x'\\))>>", (Note.SCRIPTS,)),
        (b"/Names<</JavaScript<</Names[(a)6 0 R]>>>>", b"<</S/JavaScript/JS(while\\(1\\);)>>", (Note.SCRIPTS,)),
        (b"/OpenAction 6 0 R", b"<</S/Launch/F(/usr/bin/touch)/Win<</F(cmd.exe)>>>>", (Note.ACTIONS,)),
        (b"/OpenAction 6 0 R", b"<</S/SubmitForm/F(http://127.0.0.1:9050/)>>", (Note.ACTIONS,)),
        (b"/OpenAction 6 0 R", b"<</S/GoToR/F(\\\\\\\\x\\\\share\\\\y.pdf)>>", (Note.ACTIONS,)),
        (
            b"/AcroForm<</Fields[]/XFA 6 0 R>>",
            stream(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xdp>&e;</xdp>'),
            (Note.XFA,),
        ),
        (
            b"/Names<</EmbeddedFiles<</Names[(a.exe)6 0 R]>>>>",
            b"<</Type/Filespec/F(a.exe)/EF<</F 3 0 R>>>>",
            (Note.FILES_INSIDE,),
        ),
    ],
    ids=["script at opening", "endless script", "launch", "submit", "share", "xfa", "file inside"],
)
def test_what_a_pdf_wants_is_not_done_and_is_said(catalog: bytes, action: bytes, notes: tuple[Note, ...]) -> None:
    opening, [page] = seen_here(pdf(action, catalog=catalog))
    assert opening.notes == notes
    assert page.text == "hello"
    assert is_blue(page, 0.2, 0.2)


def test_what_is_pinned_to_a_page_is_seen() -> None:
    look_of_it = stream(b"1 0 0 rg 0 0 50 50 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 50 50]")
    pinned = b"<</Type/Annot/Subtype/Stamp/Rect[50 0 100 50]/F 4/AP<</N 6 0 R>>/A<</S/URI/URI(http://x.example)>>>>"
    [page] = seen_here(pdf(look_of_it, pinned, page=b"/Annots[7 0 R]"))[1]
    assert page.pixels[3 * (page.width * (page.height * 3 // 4) + page.width * 3 // 4) :][:3] == b"\xff\0\0"


def test_a_pdf_without_pages_is_damaged() -> None:
    assert seen_here(pdf(pages=0))[0].trouble is Trouble.DAMAGED
    assert seen_here(b"%PDF-")[0].trouble is Trouble.DAMAGED


def test_a_reader_that_has_no_memory_left_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_wish: object) -> object:
        raise MemoryError

    monkeypatch.setattr("reviewer.room.preview_pictures._page", full)
    assert [page.trouble for page in seen_here(sample("png"))[1]] == [Trouble.TOO_LARGE]


def test_a_pdf_that_is_locked_is_said_to_be() -> None:
    encrypt = b"/Encrypt<</Filter/Standard/V 1/R 2/O(%s)/U(%s)/P -4>>/ID[(a)(a)]" % (b"o" * 32, b"u" * 32)
    opening, pages = seen_here(pdf().replace(b"trailer<<", b"trailer<<" + encrypt))
    assert (opening.trouble, pages) == (Trouble.LOCKED, [])


ENTITY = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def test_a_drawing_in_xml_is_shown_as_it_is_written_and_nothing_in_it_is_fetched() -> None:
    svg = ENTITY + b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/x"/>&e;</svg>'
    opening, [page] = seen_here(svg)
    assert (opening.kind, page.text) == (Kind.TEXT, svg.decode())


def test_a_web_page_fetches_nothing_and_fills_in_nothing() -> None:
    page = b"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><html><body>&e;"
    opening, [seen_page] = seen_here(
        page + b"<iframe src='file:///etc/passwd'></iframe><link rel=stylesheet href=http://x>ok"
    )
    assert opening.kind is Kind.HTML
    assert seen_page.text.endswith("&e;ok\n")
    assert "root:" not in seen_page.text
