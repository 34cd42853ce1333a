"""Looks for what a picture, a PDF or a film says of itself. Runs in the room, with Pillow, libheif and pypdfium2.

Task: ``most`` clues, ``letters`` of one value. Standard input: the file. Frames: ``{"format": name}`` where it can be
read, then ``{"kind": word, "where": part of the file, "name": name, "value": text}`` of each clue. No pixel is decoded.

Source: Exif 3.0 (names and what they mean), as Pillow gives them; PNG 1.2, section 11.3.4; PDF 1.7, section 14.3.3;
``films`` and ``xmp``.
"""

from __future__ import annotations

import io
import sys
import warnings
from typing import TYPE_CHECKING, Any

import pillow_heif
from PIL import ExifTags, Image

from reviewer.room.films import BrokenFilmError, read_film
from reviewer.room.frames import DONE, give, task
from reviewer.room.xmp import UnsafeXmpError, read_xmp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Clue = tuple[str, str, str, str]

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "HEIF")
_PDF = b"%PDF-"
_BOXES = b"ftyp"
_PICTURES = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif")
"""What stands behind it in a HEIC; anything else is a film or a sound."""
_EXIF_IFD, _GPS_IFD, _SMALL_IFD = 0x8769, 0x8825, 1
_EXIF = {
    "DateTimeOriginal": "time",
    "DateTimeDigitized": "time",
    "OffsetTime": "time",
    "OffsetTimeOriginal": "time",
    "DateTime": "edit",
    "Software": "edit",
    "ProcessingSoftware": "edit",
    "HostComputer": "device",
    "Make": "device",
    "Model": "device",
    "BodySerialNumber": "device",
    "LensMake": "device",
    "LensModel": "device",
    "LensSerialNumber": "device",
    "CameraSerialNumber": "device",
    "ImageUniqueID": "device",
    "Artist": "person",
    "CameraOwnerName": "person",
    "Copyright": "person",
    "XPAuthor": "person",
    "ImageDescription": "text",
    "UserComment": "text",
    "XPComment": "text",
    "XPTitle": "text",
    "XPSubject": "text",
    "XPKeywords": "text",
}
_TEXTS = {
    "author": "person",
    "artist": "person",
    "copyright": "person",
    "creation time": "time",
    "date:create": "time",
    "date:modify": "edit",
    "software": "edit",
    "source": "device",
    "title": "text",
    "description": "text",
    "comment": "text",
    "warning": "text",
}
"""Of texts in a PNG or behind a JPEG's beginning, in small letters."""
_DOCUMENT = {
    "Author": "person",
    "Creator": "edit",
    "Producer": "edit",
    "CreationDate": "time",
    "ModDate": "edit",
    "Title": "text",
    "Subject": "text",
    "Keywords": "text",
}
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)

_GPS_DATE, _GPS_TIME, _GPS_ALTITUDE = "GPSDateStamp", "GPSTimeStamp", "GPSAltitude"
_PER_TURN = 60


def picture(data: bytes) -> Iterator[Clue]:
    """Give what a picture says."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        give({"format": image.format})
        exif = image.getexif()
        every = {**exif, **exif.get_ifd(_EXIF_IFD)}
        named = {tag: value for number, value in every.items() if (tag := ExifTags.TAGS.get(number))}
        yield from exif_clues(named)
        yield from place(exif.get_ifd(_GPS_IFD))
        if exif.get_ifd(_SMALL_IFD):
            yield "edit", "EXIF", "thumbnail", "a small picture of its own; it may show what was cut away"
        for name, value in image.info.items():
            if isinstance(name, str) and (kind := _TEXTS.get(name.lower())):
                yield kind, image.format or "", name, plain(value)
        yield from packet(image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or exif.get(0x02BC))


def exif_clues(named: Mapping[str, Any]) -> Iterator[Clue]:
    """Give what EXIF says, in the order of our table."""
    for name, kind in _EXIF.items():
        if name in named and (value := plain(named[name])):
            yield kind, "EXIF", name, value


def place(gps: Mapping[int, Any]) -> Iterator[Clue]:
    """Give the position in degrees, and when a satellite said so."""
    named = {ExifTags.GPSTAGS.get(number, ""): value for number, value in gps.items()}
    for name, negative in (("GPSLatitude", "S"), ("GPSLongitude", "W")):
        degrees = _degrees(named.get(name), plain(named.get(f"{name}Ref", "")).upper() == negative)
        if degrees is not None:
            yield "place", "EXIF", name, f"{degrees:.6f}"
    if _GPS_ALTITUDE in named:
        yield "place", "EXIF", _GPS_ALTITUDE, plain(named[_GPS_ALTITUDE])
    if _GPS_DATE in named or _GPS_TIME in named:
        at = named.get(_GPS_TIME, ())
        clock = ":".join(f"{float(part):02.0f}" for part in at) if isinstance(at, tuple) else ""
        yield "time", "EXIF", "GPSDateStamp", f"{plain(named.get(_GPS_DATE, ''))} {clock} UTC".strip()


def _degrees(value: Any, is_negative: bool) -> float | None:  # noqa: FBT001 - one of two directions
    try:
        whole, minutes, seconds = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    degrees = whole + minutes / _PER_TURN + seconds / _PER_TURN**2
    return -degrees if is_negative else degrees


def packet(data: Any) -> Iterator[Clue]:
    """Give what an XMP packet says."""
    if not data:
        return
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    try:
        for kind, name, value in read_xmp(raw):
            yield kind, "XMP", name, value
    except UnsafeXmpError:
        yield "odd", "XMP", "packet", "not read: it is damaged, or declares what no camera and no editor declares"


def plain(value: Any) -> str:
    """Return a value as a text."""
    if isinstance(value, bytes):
        wide = value[1:2] == b"\0" or value[:8] == b"UNICODE\0"
        raw = value[8:] if value[:8] in {b"UNICODE\0", b"ASCII\0\0\0"} else value
        return raw.decode("utf-16-le" if wide else "utf-8", "replace").strip("\0 ")
    if isinstance(value, tuple):
        return " ".join(map(plain, value))
    return str(value).strip("\0 ")


def document(data: bytes) -> Iterator[Clue]:
    """Give what a PDF says."""
    import pypdfium2  # noqa: PLC0415 - slow to load, and seldom needed

    opened = pypdfium2.PdfDocument(data)
    give({"format": "PDF"})
    for name, value in opened.get_metadata_dict().items():
        if value and name in _DOCUMENT:
            yield _DOCUMENT[name], "PDF", name, value


def film(data: bytes) -> Iterator[Clue]:
    """Give what a film says."""
    give({"format": "MP4"})
    try:
        for kind, name, value in read_film(data):
            yield kind, "MP4", name, value
    except BrokenFilmError:
        yield "odd", "MP4", "boxes", "they do not fit into each other: it is damaged, or was cut off"


def clues_of(data: bytes) -> Iterator[Clue]:
    """Give what a file says, by its beginning."""
    if data.startswith(_PDF):
        return document(data)
    if data[4:8] == _BOXES and data[8:12] not in _PICTURES:
        return film(data)
    return picture(data)


def main() -> None:
    """Look once."""
    asked: dict[str, Any] = task()
    data = sys.stdin.buffer.read()
    warnings.simplefilter("ignore")
    seen: set[Clue] = set()
    for clue in clues_of(data):
        kind, where, name, value = clue
        if clue in seen or not value:
            continue
        if len(seen) == asked["most"]:
            break
        seen.add(clue)
        give({"kind": kind, "where": where, "name": name[:200], "value": value[: asked["letters"]]})
    give(DONE)


if __name__ == "__main__":
    main()
