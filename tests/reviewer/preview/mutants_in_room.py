"""Runs inside the room: looks at many mutants of one file, each in a process of its own, and gives what each gave.

A room for each of thousands would take an hour. Every process has the limits of the room; one that does not end by
itself within a time that a small file never takes is killed, and that is told.
"""

import json
import os
import random
import resource
import signal
import sys
import zlib
from typing import Any

from reviewer.room.frames import DONE, HEAD, give, task
from reviewer.room.preview import look
from reviewer.room.preview_page import Asked

SECONDS = 10
"""Of the processor; six times as long by the clock, for a busy machine."""
MOST = 1 << 20
EXTREMES = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0\0\0\x80", b"\0\1\0\0")
DIGITS = b"0123456789"


def mutant(data: bytes, chance: random.Random) -> bytes:
    """Change a file in one to four ways; most keep their beginning, by which the kind is told."""
    made = bytearray(data)
    keeps = 12 if chance.random() < 0.9 else 0
    for _ in range(chance.randint(1, 4)):
        if made:
            at = chance.randrange(min(keeps, len(made) - 1), len(made))
            chance.choice((bit, extreme, cut_out, repeated, overwritten, moved, figure, ended))(made, at, chance)
    return with_sums(made) if made[:4] == b"\x89PNG" and chance.random() < 0.8 else bytes(made)


def long(chance: random.Random) -> int:
    return chance.choice((1, 2, 4, 16, 200))


def bit(made: bytearray, at: int, chance: random.Random) -> None:
    made[at] ^= 1 << chance.randrange(8)


def extreme(made: bytearray, at: int, chance: random.Random) -> None:
    made[at : at + 4] = chance.choice(EXTREMES)


def cut_out(made: bytearray, at: int, chance: random.Random) -> None:
    del made[at : at + long(chance)]


def repeated(made: bytearray, at: int, chance: random.Random) -> None:
    made[at:at] = made[at : at + long(chance)] * chance.choice((1, 2, 50))


def overwritten(made: bytearray, at: int, chance: random.Random) -> None:
    made[at : at + 16] = chance.randbytes(long(chance))


def moved(made: bytearray, at: int, chance: random.Random) -> None:
    there, length = chance.randrange(len(made)), long(chance)
    made[at : at + length] = made[there : there + length]


def figure(made: bytearray, at: int, chance: random.Random) -> None:
    if digits := [place for place in range(at, len(made)) if made[place] in DIGITS]:
        place = chance.choice(digits)
        made[place : place + 1] = chance.choice((b"9", b"0", b"-1", b"99999999", b"4294967295", b"1e9"))


def ended(made: bytearray, at: int, chance: random.Random) -> None:
    if chance.random() < 0.3:
        del made[at:]


def with_sums(png: bytearray) -> bytes:
    """Make the check sums of a PNG right again: else no reader looks further."""
    at = 8
    while at + 12 <= len(png):
        ends = at + 8 + int.from_bytes(png[at : at + 4], "big")
        if ends + 4 > len(png):
            break
        png[ends : ends + 4] = zlib.crc32(png[at + 4 : ends]).to_bytes(4, "big")
        at = ends + 4
    return bytes(png)


def looked_at(data: bytes, asked: Asked) -> tuple[int, bytes]:
    """Look at one in a process of its own; returns how it ended and all that it gave."""
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        with os.fdopen(reading, "rb") as given:
            told = given.read(MOST)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told
    signal.alarm(6 * SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_NPROC, (6, 6))
    with os.fdopen(writing, "wb") as out:

        def say(fields: dict[str, object], pixels: bytes = b"") -> None:
            text = json.dumps(fields).encode()
            out.write(HEAD.pack(len(text), len(pixels)) + text + pixels)

        look(data, asked, say)
        say(DONE)
    os._exit(0)


def main() -> None:
    """Look at so many mutants."""
    wish: dict[str, Any] = task()
    count, chance = wish.pop("count"), random.Random(wish.pop("seed"))
    asked, data = Asked(**wish), sys.stdin.buffer.read()
    look(data, asked, lambda _fields, _pixels: None)  # loads the readers once, for all
    for number in range(count):
        code, told = looked_at(mutant(data, chance), asked)
        give({"number": number, "code": code}, told)
    give(DONE)


if __name__ == "__main__":
    main()
