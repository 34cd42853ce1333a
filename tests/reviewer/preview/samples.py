"""Small files of every kind that is looked at, made here; and a PDF written by hand, to be made wrong."""

from __future__ import annotations

import io
from functools import cache

import pillow_heif
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()

FORMATS = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "tiff": "TIFF", "heic": "HEIF"}
BLUE = (20, 40, 200)
MAIL = (
    b"From: A <a@example.org>\r\nTo: desk\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    b"the words\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>the page</p>\r\n--x\r\n"
    b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="../../p\x1b.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--x--\r\n"
)
PAGE = b"<!DOCTYPE html><title>T</title><script>evil()</script><p>words <a href='http://x.example/'>go</a><img src=x>"


def picture(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A white picture with a blue box in its upper left quarter."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2 - 1, size[1] // 2 - 1), fill=BLUE)
    return image


@cache
def sample(kind: str, size: tuple[int, int] = (64, 48), frames: int = 1) -> bytes:
    """A file of a kind; of pictures with so many frames."""
    if kind in FORMATS:
        file = io.BytesIO()
        more = {"save_all": True, "append_images": [picture(size).rotate(90 * n) for n in range(1, frames)]}
        picture(size).save(file, FORMATS[kind], **(more if frames > 1 else {}))
        return file.getvalue()
    return {"pdf": pdf(), "text": "a line\nصورة\n".encode(), "html": PAGE, "mail": MAIL}[kind]


KINDS = (*FORMATS, "pdf", "text", "html", "mail")


def pdf(*more: bytes, catalog: bytes = b"", page: bytes = b"", pages: int = 1, content: bytes | None = None) -> bytes:
    """A PDF with a blue box and the word "hello" on each page; ``more`` are objects from number 6 on.

    All pages share one content stream, so that ten thousand are small.
    """
    content = b"0.08 0.16 0.78 rg 0 50 50 50 re f BT /F 12 Tf 10 10 Td (hello) Tj ET" if content is None else content
    kids = b" ".join(b"%d 0 R" % (6 + len(more) + n) for n in range(pages))
    one = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>%s>>" % page
    body = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        stream(content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"null",
        *more,
        *[one] * pages,
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, what in enumerate(body, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, what)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(body) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(body) + 1, table))


def stream(content: bytes, head: bytes = b"") -> bytes:
    """A stream object of a PDF."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), head, content)
