"""What a format needs to be tried: valid samples, how to damage them, how to read them.

A reader here returns what the file means, in a form that can be compared. Three promises, one a format keeps:

- SEALED: a changed file is refused, or means what it meant before (white space around armor, a stranger's signature).
- ONE_SPELLING: what is accepted is written again byte for byte: no two files mean the same, none is read half.
- OUTER: only the outside is looked at, or the changed text was signed anew: refused or read, with no other error.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from caselog.errors import CaseLogError
from keys.sealing.age import (
    ArmorWriter,
)
from keys.sealing.errors import FormatError, SignatureError
from tests.keys.sealing import container_forge
from tests.keys.sealing.note_forge import line as note_line
from tests.long.file_mutants import damaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.sealing.notes import SigningKey


class Promise(Enum):
    """What holds for a damaged file beside "no other error"."""

    SEALED = auto()
    ONE_SPELLING = auto()
    OUTER = auto()


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Args:
        samples: valid files, or valid inner texts where ``wrap`` signs or packs them.
        read: returns what a file means; for ONE_SPELLING the file written again.
        errors: the family of errors by which a file is refused.
        damage: makes a damaged text of a sample.
        wrap: makes a whole file of a damaged text.
        files: how many to try.
    """

    name: str
    promise: Promise
    samples: tuple[bytes, ...]
    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = (FormatError,)
    damage: Callable[..., bytes] = damaged
    wrap: Callable[[bytes], bytes] = bytes
    files: int = 5000


ONE_MEMBER = 1000
"""Files with one member of a package damaged and all checksums right."""

SIGNED = (FormatError, SignatureError)
HANDED_OVER = (CaseLogError,)


def pushed(write: Callable[[Callable[[bytes], object]], object]) -> bytes:
    """Return all that a push writer gives its sink."""
    parts: list[bytes] = []
    write(parts.append)
    return b"".join(parts)


def armored(data: bytes) -> bytes:
    def write(sink: Callable[[bytes], object]) -> None:
        writer = ArmorWriter(sink)
        writer.write(data)
        writer.finish()

    return pushed(write)


def repacked(members: dict[str, bytes], changed: str, data: bytes) -> bytes:
    return container_forge.written(*(members | {changed: data}).items())


def signed_again(kind: str, key: SigningKey) -> Callable[[bytes], bytes]:
    """Sign a damaged text as it is, canonical JSON or not."""

    def wrap(data: bytes) -> bytes:
        text = f"khomo/{kind}/v1\n".encode() + data + b"\n"
        return text + b"\n" + note_line(key, key.verify_key.key_id + key.sign(text))

    return wrap


def body_of(note: bytes) -> bytes:
    return note.split(b"\n")[1]
