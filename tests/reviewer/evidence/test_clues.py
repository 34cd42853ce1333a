"""What pictures and PDFs say of themselves, and what is no such file."""

from __future__ import annotations

import io

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from reviewer.evidence import clues
from reviewer.evidence.values import Kind
from reviewer.room.xmp import UnsafeXmpError, read_xmp
from reviewer.sandbox.errors import CutOffError
from reviewer.sandbox.worker import Frame
from tests.reviewer.evidence.bundles import photo
from tests.reviewer.room.test_films import ANDROID

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmp:CreatorTool="Editor 9" xmp:Rating="5"><dc:creator><rdf:Seq><rdf:li>A. Person</rdf:li><rdf:li>B</rdf:li>'
    "</rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)
GPS, EXIF = 0x8825, 0x8769


def found(data: bytes) -> dict[str, tuple[Kind, str]]:
    told = clues.look_for_clues(io.BytesIO(data))
    assert told is not None
    return {clue.name: (clue.kind, clue.value) for clue in told}


def saved(kind: str, **options: object) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (4, 4)).save(held, kind, **options)
    return held.getvalue()


def heic(make: str) -> bytes:
    """A photo as newer phones make it."""
    exif, held = Image.Exif(), io.BytesIO()
    exif[0x010F] = make
    pillow_heif.from_pillow(Image.new("RGB", (16, 16))).save(held, exif=exif.tobytes())
    return held.getvalue()


def everything() -> bytes:
    """A photo with a place, a satellite's time, an editor, a person, a serial number and a packet."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0131], exif[0x013B] = "Acme", "Editor 9", "A. Person\x1b[2J"
    exif[EXIF] = {0x9003: "2026:11:01 12:00:00", 0xA431: "SN-77", 0x9286: b"ASCII\0\0\0secret note"}
    exif[GPS] = {
        1: "S",
        2: (13.0, 57.0, 45.36),
        3: "E",
        4: (33.0, 46.0, 26.76),
        29: "2026:11:01",
        7: (10.0, 0.0, 1.0),
        6: 5.0,
    }
    return saved("JPEG", exif=exif, xmp=XMP.encode(), comment=b"a comment")


def test_a_photo_tells_its_place_time_device_person_and_changes() -> None:
    told = found(everything())
    assert told["GPSLatitude"] == (Kind.PLACE, "-13.962600")
    assert told["GPSLongitude"] == (Kind.PLACE, "33.774100")
    assert told["GPSDateStamp"] == (Kind.TIME, "2026:11:01 10:00:01 UTC")
    assert told["DateTimeOriginal"] == (Kind.TIME, "2026:11:01 12:00:00")
    assert told["BodySerialNumber"] == (Kind.DEVICE, "SN-77")
    assert told["Artist"][0] is Kind.PERSON
    assert told["UserComment"] == (Kind.TEXT, "secret note")
    assert told["CreatorTool"] == (Kind.EDIT, "Editor 9")
    assert told["creator"] == (Kind.PERSON, "A. Person; B")
    assert told["comment"] == (Kind.TEXT, "a comment")
    assert "Rating" not in told


def test_other_kinds_tell_theirs() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "A. Person")
    texts.add_itxt("XML:com.adobe.xmp", XMP)
    told = found(saved("PNG", pnginfo=texts))
    assert told["Author"] == (Kind.PERSON, "A. Person")
    assert told["CreatorTool"] == (Kind.EDIT, "Editor 9")
    assert found(saved("TIFF", software="Scanner 2"))["Software"] == (Kind.EDIT, "Scanner 2")
    assert found(saved("WEBP")) == {}
    assert found(heic(make="Phone 3"))["Make"] == (Kind.DEVICE, "Phone 3")
    assert found(ANDROID)["location"] == (Kind.PLACE, "-13.9626+033.7741/")
    assert found(ANDROID[:-5])["boxes"][0] is Kind.ODD
    told = found(saved("PDF", author="A. Person", producer="Printer 5"))
    assert (told["Author"], told["Producer"]) == ((Kind.PERSON, "A. Person"), (Kind.EDIT, "Printer 5"))


def test_a_packet_that_declares_entities_is_odd_and_nothing_of_it_is_read() -> None:
    evil = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + XMP.replace("Editor 9", "&x;").encode()
    assert [clue.kind for clue in clues.look_for_clues(io.BytesIO(saved("JPEG", xmp=evil))) or ()] == [Kind.ODD]


@pytest.mark.parametrize(
    "packet",
    [
        b'<!DOCTYPE a [<!ENTITY x "xxxx">]><a>&x;</a>',
        b"<! doctype a><a/>",
        b"<a>" * 100_000,
        b"<a",
        "<!DOCTYPE a><a/>".encode("utf-16"),
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<a>" + b"x" * (1 << 20) + b"</a>",
    ],
)
def test_a_packet_that_is_none_is_not_read(packet: bytes) -> None:
    with pytest.raises(UnsafeXmpError):
        list(read_xmp(packet))


def test_a_huge_picture_is_not_decoded() -> None:
    whole = bytearray(saved("PNG"))
    whole[16:24] = (50_000).to_bytes(4, "big") * 2
    assert clues.look_for_clues(io.BytesIO(bytes(whole))) in (None, ())


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", photo()[:60], b"%PDF-1.7 and nothing", b"GIF89a", b"text"])
def test_what_is_no_such_file_is_not_read(data: bytes) -> None:
    assert clues.look_for_clues(io.BytesIO(data)) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "secret", "where": "a", "name": "b", "value": "c"},
        {"kind": "time", "where": "a", "name": "b", "value": "c" * 600},
        {"kind": "time", "where": "a", "name": "b"},
        {"format": "JPEG", "more": 1},
    ],
)
def test_what_a_taken_over_program_tells_is_not_believed(
    fields: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clues, "work", lambda _worker, _task, _source, take: take(Frame(fields)))
    assert clues.look_for_clues(io.BytesIO()) is None


def test_a_file_that_takes_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ends(*_: object) -> None:
        raise CutOffError("It took longer.")

    monkeypatch.setattr(clues, "work", never_ends)
    assert clues.look_for_clues(io.BytesIO()) is None


def test_no_more_of_a_value_than_is_wanted() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "a text " * 200)
    assert len(found(saved("PNG", pnginfo=texts))["Author"][1]) == 500


def test_files_are_known_by_their_beginnings() -> None:
    assert clues.may_have_clues(photo()[:8])
    assert clues.may_have_clues(heic("a")[: clues.BEGINNING])
    assert not clues.may_have_clues(b"GIF89a")
