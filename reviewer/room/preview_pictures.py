"""Pictures as pixels of bounded size. Stands alone; Pillow and libheif do the reading.

Rules:
1. Only the reader of the one kind that the file is of is asked.
2. A picture that would take too much memory is refused by the size that it says, before a pixel is read.
3. Each picture of a file with several is a page. What is seen through stands on white.
4. A file that ends early is shown as far as it goes, and that is said.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pillow_heif
from PIL import Image, ImageFile

from reviewer.room.preview_page import Asked, Opened, Page, TroubleError, drawn, fitting

if TYPE_CHECKING:
    from collections.abc import Callable

_READERS = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "tiff": "TIFF", "heic": "HEIF"}
KINDS = frozenset(_READERS)
_ORIENTATION = 0x0112
_TURN = Image.Transpose
_TURNED = {
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_270,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_90,
}
_FIXED_POINT = 1 / 256
_MANY = 4
"""Times the wanted size, in each direction, from which a picture is made smaller in two steps."""

Image.MAX_IMAGE_PIXELS = None  # we count them ourselves, and refuse
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)


def open_picture(kind: str, data: bytes, asked: Asked) -> Opened:
    """Return the pictures of a file; raises TroubleError."""
    image = _image(kind, data)
    _check_size(image, asked)

    def page(number: int) -> Page:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            return _page(image, number, asked)
        except (OSError, SyntaxError, ValueError):
            ImageFile.LOAD_TRUNCATED_IMAGES = True
            return _page(_image(kind, data), number, asked, cut=True)

    return Opened(max(1, getattr(image, "n_frames", 1)), page)


def _image(kind: str, data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=[_READERS[kind]])


def _page(image: Image.Image, number: int, asked: Asked, *, cut: bool = False) -> Page:
    image.seek(number - 1)
    _check_size(image, asked)
    turned = _turned(image)
    small = _smaller(_many_shades(image), asked)
    seen = _on_white(small)
    return drawn(seen.transpose(turned) if turned else seen, cut=cut)


def _check_size(image: Image.Image, asked: Asked) -> None:
    """Refuse what takes too much memory; a JPEG can be read smaller than it is (which changes its size)."""
    factor = fitting(*image.size, asked)
    if image.format == "JPEG":
        image.draft("RGB", (int(image.width * factor) or 1, int(image.height * factor) or 1))
    if image.width * image.height > asked.decoded:
        raise TroubleError("too-large")


def _turned(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNED.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - whatever is wrong with what a camera noted, the picture is seen
        return None


def _many_shades(image: Image.Image) -> Image.Image:
    """Return it in a form that can be made smaller without losing thin lines."""
    if image.mode.startswith("I;16"):
        image = image.convert("I")
        return image.point(_eight_bits()).convert("L")
    if image.mode in {"I", "F", "1"}:
        return image.convert("L")
    if image.mode in {"P", "PA"}:
        return image.convert("RGBA")
    return image


def _eight_bits() -> Callable[[float], float]:
    return lambda shade: shade * _FIXED_POINT


def _smaller(image: Image.Image, asked: Asked) -> Image.Image:
    factor = fitting(*image.size, asked)
    if factor == 1:
        image.load()
        return image
    size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=_MANY)


def _on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    over = image.convert("RGBA")
    white = Image.new("RGBA", over.size, "white")
    return Image.alpha_composite(white, over).convert("RGB")
