"""What the programs of the preview share: what is asked of them, and what they give. Stands alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image


@dataclass(frozen=True)
class Asked:
    """What is wanted of a file.

    Args:
        first: the first page, from 1.
        last: the last one.
        pixels: of one page, at most.
        side: pixels of its width and of its height, at most.
        decoded: pixels that a picture may have before it is made smaller.
        letters: characters of one page, at most.
        text: bytes of a text that are read.
        mail: bytes of a mail that are read.
    """

    first: int
    last: int
    pixels: int
    side: int
    decoded: int
    letters: int
    text: int
    mail: int


@dataclass(frozen=True)
class Page:
    """One page: pixels (red, green, blue, row by row), or text, or both; ``cut`` where more of it is not seen."""

    width: int = 0
    height: int = 0
    pixels: bytes = field(default=b"", repr=False)
    text: str = ""
    cut: bool = False


@dataclass(frozen=True)
class Opened:
    """A file that can be looked at: how many pages it has, what is worth a word, and how each page is made."""

    pages: int
    page: Callable[[int], Page]
    notes: tuple[str, ...] = ()


class TroubleError(Exception):
    """It cannot be shown; ``args[0]`` is the word for why."""


def fitting(width: float, height: float, asked: Asked) -> float:
    """Return by how much a page of this size is to be made smaller, 1 for not at all."""
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise TroubleError("damaged")
    return min(1.0, math.sqrt(asked.pixels / (width * height)), asked.side / width, asked.side / height)


def drawn(image: Image.Image, text: str = "", *, cut: bool = False) -> Page:
    """Return a page from a picture that has the right size."""
    return Page(image.width, image.height, image.convert("RGB").tobytes(), text, cut)
