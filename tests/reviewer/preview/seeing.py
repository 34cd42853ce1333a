"""How the tests look at a file: as the desk does."""

from __future__ import annotations

import io

from reviewer.preview.looking import look
from reviewer.preview.pages import Opening, Page, Range


def seen(data: bytes, first: int = 1, last: int | None = None) -> tuple[Opening, list[Page]]:
    """Return all that is seen of a file."""
    opening, *pages = look(io.BytesIO(data), len(data), Range(first, last or first + 19))
    assert isinstance(opening, Opening)
    return opening, [page for page in pages if isinstance(page, Page)]


def colour(page: Page, x: float, y: float) -> tuple[int, ...]:
    """The colour of a place, given in parts of width and height."""
    at = 3 * (int(y * page.height) * page.width + int(x * page.width))
    return tuple(page.pixels[at : at + 3])


def is_blue(page: Page, x: float, y: float) -> bool:
    """Whether it is the blue of the box, or near."""
    red, green, blue = colour(page, x, y)
    return red < 80 and green < 90 and blue > 150
