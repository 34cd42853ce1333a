"""How much may still come in, and what a stranger may learn of it.

Rules:
1. A disk has three parts. The lowest is kept for the night and the desk (``kept``), and nothing from outside takes it:
   room to write the database anew, or to bring in a bundle with a letter for each mailbox, or to copy the largest row
   that came since the last rewrite. The next is text's alone (``floor``). Files have what lies above.
2. A file counts twice where it is larger than what is kept: it has to be copied at night.
3. The texts of a day, with their letters, never take more of the room than they leave. So a flood of texts halves the
   room with each day, fills it on none, and shuts no day but its own.
4. Whoever announces an upload learns by the answer whether it fits. So it is compared with a number in steps, drawn
   anew now and then (``ToldRoom``): else a hundred announcements tell to the byte what others send at that moment.
   Where nothing is left at all everybody learns it; to bring it so far bytes must really be sent.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.store.settings import DATABASE_TIMES, STEPS, TEXT_TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from intake.store.settings import StoreSettings


@dataclass(frozen=True, slots=True)
class Room:
    """What is there, in bytes.

    Attributes:
        free: on the disk.
        database: its size.
        largest: of the rows that came since the last rewrite.
        texts: what the day has brought of text.
        files_today: what the day may still bring of files; below 0 if it has brought too much.
    """

    free: int
    database: int
    largest: int
    texts: int
    files_today: int

    def for_text(self, settings: StoreSettings) -> int:
        """Return what texts may still take of the disk, whatever the day has brought."""
        return self.free - self._kept(settings)

    def text_of_today(self, settings: StoreSettings) -> int:
        """Return what the texts of this day leave beyond what they have taken."""
        return self.for_text(settings) - TEXT_TIMES * self.texts

    def for_files(self, settings: StoreSettings) -> int:
        """Return what files may still take of the disk."""
        return self.for_text(settings) - settings.free_floor_bytes

    def asked_by(self, upload: int) -> int:
        """Return what a file of that size takes of ``for_files``, with the room for its copy."""
        return upload + max(0, upload - self._copied)

    def _kept(self, settings: StoreSettings) -> int:
        return self._copied + settings.upkeep_bytes

    @property
    def _copied(self) -> int:
        return max(DATABASE_TIMES * self.database, self.largest)


class ToldRoom:
    """A number of bytes as strangers may know it: never more than there is, in steps, and not as it changes.

    Args:
        settings: how large a step is, and for how long a number is good.
        clock: seconds that only grow.
        draw: a number below the one given.
    """

    def __init__(
        self,
        settings: StoreSettings,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._draw = draw
        self._lock = threading.Lock()
        self._of: Hashable = None
        self._number = 0
        self._good_until = 0.0

    def told(self, exact: Callable[[], int], whole: int, of: Hashable = None) -> int:
        """Return the number; ``exact`` is asked anew after its time, and where it is ``of`` something else.

        A step is a share of the ``whole``, so that little room is not told as none.
        """
        with self._lock:
            now = self._clock()
            if of != self._of or now >= self._good_until:
                step = max(1, min(self._settings.step_bytes, whole // STEPS))
                self._number = (exact() - self._draw(step)) // step * step
                self._of, self._good_until = of, now + self._settings.step_seconds
            return self._number
