"""What kind a file is of, by what stands in it and never by its name. Stands alone.

Rules:
1. What a file begins with decides; a PDF may begin within its first kilobyte (ISO 32000, annex H).
2. A text is what decodes as one and has no controls but those of lines and of terminals.
3. A file that is of a second kind too, further on, is noted: programs differ in which of the two they open.
"""

from __future__ import annotations

import codecs
import re

_BEGINS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"PK\3\4", "archive"),
    (b"PK\5\6", "archive"),
    (b"Rar!\x1a\7", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-office"),
    (b"{\\rtf", "old-office"),
    (b"#!AMR", "sound-or-film"),
    (b"OggS", "sound-or-film"),
    (b"fLaC", "sound-or-film"),
    (b"ID3", "sound-or-film"),
    (b"\xff\xfb", "sound-or-film"),
    (b"\x1a\x45\xdf\xa3", "sound-or-film"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
)
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}
_PDF_WITHIN = 1024
_LOOKED_AT = 64 * 1024
_FIELD = re.compile(
    r"^(from|to|cc|received|return-path|delivered-to|date|subject|mime-version|message-id):",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD_FIRST = re.compile(r"[!-9;-~]{1,70}:[ \t]")
_FIELDS_LEAST = 3
_HTML = re.compile(r"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_BEFORE_HTML = (("<?xml", "?>"), ("<!--", "-->"))
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ENDS_OF_ARCHIVE = b"PK\5\6"


def kind_of(data: bytes) -> str:
    """Return the kind's name, ``unknown`` if it is none that we know."""
    for begins, kind in _BEGINS:
        if data.startswith(begins):
            return kind
    if data[:4] == b"RIFF":
        return "webp" if data[8:12] == b"WEBP" else "sound-or-film"
    if data[4:8] == b"ftyp" and data[8:12] not in _AVIF:
        return "heic" if _HEIC & {data[at : at + 4] for at in (8, *range(16, 64, 4))} else "sound-or-film"
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return "pdf"
    return _kind_of_text(data[:_LOOKED_AT])


def second_kinds(data: bytes, kind: str) -> tuple[str, ...]:
    """Return a note for each other kind that a file could be taken for."""
    notes = []
    if kind != "pdf" and b"%PDF-" in data[:_PDF_WITHIN]:
        notes.append("also-pdf")
    if kind != "archive" and _ENDS_OF_ARCHIVE in data[-_LOOKED_AT:]:
        notes.append("also-archive")
    if kind == "pdf" and not data.startswith(b"%PDF-"):
        notes.append("begins-otherwise")
    return tuple(notes)


def letters_of(data: bytes) -> tuple[str, bool] | None:
    """Return a text and whether its letters were guessed; None if it is none. A last letter may be cut in two."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _plain(codecs.getincrementaldecoder(name)("replace").decode(data), guessed=False)
    try:
        return _plain(codecs.getincrementaldecoder("utf-8")().decode(data), guessed=False)
    except UnicodeDecodeError:
        return _plain(data.decode("cp1252", "replace"), guessed=True)


def _plain(text: str, *, guessed: bool) -> tuple[str, bool] | None:
    return None if _CONTROLS.search(text) else (text, guessed)


def _kind_of_text(head: bytes) -> str:
    found = letters_of(head)
    if found is None or not head:
        return "unknown"
    text = found[0].lstrip("\ufeff")
    if _HTML.match(_after_remarks(text)):
        return "html"
    fields = text.lstrip().replace("\r\n", "\n").split("\n\n", 1)[0]
    known = {one.lower() for one in _FIELD.findall(fields)}
    return "mail" if len(known) >= _FIELDS_LEAST and _FIELD_FIRST.match(fields) else "text"


def _after_remarks(text: str) -> str:
    """Return what follows the remarks that may stand before a web page."""
    text = text.lstrip()
    for begins, ends in _BEFORE_HTML:
        while text.startswith(begins) and ends in text:
            text = text.partition(ends)[2].lstrip()
    return text
