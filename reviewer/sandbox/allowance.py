"""How much may come out of files that sources sealed: half a kilobyte can become a disk. Pure.

Rules:
1. One file: ``limits.most_from`` its size.
2. All files of one command (an import, a `reopen`) together: so many bytes more than they had when they were sealed.
3. Nothing comes out that would leave less room on the vault's disk than the desk needs for its work.
4. What may not come out stays as it came and says why; nothing is lost by waiting.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.display import size as size_text
from reviewer.sandbox import limits
from reviewer.sandbox.errors import NoRoomError, TooLargeError

_TOGETHER = (
    "Files that came with it became so large when they were unpacked that this one waits. "
    "Open those of its case alone: khomo-reviewer reopen --case NUMBER"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """How many bytes may come out of one file, and why no more; ``why`` is empty where its own size says so."""

    most: int
    why: str = ""

    def explained(self, error: TooLargeError) -> TooLargeError | NoRoomError:
        """Return what to tell of a file that became larger."""
        return NoRoomError(self.why) if self.why else error


@dataclass(slots=True)
class Allowance:
    """What is left for the files of one command: bytes that they may grow by together; ``None``: whatever they need."""

    left: int | None = limits.GROWN_AT_ONCE

    def grant(self, size: int, free: int) -> Grant:
        """Return what may come out of a file of so many bytes, with so many free on the disk; raises NoRoomError."""
        grant = Grant(limits.most_from(size))
        if self.left is not None and size + self.left < grant.most:
            grant = Grant(size + self.left, _TOGETHER)
        room = free - limits.DISK_LEAST
        if room < grant.most:
            grant = Grant(room, _too_full(free))
        if room <= 0:
            raise NoRoomError(grant.why)
        return grant

    def spend(self, size: int, came_out: int) -> None:
        """Note how many bytes came out of a file of so many."""
        if self.left is not None:
            self.left = max(0, self.left - max(0, came_out - size))


def _too_full(free: int) -> str:
    return (
        f"There is too little room on the disk: {size_text(free)} free, {size_text(limits.DISK_LEAST)} stay so. "
        "Make room, then run: khomo-reviewer reopen"
    )
