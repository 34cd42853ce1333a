"""What is seen of ordinary files: the right pixels, the right words, page by page."""

from __future__ import annotations

import io
import subprocess
import sys

import psutil
import pytest
from PIL import Image

from reviewer.preview import limits
from reviewer.preview.looking import look
from reviewer.preview.pages import Kind, Note, Opening, Page, Range, Trouble
from reviewer.room.preview_kinds import kind_of
from reviewer.sandbox import worker
from reviewer.sandbox.errors import SandboxError, TooLargeError
from tests.reviewer.preview.samples import FORMATS, KINDS, pdf, picture, sample
from tests.reviewer.preview.seeing import colour, is_blue, seen, seen_here


@pytest.mark.parametrize("kind", [*FORMATS, "pdf"])
def test_each_kind_of_picture_and_a_pdf_come_out_as_the_pixels_that_they_show(kind: str) -> None:
    opening, [page] = seen(sample(kind))
    assert opening == Opening(Kind(kind), 1)
    assert is_blue(page, 0.2, 0.2)
    assert colour(page, 0.8, 0.8) == (255, 255, 255)
    assert len(page.pixels) == 3 * page.width * page.height
    assert (page.text, page.cut) == ("hello" if kind == "pdf" else "", False)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "a line\nصورة\n"),
        ("html", "T\nwords go <http://x.example/>[img]\n"),
        (
            "mail",
            "From: A <a@example.org>\nTo: desk\nSubject: café\n\nthe words\n\n[../../p�.pdf, application/pdf, 5]\n",
        ),
    ],
)
def test_texts_come_out_as_text(kind: str, text: str) -> None:
    opening, [page] = seen(sample(kind))
    assert opening == Opening(Kind(kind), 1)
    assert page == Page(1, text=text)


def test_a_mail_with_more_parts_than_are_listed_and_wrong_ones_is_read() -> None:
    head = b'From: a\nSubject: =?x?q?=FF?=\nDate: c\nContent-Type: multipart/mixed; boundary="x"\n\n'
    parts = (
        b"Content-Type: text/plain; charset=utf-32\n\nhalf a letter",
        b"Content-Type: text/plain; charset=no-such\n\nwhose letters",
        b"Content-Type: image/png\n\nno name",
        b"Content-Type: message/rfc822\n\nSubject: inner\n\ninside",
        *[b"Content-Type: a/b\nContent-Disposition: attachment; filename*=utf-8''%C3%A9\n\nx"] * 300,
    )
    [page] = seen_here(head + b"".join(b"--x\n" + part + b"\n" for part in parts) + b"--x--\n")[1]
    assert page.text.startswith("From: a\nDate: c\nSubject: ")
    for line in ("whose letters", "[?, image/png, 7]", "[é, a/b, 1]", "inside", "..."):
        assert f"\n{line}\n" in page.text
    assert page.text.count("[é") < 200


def test_of_a_web_page_only_what_is_said_is_read() -> None:
    page = b"<html><p>a<script>b</script><svg><p>c</svg>d<a>e</a></a><a href=x>f</a><img alt='g'><hr>h &amp; i</ul>"
    assert seen_here(page)[1][0].text == "adef <x>[g]\nh & i\n"


def test_a_mail_that_is_a_web_page_alone_is_read_as_one() -> None:
    mail = b"From: a\nSubject: b\nDate: c\nContent-Type: text/html; charset=no-such\n\n<p>only<p>this"
    assert "\nonly\nthis\n" in seen_here(mail)[1][0].text


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "heic", "tiff"])
def test_each_picture_of_several_is_a_page(kind: str) -> None:
    opening, pages = seen_here(sample(kind, frames=4), 2, 3)
    assert opening.pages == 4
    assert [page.number for page in pages] == [2, 3]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.UNKNOWN),
        (b"\x00\x01\x02", Kind.UNKNOWN),
        (b"PK\x03\x04rest", Kind.ARCHIVE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLD_OFFICE),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp42", Kind.SOUND_OR_FILM),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1", Kind.UNKNOWN),
        (b"RIFF\0\0\0\0WAVE", Kind.SOUND_OR_FILM),
        (b"MZ\x90", Kind.PROGRAM),
    ],
)
def test_what_is_not_shown_has_a_name(data: bytes, kind: Kind) -> None:
    assert kind_of(data) == kind


def test_what_is_not_shown_is_not_tried() -> None:
    assert seen(b"") == (Opening(Kind.UNKNOWN, 0, (), Trouble.NOT_SHOWN), [])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xef\xbb\xbf\n<!-- a --><!-- b -->\n<HTML>", Kind.HTML),
        (b"<?xml version='1.0'?>\n<svg/>", Kind.TEXT),
        (b"from: one line is no mail", Kind.TEXT),
        ("\ufeffsixteen".encode("utf-16-le"), Kind.TEXT),
        (b"some bytes\n" * 100 + b"%PDF-1.4 late", Kind.TEXT),
    ],
)
def test_the_kind_is_told_by_what_stands_in_it(data: bytes, kind: Kind) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_each_sample_is_of_its_kind(kind: str) -> None:
    assert kind_of(sample(kind)) == kind


def test_letters_that_are_guessed_are_said_to_be() -> None:
    opening, [page] = seen_here("déjà vu".encode("cp1252"))
    assert (opening.notes, page.text) == ((Note.GUESSED_LETTERS,), "déjà vu")


def test_pages_come_while_the_next_is_not_begun() -> None:
    data, before = pdf(pages=30), len(psutil.Process().children())
    given = look(io.BytesIO(data), len(data), Range(1, 20))
    assert [type(next(given)) for _ in range(3)] == [Opening, Page, Page]
    assert len(psutil.Process().children()) == before + 1
    given.close()
    assert len(psutil.Process().children()) == before


def test_a_text_is_cut_into_pages_at_the_end_of_a_line() -> None:
    line = "x" * 99 + "\n"
    opening, pages = seen_here((line * 400).encode(), 2, 3)
    assert (opening.pages, [len(page.text) for page in pages]) == (3, [16_000, 8_000])
    assert all(page.text.endswith("\n") for page in pages)


def test_of_a_very_long_text_the_beginning_is_shown() -> None:
    opening, _ = seen_here("é".encode() * (limits.READ_TEXT_BYTES // 2) + b"more", 1, 1)
    assert opening.notes == (Note.ONLY_BEGINNING,)
    assert opening.pages == limits.READ_TEXT_BYTES // 2 // limits.PAGE_LETTERS + 1


def test_of_a_page_with_very_much_text_a_part_is_given_and_that_is_said() -> None:
    words = b"BT /F 1 Tf 1 50 Td (%s) Tj ET" % (b"word " * 4000)
    [page] = seen_here(pdf(content=words))[1]
    assert len(page.text) <= limits.PAGE_LETTERS
    assert page.cut


@pytest.mark.parametrize(("kind", "size"), [("jpeg", (6000, 4000)), ("png", (300, 20_000)), ("tiff", (20_000, 30))])
def test_large_pictures_come_out_smaller(kind: str, size: tuple[int, int]) -> None:
    [page] = seen_here(sample(kind, size))[1]
    assert page.width * page.height <= limits.PIXELS
    assert max(page.width, page.height) <= limits.SIDE
    assert abs(page.width / page.height / (size[0] / size[1]) - 1) < 0.5
    assert is_blue(page, 0.2, 0.2)


def test_a_photo_stands_upright_whatever_its_camera_noted() -> None:
    for orientation, corner in ((3, (0.8, 0.8)), (6, (0.8, 0.2)), (99, (0.2, 0.2))):
        exif, file = Image.Exif(), io.BytesIO()
        exif[0x0112] = orientation
        picture().save(file, "JPEG", exif=exif)
        assert is_blue(seen_here(file.getvalue())[1][0], *corner)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK", "F", "I"])
def test_every_way_to_write_colours_is_read(mode: str) -> None:
    file = io.BytesIO()
    box = picture().convert("L") if mode in {"I;16", "F", "I"} else picture()
    grey = box.point(lambda shade: shade * 256, "I").convert("I;16") if mode == "I;16" else box.convert(mode)
    grey.save(file, "PNG" if mode in {"LA", "P", "RGBA"} else "TIFF")
    [page] = seen_here(file.getvalue())[1]
    assert sum(colour(page, 0.2, 0.2)) < 400
    assert colour(page, 0.8, 0.8) == (255, 255, 255)


def test_a_picture_whose_camera_wrote_nonsense_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_image: Image.Image) -> Image.Exif:
        raise RuntimeError

    monkeypatch.setattr(Image.Image, "getexif", wrong)
    assert is_blue(seen_here(sample("png"))[1][0], 0.2, 0.2)


def test_what_is_seen_through_stands_on_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(file, "PNG")
    assert colour(seen_here(file.getvalue())[1][0], 0.5, 0.5) == (255, 255, 255)


def test_a_file_that_is_too_long_is_not_read_at_all() -> None:
    class Never:
        def read(self, _size: int, /) -> bytes:
            raise AssertionError

    with pytest.raises(TooLargeError, match="too long"):
        list(look(Never(), limits.INPUT_BYTES + 1, Range()))


def test_without_a_sandbox_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_job: object, _source: object) -> object:
        raise SandboxError("The sandbox cannot be built (forbidden).", "Allow it.")

    monkeypatch.setattr(worker, "pieces", forbidden)
    with pytest.raises(SandboxError, match="cannot be built"):
        seen(sample("text"))


def test_the_desk_itself_loads_no_reader_of_strangers_formats() -> None:
    code = "import sys, reviewer.commands; print(sorted({'PIL', 'pillow_heif', 'pypdfium2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
