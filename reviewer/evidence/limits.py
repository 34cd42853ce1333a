"""What is taken of a bundle and of what is found in it, each with its unit and its reason."""

from keys.sealing.limits import GIB, KIB, MIB

MEMBERS = 250
"""Files of one bundle: thirty photos with all that belongs to each."""

UNPACKED = 2 * GIB
"""Bytes of all of them unpacked: what a submission may have."""

PICTURE_BYTES = 32 * MIB
"""Bytes of a file that is looked into: photos have 12 MB; of longer ones digest and signature are checked."""

MEMORY = 768 * MIB
"""Bytes of address space: a library for pictures, and three copies of the largest one."""

FRAMES = 4_000
"""A bundle of so many files has fifteen each."""

HEAD_BYTES = 512 * KIB
"""Of one frame: a proof of 64 KiB whose every letter is written as six."""

NAME_LETTERS = 255
"""Of a member's name, or of a field's."""

FIELDS = 100
"""Of one table of a proof: the app writes forty."""

VALUE_LETTERS = 64 * KIB
"""Of one field: all cells around a phone in a city have 5,000."""

NAMES = 8
"""Of people in one key, and keys in one file."""

CLUES = 200
"""Of one file."""

CLUE_LETTERS = 500
"""Of one value."""

CLUE_BYTES = 256 * MIB
"""Of a file whose clues are looked for: larger ones are films and archives."""

WALL_SECONDS = 300.0
"""For one bundle: two passes over 2 GiB take a third."""

CLUE_SECONDS = 60.0
"""For what one file says of itself: a photo takes a fifth of one."""

BESIDE_HOURS = 14
"""The app writes the phone's own time and puts a Z behind it, as if it were UTC: clocks differ by so much at most."""

SIGNED_LATER_HOURS = 24
"""The app signs as soon as it has made a proof; it may be a day later, and more is said."""

CAREFUL_SECONDS = 120
"""Files and cameras keep even seconds, and write for a while after they began."""
