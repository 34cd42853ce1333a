"""Where SQLite has put the rows of a table inside its file, read from the raw pages (sqlite.org/fileformat2.html).

Only what this store has: tables without rowid whose first column is a key of 16 bytes, cells on leaf pages. It is for
looking at what a disk shows, never for getting at data.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from keys.sealing.values import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from mmap import mmap

_LEAF, _INTERIOR = 0x0A, 0x02
_KEY_TYPE = 12 + 2 * ID_BYTES
_FREE_TRUNK, _FREE_COUNT = 32, 36


class Place(NamedTuple):
    """Where a cell lies: its page, and how far from the page's end, which is the order SQLite fills a page in."""

    page: int
    from_end: int


class RawPages:
    """The pages of one database file."""

    def __init__(self, image: mmap | bytes) -> None:
        self._image = image
        size = int.from_bytes(image[16:18], "big")
        self.size = 65_536 if size == 1 else size

    def places(self, root: int) -> Iterator[tuple[bytes, Place]]:
        """Yield the key and the place of each cell on the leaf pages of a table, in the order of keys."""
        start = (root - 1) * self.size
        head = start + (100 if root == 1 else 0)
        kind, count = self._image[head], self._number(head + 3, 2)
        width = 8 if kind == _LEAF else 12
        cells = [self._number(head + width + 2 * at, 2) for at in range(count)]
        if kind == _INTERIOR:
            for cell in cells:
                yield from self.places(self._number(start + cell, 4))
            yield from self.places(self._number(head + 8, 4))
        elif kind == _LEAF:
            for cell in cells:
                yield self._key(start + cell), self._place(root, start, cell)

    def _place(self, page: int, start: int, cell: int) -> Place:
        """Return where a row lies; one that is too long for its page, where the rest of it begins."""
        at = self._after_number(start + cell)
        payload = 0
        for byte in self._image[start + cell : at]:
            payload = payload << 7 | byte & 0x7F
        most, least = (self.size - 12) * 64 // 255 - 23, (self.size - 12) * 32 // 255 - 23
        if payload <= most:
            return Place(page, self.size - cell)
        here = least + (payload - least) % (self.size - 4)
        return Place(self._number(at + (here if here <= most else least), 4), 0)

    def _key(self, cell: int) -> bytes:
        at = self._after_number(cell)
        head = self._image[at]
        if self._image[at + 1] != _KEY_TYPE:
            return b""
        return bytes(self._image[at + head : at + head + ID_BYTES])

    def _after_number(self, at: int) -> int:
        return next(at + step + 1 for step in range(9) if self._image[at + step] < 0x80 or step == 8)  # noqa: PLR2004

    def _number(self, at: int, width: int) -> int:
        return int.from_bytes(self._image[at : at + width], "big")

    def free_pages(self) -> Iterator[int]:
        """Yield the pages of the free list that may hold what was deleted."""
        trunk = self._number(_FREE_TRUNK, 4)
        while trunk:
            start = (trunk - 1) * self.size
            for at in range(self._number(start + 4, 4)):
                yield self._number(start + 8 + 4 * at, 4)
            trunk = self._number(start, 4)

    def is_empty(self, page: int) -> bool:
        """Tell whether a page is zeros to its end."""
        return not any(self._image[(page - 1) * self.size : page * self.size])


def out_of_order(places: Sequence[Place]) -> int:
    """Return how many places would have to be moved for the rest to rise: 0 if the keys alone gave the order."""
    ends: list[Place] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(places) - len(ends)
