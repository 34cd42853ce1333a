"""Draws a picture very small and grey. Runs in the room, with Pillow and libheif.

Task: ``kind``, the format as Pillow names it; ``pixels``, the most that it may say it has; ``width`` and ``height`` of
what is drawn. Standard input: the file. Frames: ``{"drawn": true}`` with one byte a dot, row by row.
"""

import io
import sys
import warnings

import pillow_heif
from PIL import Image, ImageOps

from reviewer.room.frames import DONE, give, task

_ENOUGH = (144, 128)
"""Dots from which the few that are wanted are drawn: more would change none of them."""


def _draw(data: bytes, asked: dict[str, object]) -> bytes:
    size = (int(str(asked["width"])), int(str(asked["height"])))
    Image.MAX_IMAGE_PIXELS = None  # counted below, before anything is decoded
    with Image.open(io.BytesIO(data), formats=[str(asked["kind"])]) as image:
        if image.width * image.height > int(str(asked["pixels"])):
            raise SystemExit(1)
        image.draft("RGB", _ENOUGH)  # a large JPEG is decoded up to eight times smaller
        small = image.convert("RGBA" if image.has_transparency_data else "RGB")
        small = small.reduce(max(1, min(small.width // _ENOUGH[0], small.height // _ENOUGH[1])))
        small.getexif().update(image.getexif())
    coloured = ImageOps.exif_transpose(small).convert("RGBA")
    behind = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(behind, coloured).convert("L").resize(size, Image.Resampling.BOX).tobytes()


warnings.simplefilter("ignore")
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
give({"drawn": True}, _draw(sys.stdin.buffer.read(), task()))
give(DONE)
