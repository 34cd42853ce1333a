"""The documents of the rehearsal's source, made anew: a PDF, a photo with traces, a voice note, an Arabic name.

Each holds a mark of its own, so that a search of the server's disk for it means something.
"""

from __future__ import annotations

import math
import secrets
import struct
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from deploy.rehearsal.forms import ChosenFile

if TYPE_CHECKING:
    from pathlib import Path

SECONDS_OF_SOUND = 3
SOUND_RATE = 16_000
PHOTO_SIZE = (1200, 900)

CAMERA = 0x010F  # EXIF tags: Make, Model, DateTime, GPS directory
MODEL = 0x0110
TAKEN = 0x0132
GPS = 0x8825


@dataclass(frozen=True)
class Samples:
    """What the source has: words, files, and the marks that must not be found anywhere in the clear."""

    message: str
    files: tuple[ChosenFile, ...]
    marks: tuple[bytes, ...]


def make_samples(folder: Path) -> Samples:
    """Write the files into ``folder`` and return them with their marks."""
    folder.mkdir(parents=True, exist_ok=True)
    marks = [f"mark-{secrets.token_hex(8)}." for _ in range(5)]
    files = (
        ChosenFile(_pdf(folder / "contract.pdf", marks[1]), "Contract Harbour Road 2026.pdf"),
        ChosenFile(_photo(folder / "photo.jpg", marks[2]), "IMG_20261102_warehouse.jpg"),
        ChosenFile(_voice(folder / "voice.wav", marks[3]), "voice note.wav"),
        ChosenFile(_text(folder / "arabic.txt", marks[4]), "فاتورة الميناء ٢٠٢٦.txt"),
    )
    message = (
        "The deputy minister's brother was paid for a road that was never built.\n"
        "I saw the invoices on the second of November. دفعوا له مرتين.\n"
        f"{marks[0]} (a mark that we look for later)\n"
    )
    names = [file.name.encode() for file in files]
    return Samples(message, files, (*(mark.encode() for mark in marks), *names, "دفعوا له مرتين".encode()))


def large_file(folder: Path, size: int) -> ChosenFile:
    """Write a file of ``size`` bytes that nothing compresses, with a mark in every block."""
    path = folder / f"large-{size}.bin"
    block = secrets.token_bytes(32) * 2048
    with path.open("wb") as out:
        for _ in range(size // len(block)):
            out.write(block)
        out.write(block[: size % len(block)])
    return ChosenFile(path, "archive of the port authority.tar")


def remake_photo(photo: Path, remade: Path) -> Path:
    """Make a picture anew from nothing but its pixels."""
    with Image.open(photo) as original:
        Image.frombytes("RGB", original.size, original.convert("RGB").tobytes()).save(remade, "PNG")
    return remade


def _pdf(path: Path, mark: str) -> Path:
    page = f"BT /F1 18 Tf 72 720 Td (Contract for Harbour Road, lot 7) Tj 0 -28 Td ({mark}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
        b"<< /Author (%b) /Producer (office printer 3) >>" % mark.encode(),
    )
    text, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(text)
    text += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    text += b"".join(b"%010d 00000 n \n" % place for place in places)
    text += b"trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\n" % (len(objects) + 1)
    text += b"startxref\n%d\n%%%%EOF\n" % start
    path.write_bytes(text)
    return path


def _photo(path: Path, mark: str) -> Path:
    """Write a photo whose EXIF tells the camera, its owner's mark, the time and the place."""
    shades = Image.linear_gradient("L").resize(PHOTO_SIZE)
    photo = Image.merge("RGB", (shades, shades.rotate(180), Image.effect_noise(PHOTO_SIZE, 40)))
    exif = Image.Exif()
    exif[CAMERA], exif[MODEL], exif[TAKEN] = "Tecno", f"Spark 10 {mark}", "2026:11:02 07:41:09"
    exif.get_ifd(GPS).update({1: "S", 2: (13.0, 58.0, 1.2), 3: "E", 4: (33.0, 47.0, 15.0)})
    photo.save(path, "JPEG", quality=85, exif=exif)
    return path


def _voice(path: Path, mark: str) -> Path:
    """Write a tone that rises, as a phone would record it."""
    count = SECONDS_OF_SOUND * SOUND_RATE
    tones = (math.sin(2 * math.pi * (220 + 60 * at / SOUND_RATE) * at / SOUND_RATE) for at in range(count))
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SOUND_RATE)
        sound.writeframes(b"".join(struct.pack("<h", int(9000 * tone)) for tone in tones))
    _add_comment(path, mark.encode())
    return path


def _add_comment(path: Path, comment: bytes) -> None:
    """Add what recorders write about themselves: a RIFF list with one comment of even length."""
    entry = b"LIST" + struct.pack("<I", 12 + len(comment)) + b"INFOICMT" + struct.pack("<I", len(comment)) + comment
    sound = path.read_bytes() + entry
    path.write_bytes(sound[:4] + struct.pack("<I", len(sound) - 8) + sound[8:])


def _text(path: Path, mark: str) -> Path:
    words = "الفاتورة رقم ٧\nالمبلغ: ٤٠٠٬٠٠٠\n"  # noqa: RUF001  # Arabic letters and digits are meant
    path.write_text(f"{words}{mark}\n", encoding="utf-8")
    return path
