"""What looking at one file may take and give, each with its unit and its reason."""

from keys.sealing.limits import GIB, KIB, MIB

INPUT_BYTES = 256 * MIB
"""A longer file is not looked at: a book of scans has half of it, and it lies in memory while its pages are made."""

PAGES_AT_ONCE = 20
"""Of one call: more is asked for when these were seen."""

PAGES_MOST = 1_000_000
"""The highest number of pages that is told; the rest is not counted."""

PIXELS = 4_000_000
"""Of one page: A4 at 200 dots an inch, and more than a screen has."""

SIDE = 16_000
"""Pixels of a page's width or height: a long picture of a talk on a phone stays readable."""

DECODED_PIXELS = 64_000_000
"""A picture with more is refused before it is read: it would take half of the memory below. Phones make 50 million; a
JPEG with more is read smaller than it is."""

PAGE_LETTERS = 16_000
"""Characters of one page: a newspaper's page has as many."""

TEXT_BYTES = 4 * PAGE_LETTERS
"""The same in UTF-8, at most."""

READ_TEXT_BYTES = 4 * MIB
"""What is read of a text: a thousand pages."""

READ_MAIL_BYTES = 64 * MIB
"""What is read of a mail, with the files in it."""

MEMORY = 1 * GIB
"""Bytes of address space of the program: the longest file, a picture of the most pixels twice, and the readers."""

PROCESSES = 3
"""In the room, threads counted: the program, what started it, and one thread for HEIC. With the memory of each they
stay below what an old laptop has."""

PROCESSOR_SECONDS = 60
"""For all pages of one call: twenty scanned pages take five on an old laptop."""

WALL_SECONDS = 120
"""Twice the above."""

HOME_BYTES = 1 * MIB
"""Nothing is written in this room; the programs that are handed in lie there."""

FILE_BYTES = 256 * KIB
"""One such file."""

HEAD_BYTES = 1 * KIB
"""What a frame says beside pixels and text: below two hundred bytes."""
