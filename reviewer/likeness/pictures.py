"""What a picture looks like, as 64 bits: what the sandbox gave, checked. Pure.

A picture is drawn 9 times 8 dots small and grey; each bit says whether a dot is lighter than its right neighbour
(dHash, N. Krawetz, "Kind of Like That", 2013). The program in the room gives the dots; the bits are made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from reviewer.likeness import limits

WIDTH, HEIGHT = 9, 8

_PICTURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"BM", "BMP"),
)
_HEIC = {b"heic", b"heix", b"mif1"}
"""What phones write; others are opened by `preview`."""

HEAD_BYTES = 16
"""What is looked at to tell a picture from other files, whatever its name says."""


@dataclass(frozen=True)
class Looks:
    """The bits of a picture, as it is and flipped left to right: 8 bytes each."""

    upright: bytes
    flipped: bytes


def kind_of(head: bytes) -> str | None:
    """Return which kind of picture a file is by its first bytes, as Pillow names it; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return "HEIF"
    return next((name for magic, name in _PICTURES if head.startswith(magic)), None)


def looks(dots: bytes) -> Looks | None:
    """Make the bits from 72 grey dots, row by row; None where the picture shows too little. Raises ValueError."""
    if len(dots) != WIDTH * HEIGHT:
        raise ValueError(f"{WIDTH * HEIGHT} dots are wanted, not {len(dots)}.")
    if max(dots) - min(dots) < limits.PICTURE_SPREAD:
        return None
    rows = [dots[start : start + WIDTH] for start in range(0, len(dots), WIDTH)]
    return Looks(_bits(rows), _bits([row[::-1] for row in rows]))


def _bits(rows: list[bytes]) -> bytes:
    number = 0
    for row in rows:
        for left, right in pairwise(row):
            number = number << 1 | (left > right)
    return number.to_bytes(limits.PICTURE_BITS // 8)


def as_bits(stored: bytes) -> int:
    """Read a hash as a number whose bits can be compared."""
    return int.from_bytes(stored)
