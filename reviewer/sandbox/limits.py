"""What a program in the sandbox may take, each with its unit and its reason."""

from keys.sealing.limits import GIB, KIB, MIB, SUBMISSION_BYTES

MEMORY = 128 * MIB
"""Bytes of address space a process: five times what GnuPG needs."""

PROCESSES = 12
"""At once in the room, threads counted: GnuPG, its agent and what starts them are five. With the memory of each they
never take more than 1.5 GiB: an old laptop bears that for a while. Counted for the room alone since Linux 5.14."""

PROCESSOR_SECONDS = 600
"""Of one process: GnuPG opens the largest file that the door takes in a tenth of it."""

WALL_SECONDS = 1200
"""Until the room is cleared, whatever goes on in it: twice the above."""

OPEN_FILES = 64
"""GnuPG and its agent have below twenty."""

HOME_BYTES = 16 * MIB
"""Memory that files in the room may take: a key ring and a socket. Empty files take the kernel's own beside it, which
the time that a room lasts bounds, and nothing else."""

FILE_BYTES = 4 * MIB
"""One file in the room."""

SAID_BYTES = 64 * KIB
"""What is read of a program's status lines."""

LISTING_BYTES = 1 * MIB
"""What is read of GnuPG's listing of one key: a key with all its signatures' lines is a hundredth."""

ENDLESS = 1 << 62
"""Where the caller counts what comes out by what goes in."""

SEALED_MORE = 64 * KIB
"""What a sealed file has beside its content and the lengths of its parts: heads, signatures of nobody, a last piece."""

OPENED_BYTES = SUBMISSION_BYTES
"""The most that comes out of the room: no more than the door takes of a file that is not sealed."""

OPENED_TIMES = 64
"""So many times its own size may a sealed file become: texts that were packed well reach twenty."""

OPENED_LEAST = 4 * MIB
"""A small file may become this large whatever its size: a thousand pages of text."""

GROWN_AT_ONCE = 1 * GIB
"""So many bytes may all files of an import become larger together: a thousand long texts. Photos do not grow."""

DISK_LEAST = 1 * GIB
"""Stays free on the vault's disk, for the next bundles, letters, and a copy of the database."""


def most_from(size: int) -> int:
    """Return how many bytes may come out of a sealed file of so many."""
    return min(OPENED_BYTES, max(OPENED_LEAST, OPENED_TIMES * size))
