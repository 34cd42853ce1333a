"""Size classes: the only lengths that a sealed container may have.

Rules:
1. A text-only report always has the smallest class.
2. Up to ``LARGEST_POWER_CLASS`` the classes are powers of two.
3. Above it every octave has four equal steps, so that padding is less than a quarter of the content.
4. Sizes are bytes, never characters: Arabic and Cyrillic texts must not show their script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.limits import LARGEST_POWER_CLASS, SMALLEST_CLASS

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS_PER_OCTAVE = 4


def size_classes() -> Iterator[int]:
    """Yield every size class in bytes, smallest first, without end."""
    size = SMALLEST_CLASS
    while size < LARGEST_POWER_CLASS:
        yield size
        size *= 2
    while True:
        yield from range(size, 2 * size, size // STEPS_PER_OCTAVE)
        size *= 2


def size_class(content_bytes: int) -> int:
    """Return the smallest size class that holds ``content_bytes`` bytes of container."""
    return next(size for size in size_classes() if size >= content_bytes)


def is_size_class(size: int) -> bool:
    """Tell whether a container may have this many bytes."""
    return size_class(size) == size
